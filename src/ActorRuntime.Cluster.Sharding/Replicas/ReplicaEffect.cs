using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>What <see cref="ReplicaCore"/> asks its shell to do.</summary>
public abstract record ReplicaEffect
{
    private ReplicaEffect() { }

    /// <summary>Send it to the replica on a node.</summary>
    public sealed record Send(string Node, ReplicaMessage Message) : ReplicaEffect;

    /// <summary>Flush the log, then call <see cref="ReplicaCore.OnFlushed"/>.</summary>
    public sealed record Flush : ReplicaEffect
    {
        private Flush() { }

        public static Flush Instance { get; } = new();
    }

    /// <summary>Blocks up to this height are committed.</summary>
    public sealed record Committed(long Height) : ReplicaEffect;

    /// <summary>The opening block of this node's term is committed: it may serve, as far as the log is concerned.</summary>
    public sealed record Opened(long Term) : ReplicaEffect;

    /// <summary>This node leads no more: nothing that is not committed yet is promised.</summary>
    /// <param name="Term">The term that ended.</param>
    public sealed record Deposed(long Term) : ReplicaEffect;

    /// <summary>Propose this change of the set; answer with <see cref="ReplicaCore.OnProposalSettled"/> once the outcome is known for
    /// sure.</summary>
    public sealed record Propose(long Term, long PreviousReplicas, ReplicaId Replica, bool IsAdded, string Why) : ReplicaEffect;

    /// <summary>This log cannot be continued by what the leader still has, and nothing needs it: replace it by a new one that begins at this place,
    /// with the term recorded, and this core by one for that.</summary>
    /// <param name="Term">Highest term recorded.</param>
    /// <param name="Leader">Node to be told once it has begun: <see cref="ReplicaCore.OnBegun"/>.</param>
    public sealed record BeginAnew(BlockPlace Start, long Term, string Leader) : ReplicaEffect;

    /// <summary>The control log knows more than this node: read it.</summary>
    public sealed record Pull(long Version) : ReplicaEffect;
}
