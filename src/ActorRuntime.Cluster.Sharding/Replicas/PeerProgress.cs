using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>How far one replica has followed a leader, as it said in this term (SAFETY 1C-20).</summary>
internal sealed class PeerProgress(string node, ulong incarnation, MonotonicTime now)
{
    public string Node { get; } = node;

    /// <summary>Life of the node that said it: another one knows less, whatever its disk holds.</summary>
    public ulong Incarnation { get; } = incarnation;

    /// <summary>Log that all the rest is about; null before the first word.</summary>
    public ulong? StoreId { get; private set; }

    /// <summary>Height up to which its log is ours; -1 while they were not compared.</summary>
    public long Match { get; private set; } = -1;

    /// <summary>Height up to which blocks are on their way.</summary>
    public long Sent { get; set; }

    /// <summary>Height it knows to be committed.</summary>
    public long Committed { get; set; } = -1;

    /// <summary>Distance of the next place to compare.</summary>
    public long Step { get; set; } = 1;

    /// <summary>Last progress, or the time at which there was nothing left to do.</summary>
    public MonotonicTime ProgressAt { get; set; } = now;

    /// <summary>When it was last sent something.</summary>
    public MonotonicTime AskedAt { get; set; } = now;

    /// <summary>The copy whose progress this is; null before the first word.</summary>
    public ReplicaId? Replica => StoreId is { } storeId ? new ReplicaId(Node, storeId) : null;

    /// <summary>Another log than before: nothing that was said counts.</summary>
    public void Begin(ulong storeId)
    {
        if (StoreId == storeId) return;
        (StoreId, Match, Sent, Committed, Step) = (storeId, -1, 0, -1, 1);
    }

    public bool Advance(long match)
    {
        if (match <= Match) return false;
        (Match, Step) = (match, 1);
        Sent = Math.Max(Sent, match);
        return true;
    }

    /// <summary>What is on its way may be lost.</summary>
    public void Rewind() => Sent = Math.Max(Match, 0);
}
