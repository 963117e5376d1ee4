using System.Collections.Immutable;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>How a flow runs. Stored in the flow table, so that every node uses the same; defaults come from
/// <c>actor-runtime.cluster.sharding.flow</c>.</summary>
public sealed record FlowSettings
{
    /// <summary>Name under which the source was registered, for example <c>file-lines</c>.</summary>
    public string Source { get; init; } = "";

    /// <summary>What the source needs; see there.</summary>
    public ImmutableSortedDictionary<string, string> SourceSettings { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Items a second at most; 0 for no limit. 0 to 10,000,000, default 0.</summary>
    public int ItemsPerSecond { get; init; }

    /// <summary>Items read but not acknowledged, at most. 1 to 1,000,000, default 4,096.</summary>
    public int WindowItems { get; init; } = 4_096;

    /// <summary>Bytes read but not acknowledged, at most (a single larger item is let through). 1 KiB to 1 GiB, default 16 MiB.</summary>
    public int WindowBytes { get; init; } = 16 << 20;

    /// <summary>Items in one message and one event, at most. 1 to 65,536, default 512.</summary>
    public int BatchItems { get; init; } = 512;

    /// <summary>Bytes in one message and one event, at most (a single larger item goes alone). 1 KiB to 16 MiB, default 512 KiB.</summary>
    public int BatchBytes { get; init; } = 512 << 10;

    /// <summary>Size of an item, at most; the source reports a larger one as an error. 1 byte to 64 MiB, default 8 MiB.</summary>
    public int ItemBytesMax { get; init; } = 8 << 20;

    /// <summary>Silence of the receiver after which the oldest batch is sent again. 10 ms to 1 min, default 200 ms.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Time between two questions to a source that has nothing at the moment. 1 ms to 1 min, default 50 ms.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Time between two records of the sender about how far it got; information for people only. 100 ms to 1 h, default
    /// 1 s.</summary>
    public TimeSpan ProgressEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two batches of persisted refusals. 10 ms to 1 min, default 500 ms.</summary>
    public TimeSpan RefusalsEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Reads the defaults of flows.</summary>
    /// <param name="section">The section <c>actor-runtime.cluster.sharding.flow</c>.</param>
    public static FlowSettings FromConfig(Config section)
    {
        var defaults = new FlowSettings();
        return new FlowSettings
        {
            ItemsPerSecond = section.GetInt("items-per-second", defaults.ItemsPerSecond),
            WindowItems = section.GetInt("window-items", defaults.WindowItems),
            WindowBytes = Bytes("window-bytes", defaults.WindowBytes),
            BatchItems = section.GetInt("batch-items", defaults.BatchItems),
            BatchBytes = Bytes("batch-bytes", defaults.BatchBytes),
            ItemBytesMax = Bytes("item-bytes-max", defaults.ItemBytesMax),
            ResendAfter = section.GetTimeSpan("resend-after", defaults.ResendAfter),
            PollEvery = section.GetTimeSpan("poll-every", defaults.PollEvery),
            ProgressEvery = section.GetTimeSpan("progress-every", defaults.ProgressEvery),
            RefusalsEvery = section.GetTimeSpan("refusals-every", defaults.RefusalsEvery),
        };

        int Bytes(string key, int otherwise) => (int)Math.Min(section.GetByteSize(key, otherwise), int.MaxValue);
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public FlowSettings Validated()
    {
        static bool Between(TimeSpan value, double fromMs, double toMs) =>
            value >= TimeSpan.FromMilliseconds(fromMs) && value <= TimeSpan.FromMilliseconds(toMs);

        new OptionErrors("actor-runtime.cluster.sharding.flow")
            .Require(ItemsPerSecond is >= 0 and <= 10_000_000, "items-per-second: must be 0 (no limit) to 10000000")
            .Require(WindowItems is >= 1 and <= 1_000_000, "window-items: must be 1 to 1000000")
            .Require(WindowBytes is >= 1024 and <= 1 << 30, "window-bytes: must be 1 KiB to 1 GiB")
            .Require(BatchItems is >= 1 and <= 65_536, "batch-items: must be 1 to 65536")
            .Require(BatchBytes is >= 1024 and <= 16 << 20, "batch-bytes: must be 1 KiB to 16 MiB")
            .Require(BatchItems <= WindowItems, "batch-items: a batch must fit window-items")
            .Require(BatchBytes <= WindowBytes, "batch-bytes: a batch must fit window-bytes")
            .Require(ItemBytesMax is >= 1 and <= 64 << 20, "item-bytes-max: must be 1 byte to 64 MiB")
            .Require(Between(ResendAfter, 10, 60_000), "resend-after: must be 10 ms to 1 min")
            .Require(Between(PollEvery, 1, 60_000), "poll-every: must be 1 ms to 1 min")
            .Require(Between(ProgressEvery, 100, 3_600_000), "progress-every: must be 100 ms to 1 h")
            .Require(Between(RefusalsEvery, 10, 60_000), "refusals-every: must be 10 ms to 1 min")
            .ThrowIfAny();
        return this;
    }
}
