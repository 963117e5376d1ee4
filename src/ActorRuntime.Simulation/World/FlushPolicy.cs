namespace ActorRuntime.Simulation.World;

/// <summary>What the logs on simulated disks promise, as <c>flush</c> of the local store (<c>docs/storage-local.md</c>).</summary>
public enum FlushPolicy
{
    /// <summary>Acknowledged when the disk has it: a power cut takes nothing acknowledged, and the log stays the same.</summary>
    GroupCommit,

    /// <summary>Acknowledged at once, and flushed within 200 ms: after a power cut the log is another one.</summary>
    Os,

    /// <summary>Acknowledged at once, and never flushed by itself: after a power cut the log is another one.</summary>
    Process,
}
