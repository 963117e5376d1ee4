using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Local;

/// <summary>What an acknowledgement means on this node's disk: when <c>FlushAsync</c> completes.</summary>
/// <remarks>Appended blocks survive the end of the process, <c>kill -9</c> included, under each of them: they are in the page
/// cache.</remarks>
public enum FlushPolicy
{
    /// <summary>At once. The kernel writes when it likes; a power cut may take all since the last orderly end.</summary>
    Process,

    /// <summary>At once, and the disk has it at most <see cref="LocalStoreOptions.FlushInterval"/> and one flush later: so much a power cut
    /// may take.</summary>
    Os,

    /// <summary>When the disk has it. All calls that wait share one flush.</summary>
    GroupCommit,
}

/// <summary>Settings of a node's local store, read from <c>actor-runtime.persistence.local</c>.</summary>
public sealed record LocalStoreOptions
{
    /// <summary>Smallest and largest segment.</summary>
    internal const int SegmentSizeMin = 64 * 1024, SegmentSizeMax = 256 * 1024 * 1024;

    /// <summary>Of this node alone, on a local file system. Made where it is missing. Empty, the default: a node takes one in its data-dir;
    /// a store needs one.</summary>
    public string Directory { get; init; } = "";

    /// <summary>When a flush counts. Default group commit.</summary>
    public FlushPolicy Flush { get; init; } = FlushPolicy.GroupCommit;

    /// <summary>Under <see cref="FlushPolicy.Os"/>: how long acknowledged blocks may wait before they are flushed. 1 ms to 1 h, default 200
    /// ms. </summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Most logs that are flushed at a time; the device flushes once for all. 1 to 64, default 8. Each has a thread of its
    /// own.</summary>
    public int FlushesAtOnce { get; init; } = 8;

    /// <summary>Bytes of one file of a log, the unit in which logs grow and are trimmed. 64 KiB to 256 MiB, default 4 MiB. A larger block
    /// gets a file of its own size.</summary>
    public int SegmentSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>Most bytes of one log; beyond it appends fail until it is trimmed. From two segments, default 1 GiB.</summary>
    public long LogBytesMax { get; init; } = 1L << 30;

    /// <summary>Most bytes of all logs and spare segments. From <see cref="LogBytesMax"/>, default 16 GiB.</summary>
    public long BytesMax { get; init; } = 16L << 30;

    /// <summary>Segments kept ready, written once so that flushing them is cheap. 0 to 64, default 2.</summary>
    public int SpareSegments { get; init; } = 2;

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence.local</c>.</param>
    public static LocalStoreOptions FromConfig(Config config)
    {
        var defaults = new LocalStoreOptions();
        return new LocalStoreOptions
        {
            Directory = config.GetString("directory", defaults.Directory),
            Flush = config.GetEnum("flush", (FlushPolicy?)defaults.Flush),
            FlushInterval = config.GetTimeSpan("flush-interval", defaults.FlushInterval),
            FlushesAtOnce = config.GetInt("flushes-at-once", defaults.FlushesAtOnce),
            SegmentSize = (int)Math.Min(int.MaxValue, config.GetByteSize("segment-size", defaults.SegmentSize)),
            LogBytesMax = config.GetByteSize("log-bytes-max", defaults.LogBytesMax),
            BytesMax = config.GetByteSize("bytes-max", defaults.BytesMax),
            SpareSegments = config.GetInt("spare-segments", defaults.SpareSegments),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public LocalStoreOptions Validated()
    {
        new OptionErrors("actor-runtime.persistence.local")
            .Require(FlushInterval >= TimeSpan.FromMilliseconds(1) && FlushInterval <= TimeSpan.FromHours(1), "flush-interval: must be 1 ms to 1 h")
            .Require(FlushesAtOnce is >= 1 and <= 64, "flushes-at-once: must be 1 to 64")
            .Require(SegmentSize is >= SegmentSizeMin and <= SegmentSizeMax, "segment-size: must be 64 KiB to 256 MiB")
            .Require(SegmentSize % 4096 == 0, "segment-size: must be whole pages of 4 KiB")
            .Require(LogBytesMax >= 2L * SegmentSize, "log-bytes-max: below two segments nothing can ever be trimmed")
            .Require(BytesMax >= LogBytesMax, "bytes-max: below log-bytes-max")
            .Require(SpareSegments is >= 0 and <= 64, "spare-segments: must be 0 to 64")
            .ThrowIfAny();
        return this;
    }
}
