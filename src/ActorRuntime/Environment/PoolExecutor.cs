#pragma warning disable RS0030 // The thread pool enters the process here.
namespace ActorRuntime;

/// <summary>Runs work items on the thread pool of .NET, and what continues an item on the thread that ran it.</summary>
/// <remarks>
/// An item that schedules its successor (an actor that tells another) keeps it in the slot of its thread's <see cref="Lane"/> instead of the pool's queues: no queue,
/// no wake-up, no other processor that pulls the cache lines over for one message. One slot only: a second successor goes to the pool, where idle threads find it.
/// What keeps this fair and alive is <see cref="LaneWatch"/>: an item that waits in a slot while its thread is busy or blocked goes to the pool after at most two of
/// its ticks, and a chain that runs for a tick gives way when others wait. Blocking is left to the pool's own rules for adding threads. Benchmarks: <c>pingpong</c>, <c>ask</c>.
/// </remarks>
internal sealed class PoolExecutor : IExecutor
{
    public static readonly PoolExecutor Instance = new();

    private PoolExecutor()
    {
    }

    /// <inheritdoc/>
    public void Execute(IThreadPoolWorkItem item, bool preferLocal)
    {
        if (!preferLocal || Lane.Current is not { } lane) Queue(item, preferLocal: false);
        else if (!lane.TryKeep(item)) Queue(item, preferLocal: true);
    }

    internal static void Queue(IThreadPoolWorkItem item, bool preferLocal) => ThreadPool.UnsafeQueueUserWorkItem(Turn.Of(item), preferLocal);

    /// <summary>The pool's view of one item: opens the lane around it. Each thread keeps one for its next use.</summary>
    private sealed class Turn : IThreadPoolWorkItem
    {
        [ThreadStatic]
        private static Turn? _spare;

        private IThreadPoolWorkItem? _item;

        public static Turn Of(IThreadPoolWorkItem item)
        {
            var turn = _spare ?? new Turn();
            _spare = null;
            turn._item = item;
            return turn;
        }

        public void Execute()
        {
            var item = _item!;
            _item = null;
            _spare = this;
            Lane.Run(item);
        }
    }
}

/// <summary>One thread's chain of work items: the one that runs and, in the slot, the one that comes next.</summary>
/// <remarks>
/// Only the owner fills the slot; owner and <see cref="LaneWatch"/> empty it, by exchange, so an item runs once. The owner's write of the slot and its following look
/// at <see cref="LaneWatch.IsAwake"/> are not fenced; the watch fences for both sides with a process-wide barrier before it falls asleep.
/// </remarks>
internal sealed class Lane
{
    // Only a backstop for a watch that gets no processor itself.
    private const int UncheckedMax = 4096;

    [ThreadStatic]
    private static Lane? _ofThread;

    private readonly Thread _thread = Thread.CurrentThread;
    private IThreadPoolWorkItem? _slot;
    private bool _isOpen;
    private volatile bool _isAskedToYield;
    private int _kept;
    private int _seenByWatch;

    /// <summary>The lane whose item runs on this thread.</summary>
    public static Lane? Current => _ofThread is { _isOpen: true } lane ? lane : null;

    public bool IsThreadAlive => _thread.IsAlive;

    public bool IsOccupied => Volatile.Read(ref _slot) is not null;

    public static void Run(IThreadPoolWorkItem item)
    {
        var lane = _ofThread ??= LaneWatch.Add(new Lane());
        if (lane._isOpen) item.Execute(); // Somebody runs pool items inside an item: the outer chain goes on with what this one leaves.
        else lane.RunChain(item);
    }

    /// <summary>Takes <paramref name="item"/> to run after the current one; false when it has to go to the pool. Owner only.</summary>
    public bool TryKeep(IThreadPoolWorkItem item)
    {
        if (_slot is not null) return false;
        if (!LaneWatch.IsAwake)
        {
            LaneWatch.Refused();
            return false;
        }

        Volatile.Write(ref _slot, item);
        _kept++;
        if (LaneWatch.IsAwake) return true;
        // The watch fell asleep in between and may not have seen the item: back to the pool with it, unless it was taken.
        return Interlocked.Exchange(ref _slot, null) is null;
    }

    /// <summary>One look of the watch: takes out what has waited since the last look, and asks long chains to give way.</summary>
    /// <returns>Items kept since the last look.</returns>
    public int Inspect()
    {
        _isAskedToYield = true;
        var kept = Volatile.Read(ref _kept);
        var since = kept - _seenByWatch;
        _seenByWatch = kept;
        if (since == 0 && IsOccupied && Interlocked.Exchange(ref _slot, null) is { } item) PoolExecutor.Queue(item, preferLocal: false);
        return since;
    }

    private void RunChain(IThreadPoolWorkItem item)
    {
        var context = ExecutionContext.Capture();
        _isOpen = true;
        _isAskedToYield = false;
        try
        {
            for (var left = UncheckedMax; ; left--)
            {
                item.Execute();
                if (_slot is null || Interlocked.Exchange(ref _slot, null) is not { } next) return;
                item = next;
                if (_isAskedToYield || left == 0)
                {
                    _isAskedToYield = false;
                    left = UncheckedMax;
                    if (ThreadPool.PendingWorkItemCount > 0)
                    {
                        PoolExecutor.Queue(item, preferLocal: false);
                        return;
                    }
                }

                // As the pool does between its items: nothing an item left in the ambient context reaches the next one.
                if (context is not null && !ReferenceEquals(ExecutionContext.Capture(), context)) ExecutionContext.Restore(context);
            }
        }
        finally
        {
            _isOpen = false;
            // Only after an exception that ends the process, or that a host swallows.
            if (_slot is not null && Interlocked.Exchange(ref _slot, null) is { } left) PoolExecutor.Queue(left, preferLocal: false);
        }
    }
}
