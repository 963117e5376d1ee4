namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>Who may send: compared from left to right, receivers refuse everything below the highest they opened.</summary>
/// <param name="Term">Control-log version of the entry that made the sender the active one.</param>
/// <param name="ShardTerm">Term of the sender unit's shard: a sender unit that moved, or whose node restarted, is another sender (rule 21
/// of SAFETY part 1).</param>
/// <param name="Attempt">Rises with every opening under the same two terms, also across restarts of the unit.</param>
public readonly record struct FlowFence(long Term, long ShardTerm, long Attempt) : IComparable<FlowFence>
{
    public int CompareTo(FlowFence other)
    {
        var byTerm = Term.CompareTo(other.Term);
        if (byTerm != 0) return byTerm;
        var byShardTerm = ShardTerm.CompareTo(other.ShardTerm);
        return byShardTerm != 0 ? byShardTerm : Attempt.CompareTo(other.Attempt);
    }

    public static bool operator <(FlowFence left, FlowFence right) => left.CompareTo(right) < 0;

    public static bool operator >(FlowFence left, FlowFence right) => left.CompareTo(right) > 0;

    public static bool operator <=(FlowFence left, FlowFence right) => left.CompareTo(right) <= 0;

    public static bool operator >=(FlowFence left, FlowFence right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Term}.{ShardTerm}.{Attempt}";
}
