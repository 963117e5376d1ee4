namespace ActorRuntime.ProcessTests.Net;

/// <summary>Decides what becomes of the frames of one class in one direction between two nodes.</summary>
/// <remarks>Pure. Each frame takes the same number of draws, so what happens to the n-th frame follows from the seed and the settings at that
/// time alone, whatever happened to the frames before it.</remarks>
internal sealed class Link(int seed)
{
    private readonly Random _random = new(seed);
    private long _lastDue;
    private long _freeAt;

    /// <summary>May be changed at any time, from any thread; counts for the frames after it.</summary>
    public volatile LinkSettings Settings = LinkSettings.Clear;

    public long Passed { get; private set; }

    public long Lost { get; private set; }

    public long Duplicated { get; private set; }

    /// <summary>Frames that were due before one that had been sent earlier.</summary>
    public long Reordered { get; private set; }

    /// <summary>Takes in one frame.</summary>
    /// <param name="now">In microseconds, never going back.</param>
    public Fate Take(int bytes, long now)
    {
        var settings = Settings;
        var (lost, doubled, first, second) = (_random.NextDouble(), _random.NextDouble(), _random.NextDouble(), _random.NextDouble());
        if (lost < settings.Loss || !HasRoom(settings, now))
        {
            Lost++;
            return default;
        }
        var sentAt = now;
        if (settings.BytesPerSecond > 0) sentAt = _freeAt = Math.Max(now, _freeAt) + (bytes * 1_000_000L / settings.BytesPerSecond);
        Passed++;
        var due = Due(settings, sentAt, first);
        if (doubled >= settings.Duplication) return new(1, due, 0);
        Duplicated++;
        return new(2, due, Due(settings, sentAt, second));
    }

    private bool HasRoom(LinkSettings settings, long now) =>
        settings.BytesPerSecond == 0 || (_freeAt - now) * settings.BytesPerSecond / 1_000_000 < settings.QueueBytes;

    private long Due(LinkSettings settings, long sentAt, double drawn)
    {
        var spread = settings.DelayMax - settings.DelayMin;
        var due = sentAt + (long)(settings.DelayMin + (spread > TimeSpan.Zero ? spread * drawn : TimeSpan.Zero)).TotalMicroseconds;
        if (due < _lastDue)
        {
            if (settings.Reorders) Reordered++;
            else due = _lastDue;
        }
        _lastDue = Math.Max(_lastDue, due);
        return due;
    }
}

/// <summary>When the copies of one frame arrive, in microseconds.</summary>
/// <param name="Copies">0: it is lost.</param>
internal readonly record struct Fate(int Copies, long First, long Second);
