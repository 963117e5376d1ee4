using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Lost incarnations that this node observed: each is reported silent once loss-after has passed since its last signal heard
/// here.
/// The newest <see cref="SignalDatagram.SilentMax"/> are kept; what they are needed for (a gate) is long past for older ones.</summary>
internal sealed class SilentList
{
    private static readonly MonotonicTime Never = new(long.MaxValue);
    private readonly List<Entry> _newestFirst = [];

    /// <summary>When <see cref="OnTime"/> has something to report.</summary>
    public MonotonicTime Deadline { get; private set; } = Never;

    /// <summary>From now on the incarnation is not heard any more; it counts as silent from <paramref name="silentAt"/> on.</summary>
    public void Add(ulong incarnation, long version, MonotonicTime silentAt, MonotonicTime now)
    {
        var at = _newestFirst.FindIndex(e => e.Version < version || (e.Version == version && e.Incarnation < incarnation));
        _newestFirst.Insert(at < 0 ? _newestFirst.Count : at, new Entry(incarnation, version, silentAt));
        if (_newestFirst.Count > SignalDatagram.SilentMax) _newestFirst.RemoveAt(_newestFirst.Count - 1);
        Refresh(now);
    }

    /// <summary>The passing of time.</summary>
    /// <returns>True when another incarnation became silent.</returns>
    public bool OnTime(MonotonicTime now) => now >= Deadline && Refresh(now);

    /// <summary>Writes the silent incarnations, newest first, and returns how many.</summary>
    public int CopyTo(Span<ulong> into)
    {
        var count = 0;
        foreach (var entry in _newestFirst)
        {
            if (entry.IsSilent && count < into.Length) into[count++] = entry.Incarnation;
        }
        return count;
    }

    private bool Refresh(MonotonicTime now)
    {
        var changed = false;
        Deadline = Never;
        foreach (var entry in _newestFirst)
        {
            if (entry.IsSilent) continue;
            if (now >= entry.SilentAt) changed = entry.IsSilent = true;
            else if (entry.SilentAt < Deadline) Deadline = entry.SilentAt;
        }
        return changed;
    }

    private sealed class Entry(ulong incarnation, long version, MonotonicTime silentAt)
    {
        public ulong Incarnation { get; } = incarnation;

        public long Version { get; } = version;

        public MonotonicTime SilentAt { get; } = silentAt;

        public bool IsSilent { get; set; }
    }
}
