using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas.Behind;

/// <summary>How replicated logs get into the persistent store, read from <c>actor-runtime.cluster.sharding.replication.write-behind</c>. All bounds
/// are those of one shard.</summary>
public sealed record WriteBehindOptions
{
    internal const string Path = ReplicationOptions.Path + ".write-behind";

    /// <summary>How old a committed block gets before it is written. 0 to 10 min, default 100 ms; 0 writes at once.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Blocks that are written at once, whatever their age, and most in one transaction. 1 to 100,000, default 1,000.</summary>
    public int CommitBlocks { get; init; } = 1_000;

    /// <summary>As <see cref="CommitBlocks"/>, in bytes; a single larger block goes alone. 1 KiB to 256 MiB, default 4 MiB.</summary>
    public int CommitBytes { get; init; } = 4 << 20;

    /// <summary>Committed blocks that may wait for the store; beyond, writes of units wait, and are rejected after <c>write-timeout</c>. As many stay in
    /// the log for a replica that catches up. At
    /// least <see cref="CommitBlocks"/>, at most 10,000,000, default 100,000.</summary>
    public int LagBlocksMax { get; init; } = 100_000;

    /// <summary>As <see cref="LagBlocksMax"/>, in bytes. At least <see cref="CommitBytes"/>, at most 1 TiB, default 64 MiB.</summary>
    public long LagBytesMax { get; init; } = 64 << 20;

    /// <summary>Blocks that stay in the local logs although the store has them: what a node that was away is brought up to date with.
    /// 0 to 10,000,000, default 1,000.</summary>
    public int KeepBlocks { get; init; } = 1_000;

    /// <summary>Time before a store that failed is tried again; doubled from failure to failure up to <see cref="RetryAfterMax"/>. 10 ms to
    /// 1 min, default 200 ms.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest time between two attempts. At least <see cref="RetryAfter"/>, at most 10 min, default 5 s.</summary>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads the settings; keys that are missing keep their defaults.</summary>
    /// <param name="section">The section <c>write-behind</c>.</param>
    public static WriteBehindOptions FromConfig(Config section)
    {
        var defaults = new WriteBehindOptions();
        return new WriteBehindOptions
        {
            CommitInterval = section.GetTimeSpan("commit-interval", defaults.CommitInterval),
            CommitBlocks = section.GetInt("commit-blocks", defaults.CommitBlocks),
            CommitBytes = (int)Math.Min(section.GetByteSize("commit-bytes", defaults.CommitBytes), int.MaxValue),
            LagBlocksMax = section.GetInt("lag-blocks-max", defaults.LagBlocksMax),
            LagBytesMax = section.GetByteSize("lag-bytes-max", defaults.LagBytesMax),
            KeepBlocks = section.GetInt("keep-blocks", defaults.KeepBlocks),
            RetryAfter = section.GetTimeSpan("retry-after", defaults.RetryAfter),
            RetryAfterMax = section.GetTimeSpan("retry-after-max", defaults.RetryAfterMax),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public WriteBehindOptions Validated()
    {
        new OptionErrors(Path)
            .Require(CommitInterval >= TimeSpan.Zero && CommitInterval <= TimeSpan.FromMinutes(10), "commit-interval: must be 0 to 10 min")
            .Require(CommitBlocks is >= 1 and <= 100_000, "commit-blocks: must be 1 to 100000")
            .Require(CommitBytes is >= 1 << 10 and <= 256 << 20, "commit-bytes: must be 1 KiB to 256 MiB")
            .Require(LagBlocksMax >= CommitBlocks && LagBlocksMax <= 10_000_000, "lag-blocks-max: must be commit-blocks to 10000000")
            .Require(LagBytesMax >= CommitBytes && LagBytesMax <= 1L << 40, "lag-bytes-max: must be commit-bytes to 1 TiB")
            .Require(KeepBlocks is >= 0 and <= 10_000_000, "keep-blocks: must be 0 to 10000000")
            .Require(RetryAfter >= TimeSpan.FromMilliseconds(10) && RetryAfter <= TimeSpan.FromMinutes(1), "retry-after: must be 10 ms to 1 min")
            .Require(RetryAfterMax >= RetryAfter && RetryAfterMax <= TimeSpan.FromMinutes(10), "retry-after-max: must be retry-after to 10 min")
            .ThrowIfAny();
        return this;
    }
}
