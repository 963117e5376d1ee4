using ActorRuntime.Cluster.Sharding.Replicas.Behind;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Where the events of units go.</summary>
public enum ShardDurability
{
    /// <summary>Into the journal that all nodes share.</summary>
    Journal,

    /// <summary>Into a log on the disks of several nodes.</summary>
    Replicated,
}

/// <summary>What a node keeps beside the log of a shard that another node leads.</summary>
public enum ShardStandby
{
    /// <summary>Live units, which apply each event as it is committed: they serve at once when the node takes over.</summary>
    Hot,

    /// <summary>The ids of units: they begin to recover when the node takes over, without being asked.</summary>
    Lazy,

    /// <summary>Nothing: units recover with their first message.</summary>
    LogOnly,
}

/// <summary>Settings of replicated shard logs, read from <c>actor-runtime.cluster.sharding.replication</c>.</summary>
public sealed record ReplicationOptions
{
    internal const string Path = "actor-runtime.cluster.sharding.replication";

    /// <summary>Nodes that keep each shard's log, the leader included. The first node that hosts a type decides it for the type. 1 to 9, default 3.</summary>
    public int Replicas { get; init; } = 3;

    /// <summary>Nothing is committed with fewer logs in sync, from the moment all were for the first time. 1 to <see cref="Replicas"/>,
    /// default 2.</summary>
    public int MinInSync { get; init; } = 2;

    /// <summary>How long a live node may hold up the others before its log leaves the set. 100 ms to 10 min, default 3 s.</summary>
    public TimeSpan InSyncTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Silence of a replica after which it is asked again. 10 ms to 1 min, default 200 ms.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Blocks that are formed and not committed; what comes meanwhile goes together into the next. 1 to 1,024, default 4.</summary>
    public int WindowBlocks { get; init; } = 4;

    /// <summary>Bytes above which nothing more is put into a block. 1 KiB to 16 MiB, default 512 KiB.</summary>
    public int BlockBytes { get; init; } = 512 << 10;

    /// <summary>Most bytes of what is written together: a larger event or snapshot is rejected. At least <see cref="BlockBytes"/>, at most 64 MiB,
    /// default 8 MiB; a message must also fit <c>actor-runtime.remote.maximum-frame-size</c>.</summary>
    public int BlockBytesMax { get; init; } = 8 << 20;

    /// <summary>What followers keep beside the log. Default hot.</summary>
    public ShardStandby Standby { get; init; } = ShardStandby.Hot;

    /// <summary>Most units of a shard that a follower keeps; the others recover with their first message. 1 to 10,000,000, default 10,000.</summary>
    public int StandbyUnitsMax { get; init; } = 10_000;

    /// <summary>How long a write may wait before it is rejected. 100 ms to 10 min, default 10 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How the logs get into the persistent store.</summary>
    public WriteBehindOptions WriteBehind { get; init; } = new();

    internal ReplicaLimits Limits => new(WindowBlocks, BlockBytes, ResendAfter, InSyncTimeout, WriteBehind.KeepBlocks, WriteBehind.LagBlocksMax);

    internal View.Replication Setting => new(Replicas, MinInSync);

    /// <summary>Reads the settings; keys that are missing keep their defaults.</summary>
    /// <param name="section">The section <c>replication</c>.</param>
    public static ReplicationOptions FromConfig(Config section)
    {
        var defaults = new ReplicationOptions();
        return new ReplicationOptions
        {
            Replicas = section.GetInt("replicas", defaults.Replicas),
            MinInSync = section.GetInt("min-in-sync", defaults.MinInSync),
            InSyncTimeout = section.GetTimeSpan("in-sync-timeout", defaults.InSyncTimeout),
            ResendAfter = section.GetTimeSpan("resend-after", defaults.ResendAfter),
            WindowBlocks = section.GetInt("window-blocks", defaults.WindowBlocks),
            BlockBytes = (int)Math.Min(section.GetByteSize("block-bytes", defaults.BlockBytes), int.MaxValue),
            BlockBytesMax = (int)Math.Min(section.GetByteSize("block-bytes-max", defaults.BlockBytesMax), int.MaxValue),
            Standby = StandbyFrom(section.GetString("standby", "hot")),
            StandbyUnitsMax = section.GetInt("standby-units-max", defaults.StandbyUnitsMax),
            WriteTimeout = section.GetTimeSpan("write-timeout", defaults.WriteTimeout),
            WriteBehind = WriteBehindOptions.FromConfig(section.GetConfig("write-behind")),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public ReplicationOptions Validated()
    {
        new OptionErrors(Path)
            .Require(Replicas is >= 1 and <= View.Replication.ReplicasMax, $"replicas: must be 1 to {View.Replication.ReplicasMax}")
            .Require(MinInSync >= 1 && MinInSync <= Replicas, "min-in-sync: must be 1 to replicas")
            .Require(Within(InSyncTimeout, 0.1, 600), "in-sync-timeout: must be 100 ms to 10 min")
            .Require(Within(ResendAfter, 0.01, 60), "resend-after: must be 10 ms to 1 min")
            .Require(WindowBlocks is >= 1 and <= 1_024, "window-blocks: must be 1 to 1024")
            .Require(BlockBytes is >= 1 << 10 and <= 16 << 20, "block-bytes: must be 1 KiB to 16 MiB")
            .Require(BlockBytesMax >= BlockBytes && BlockBytesMax <= 64 << 20, "block-bytes-max: must be block-bytes to 64 MiB")
            .Require(Enum.IsDefined(Standby), "standby: must be hot, lazy or log-only")
            .Require(StandbyUnitsMax is >= 1 and <= 10_000_000, "standby-units-max: must be 1 to 10000000")
            .Require(Within(WriteTimeout, 0.1, 600), "write-timeout: must be 100 ms to 10 min")
            .ThrowIfAny();
        WriteBehind.Validated();
        return this;
    }

    private static ShardStandby StandbyFrom(string word) => word switch
    {
        "hot" => ShardStandby.Hot,
        "lazy" => ShardStandby.Lazy,
        "log-only" => ShardStandby.LogOnly,
        _ => (ShardStandby)(-1),
    };

    private static bool Within(TimeSpan time, double secondsMin, double secondsMax) =>
        time.TotalSeconds >= secondsMin && time.TotalSeconds <= secondsMax;
}
