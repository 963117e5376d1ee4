#pragma warning disable RS0030 // The thread that watches the lanes, and its clock tick.
namespace ActorRuntime;

/// <summary>The one thread of the process that frees work items from slots whose owners are busy or blocked.</summary>
/// <remarks>
/// It ticks once a millisecond while the slots are in use, and only then are slots used: below about 16,000 kept items a second it sleeps without a time-out, so an idle
/// process costs nothing, and schedulings go to the pool's queues as they would without lanes. Refused schedulings wake it, one wake-up for many of them.
/// </remarks>
internal static class LaneWatch
{
    private const int TickMs = 1;
    private const int TicksPerReview = 32;
    private const int KeptPerReviewMin = 512;
    private const int RefusedMax = 256;

    private static readonly Lock Gate = new();
    private static readonly AutoResetEvent Wake = new(false);
    private static Lane[] _lanes = [];
    private static bool _isStarted;
    private static int _isAwake;
    private static int _refused;

    /// <summary>Whether what is put into a slot will be looked after.</summary>
    public static bool IsAwake => Volatile.Read(ref _isAwake) != 0;

    /// <summary>Looks after <paramref name="lane"/> until its thread ends.</summary>
    public static Lane Add(Lane lane)
    {
        lock (Gate)
        {
            _lanes = [.. _lanes, lane];
            if (_isStarted) return lane;
            _isStarted = true;
            new Thread(Run) { Name = "actor-runtime-lane-watch", IsBackground = true }.Start();
        }

        return lane;
    }

    /// <summary>A scheduling went to the pool because the watch sleeps. Lost counts only delay its waking.</summary>
    public static void Refused()
    {
        if (++_refused < RefusedMax) return;
        _refused = 0;
        if (Interlocked.Exchange(ref _isAwake, 1) == 0) Wake.Set();
    }

    private static void Run()
    {
        while (true)
        {
            Wake.WaitOne();
            while (true)
            {
                var kept = 0;
                for (var tick = 0; tick < TicksPerReview; tick++)
                {
                    Thread.Sleep(TickMs);
                    foreach (var lane in Volatile.Read(ref _lanes)) kept += lane.Inspect();
                }

                if (kept < KeptPerReviewMin && TryFallAsleep()) break;
            }
        }
    }

    // Whoever fills a slot looks at IsAwake afterwards. The barrier orders both on every processor: either that look comes after it and sees the watch asleep, or the
    // slot was filled before it and is seen here.
    private static bool TryFallAsleep()
    {
        Prune();
        Volatile.Write(ref _isAwake, 0);
        Interlocked.MemoryBarrierProcessWide();
        foreach (var lane in Volatile.Read(ref _lanes))
        {
            if (!lane.IsOccupied) continue;
            // When somebody woke it meanwhile, the wake-up stays pending and is used up after the next sleep: harmless.
            Volatile.Write(ref _isAwake, 1);
            return false;
        }

        return true;
    }

    private static void Prune()
    {
        lock (Gate)
        {
            if (Array.Exists(_lanes, lane => !lane.IsThreadAlive)) _lanes = Array.FindAll(_lanes, lane => lane.IsThreadAlive || lane.IsOccupied);
        }
    }
}
