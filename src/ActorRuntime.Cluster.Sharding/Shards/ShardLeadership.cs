namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>What the leader of a shard has to do.</summary>
public enum ShardEffect
{
    /// <summary>Raise the journal's fence to the term.</summary>
    RaiseFence,

    /// <summary>Units may be made and recover.</summary>
    Recover,

    /// <summary>Deliver what waits, and everything to come.</summary>
    Serve,

    /// <summary>Deliver nothing.</summary>
    Hold,

    /// <summary>Stop the units and read the control log: another leads.</summary>
    GiveUp,
}

/// <summary>One term of leadership over one shard: fence first, serve second.</summary>
/// <remarks>
/// Sans-IO. Model: the view granted the term to this incarnation of this node; an earlier leader may still be running; the journal's answer
/// may be late or missing. What terms protect starts at once (fence, recovery); what only the lease protects (handling messages, reads
/// included) waits for the gates (rule 7 of SAFETY part 1).
/// Another term, also of the same node, is another instance.
/// </remarks>
public sealed class ShardLeadership(long term)
{
    private bool _isOpen;

    public long Term { get; } = term;

    public ShardPhase Phase { get; private set; } = ShardPhase.Fencing;

    /// <summary>The gates of all predecessors are clear, which lasts.</summary>
    public bool IsClear { get; private set; }

    /// <summary>The first thing to do.</summary>
    public static ShardEffect Begin => ShardEffect.RaiseFence;

    /// <summary>The journal refuses every lower term from now on.</summary>
    public void OnFenceRaised(List<ShardEffect> effects)
    {
        if (Phase != ShardPhase.Fencing) return;
        Phase = ShardPhase.Gated;
        effects.Add(ShardEffect.Recover);
        Decide(effects);
    }

    /// <summary>The journal did not answer, or its outcome is unknown: raising the fence to the same term again does no harm.</summary>
    public void OnFenceUnknown(List<ShardEffect> effects)
    {
        if (Phase == ShardPhase.Fencing) effects.Add(ShardEffect.RaiseFence);
    }

    /// <summary>The journal refused a write or the fence: another holds the shard.</summary>
    public void OnFenced(List<ShardEffect> effects)
    {
        if (Phase == ShardPhase.Superseded) return;
        Phase = ShardPhase.Superseded;
        effects.Add(ShardEffect.GiveUp);
    }

    /// <summary>The gates of all predecessors are clear, which lasts, and whether the mute switch is open, which may change.</summary>
    public void OnPermission(bool isClear, bool isOpen, List<ShardEffect> effects)
    {
        (IsClear, _isOpen) = (IsClear || isClear, isOpen);
        Decide(effects);
    }

    private void Decide(List<ShardEffect> effects)
    {
        if (Phase is ShardPhase.Gated or ShardPhase.Held && IsClear && _isOpen)
        {
            Phase = ShardPhase.Serving;
            effects.Add(ShardEffect.Serve);
        }
        else if (Phase == ShardPhase.Serving && !_isOpen)
        {
            Phase = ShardPhase.Held;
            effects.Add(ShardEffect.Hold);
        }
    }
}
