using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>The control log of the model: every version's view, and inserts that may land late.</summary>
internal sealed class ModelControlLog
{
    public const string Type = "t";
    public const string Shard = "0";
    public static readonly NodeKey Orchestrator = new("orchestrator", 1);

    private readonly List<ClusterView> _views = [ClusterView.Empty];

    public ModelControlLog(int replicas, int minInSync)
    {
        Commit(Orchestrator, new ControlChange.NodeJoined(Facts(Orchestrator), null, null));
        Commit(Orchestrator, new ControlChange.OrchestratorElected(Orchestrator, 0, false));
        Setting = new Replication(replicas, minInSync);
    }

    /// <summary>What came in by an insert, by its version.</summary>
    public Dictionary<long, ReplicaEffect.Propose> Landed { get; } = [];

    public Replication Setting { get; }

    public ClusterView Head => _views[^1];

    public long Version => _views.Count - 1;

    public View.ShardState Newest => ShardOf(Head);

    public ClusterView At(long version) => _views[(int)version];

    public static View.ShardState ShardOf(ClusterView view) =>
        view.Types.GetValueOrDefault(Type)?.Shards.GetValueOrDefault(Shard) ?? new View.ShardState(0, null, [], null, ReplicaSet.Empty);

    /// <summary>Joins a new life of a node, with proof that the one before has ended.</summary>
    public void Join(NodeKey node)
    {
        var old = Head.Members.GetValueOrDefault(node.Name);
        var proof = old is null || old.Status == MemberStatus.Down ? null : new LossEvidence(LossKind.Supervisor, [], null, null, null, "");
        Commit(node, new ControlChange.NodeJoined(Facts(node), old?.Key, proof));
        Commit(Orchestrator, new ControlChange.NodeUp(node));
        Commit(node, new ControlChange.UnitTypeHosted(node, Type, 1, Setting));
    }

    /// <summary>Commits at the head, whatever it is.</summary>
    /// <returns>Whether nothing of it was rejected.</returns>
    public bool Commit(NodeKey proposer, ControlChange change)
    {
        var (version, term) = (Version + 1, proposer == Orchestrator ? Head.Orchestrator?.Term ?? 0 : 0);
        var entry = new LogEntry(version, Head.Digest, $"p{version}", proposer, term, default, "model", [change]);
        _views.Add(ViewFold.Apply(Head, entry, $"d{version}"));
        return !Head.Rejections.Any(rejection => rejection.Version == version);
    }

    private static NodeFacts Facts(NodeKey node) => new(node, "model", "127.0.0.1", 1, 2, "boot", "", [], "0");
}
