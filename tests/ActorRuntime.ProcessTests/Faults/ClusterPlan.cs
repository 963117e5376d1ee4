namespace ActorRuntime.ProcessTests.Faults;

/// <summary>The cluster a scenario runs on, and the work it does meanwhile.</summary>
internal sealed record ClusterPlan
{
    public int Nodes { get; init; } = 3;

    public int Flows { get; init; } = 6;

    /// <summary>Bytes of one line, about.</summary>
    public int LineBytes { get; init; } = 20;

    /// <summary>Items a second over all flows.</summary>
    public int Rate { get; init; } = 300;

    /// <summary>Settings of <c>actor-runtime.cluster.signal</c>. By default patient enough that a busy machine is not taken for a lost
    /// one: what is not hit by a fault must not be lost.</summary>
    public string Signal { get; init; } = "interval = 100ms, lease = 2s, loss-after = 2500ms";

    /// <summary>Nodes that keep the log of each shard, most of which must have what is acknowledged; 0: events go to the journal alone.</summary>
    public int Replicas { get; init; }

    /// <summary>More settings, below <c>actor-runtime</c>.</summary>
    public string More { get; init; } = "";

    /// <summary>Size of a file system of their own that holds all that the nodes write; 0: the ordinary temporary directory.</summary>
    public int DiskMegabytes { get; init; }
}
