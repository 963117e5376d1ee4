using Microsoft.Extensions.Logging;

namespace ActorRuntime.Actor;

/// <summary>Something due at a time. In at most one heap, once.</summary>
internal abstract class ScheduledItem
{
    internal long Due;
    internal long Sequence;
    internal long Period;
    internal int HeapIndex = -1;

    /// <summary>Called on the timer's thread, outside all locks.</summary>
    public abstract void Fire();

    /// <summary>The system has terminated before the time came. Outside all locks.</summary>
    public virtual void Abandon()
    {
    }
}

/// <summary>All timers of a system in one heap, driven by one timer of the environment.</summary>
/// <remarks>
/// Items due at one instant fire in the order they were scheduled. Cancelling removes, so the heap holds living items only. The one timer is moved forward only:
/// a cancelled first item costs one empty wake-up instead of two changes of the timer. Benchmark: <c>ask</c>.
/// </remarks>
internal sealed partial class HeapScheduler : IScheduler, IAdvancedScheduler, IDisposable
{
    private const int Arity = 4;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly ILogger _log;
    private readonly long _started;
    private ScheduledItem[] _heap = new ScheduledItem[16];
    private int _count;
    private long _sequence;
    private long _armedFor = long.MaxValue;
    private bool _isFiring;
    private bool _isDisposed;

    public HeapScheduler(TimeProvider time, ILogger log, IExecutor? executor = null)
    {
        (_time, _log, _started, Executor) = (time, log, time.GetTimestamp(), executor);
        _timer = time.CreateTimer(static state => ((HeapScheduler)state!).FireDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IAdvancedScheduler Advanced => this;

    public DateTimeOffset Now => _time.GetUtcNow();

    public TimeSpan MonotonicClock => _time.GetElapsedTime(_started);

    /// <summary>Where work that is no timer's can be handed to.</summary>
    internal IExecutor? Executor { get; }

    internal int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        if (cancelable?.IsCancellationRequested == true) return;
        if (delay == TimeSpan.Zero) receiver.Tell(message, sender);
        else Add(new TellItem(receiver, message, sender), delay, TimeSpan.Zero, cancelable);
    }

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Add(new TellItem(receiver, message, sender), initialDelay, interval, cancelable);
    }

    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable = null) => Add(new ActionItem(action), delay, TimeSpan.Zero, cancelable);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Add(new ActionItem(action), initialDelay, interval, cancelable);
    }

    /// <summary>Adds an item that is in no heap.</summary>
    /// <param name="item">The item.</param>
    /// <param name="delay">From now; not negative.</param>
    /// <param name="period">Zero for once.</param>
    /// <exception cref="IllegalActorStateException">The system has terminated.</exception>
    public void Schedule(ScheduledItem item, TimeSpan delay, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        item.Due = Saturated(_time.GetTimestamp(), ToTimestamp(delay));
        item.Period = ToTimestamp(period);
        lock (_lock)
        {
            if (_isDisposed) throw new IllegalActorStateException("The scheduler is shut down: its actor system has terminated");
            Insert(item);
            if (!_isFiring) Arm();
        }
    }

    /// <summary>Takes an item out; harmless when it has fired or was never scheduled.</summary>
    public void Cancel(ScheduledItem item)
    {
        lock (_lock)
        {
            item.Period = 0;
            if (item.HeapIndex >= 0) RemoveAt(item.HeapIndex);
        }
    }

    public void Dispose()
    {
        ScheduledItem[] abandoned;
        lock (_lock)
        {
            _isDisposed = true;
            abandoned = _heap.AsSpan(0, _count).ToArray();
            foreach (var item in abandoned) item.HeapIndex = -1;
            (_heap, _count) = ([], 0);
        }

        _timer.Dispose();
        foreach (var item in abandoned) item.Abandon();
    }

    private static long Saturated(long now, long delay) => delay > long.MaxValue - now ? long.MaxValue - 1 : now + delay;

    private static bool IsBefore(ScheduledItem left, ScheduledItem right) =>
        left.Due < right.Due || (left.Due == right.Due && left.Sequence < right.Sequence);

    private long ToTimestamp(TimeSpan span) => _time.TimestampFrequency == TimeSpan.TicksPerSecond
        ? span.Ticks
        : (long)Math.Min(span.Ticks * ((double)_time.TimestampFrequency / TimeSpan.TicksPerSecond), long.MaxValue / 2.0);

    private void Add(CancelableItem item, TimeSpan delay, TimeSpan period, ICancelable? cancelable)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        if (cancelable is not null)
        {
            if (cancelable.IsCancellationRequested) return;
            item.Cancelable = cancelable;
            item.Registration = cancelable.Token.UnsafeRegister(_ => Cancel(item), null);
        }

        Schedule(item, delay, period);
    }

    private void FireDue()
    {
        lock (_lock)
        {
            // The other run looks again before it ends.
            if (_isFiring || _isDisposed) return;
            (_isFiring, _armedFor) = (true, long.MaxValue);
        }

        while (TakeDue() is { } item)
        {
            try
            {
                item.Fire();
            }
            catch (Exception cause) when (FaultHandling.IsSupervised(cause))
            {
                LogActionFailure(_log, cause);
            }
        }
    }

    private ScheduledItem? TakeDue()
    {
        var now = _time.GetTimestamp();
        lock (_lock)
        {
            if (_count == 0 || _heap[0].Due > now)
            {
                _isFiring = false;
                Arm();
                return null;
            }

            var item = _heap[0];
            RemoveAt(0);
            if (item.Period > 0)
            {
                // A late timer does not catch up in a burst.
                item.Due = Math.Max(Saturated(item.Due, item.Period), now + 1);
                Insert(item);
            }

            return item;
        }
    }

    private void Arm()
    {
        if (_count == 0 || _isDisposed || _heap[0].Due >= _armedFor) return;
        _armedFor = _heap[0].Due;
        var wait = _time.GetElapsedTime(_time.GetTimestamp(), _armedFor);
        // Whole milliseconds, rounded up: the environment's timers know no less and must not come early.
        var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, uint.MaxValue - 2.0);
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }

    private void Insert(ScheduledItem item)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, 2 * _count);
        item.Sequence = _sequence++;
        Place(item, _count++);
        SiftUp(item);
    }

    private void RemoveAt(int index)
    {
        var removed = _heap[index];
        var last = _heap[--_count];
        _heap[_count] = null!;
        removed.HeapIndex = -1;
        if (index == _count) return;
        Place(last, index);
        SiftUp(last);
        SiftDown(last);
    }

    private void SiftUp(ScheduledItem item)
    {
        for (var index = item.HeapIndex; index > 0;)
        {
            var parent = _heap[(index - 1) / Arity];
            if (!IsBefore(item, parent)) return;
            var to = parent.HeapIndex;
            Place(parent, index);
            Place(item, to);
            index = to;
        }
    }

    private void SiftDown(ScheduledItem item)
    {
        while (true)
        {
            var first = (item.HeapIndex * Arity) + 1;
            var smallest = item;
            for (var child = first; child < Math.Min(first + Arity, _count); child++)
            {
                if (IsBefore(_heap[child], smallest)) smallest = _heap[child];
            }

            if (ReferenceEquals(smallest, item)) return;
            var (from, to) = (item.HeapIndex, smallest.HeapIndex);
            Place(smallest, from);
            Place(item, to);
        }
    }

    private void Place(ScheduledItem item, int index)
    {
        _heap[index] = item;
        item.HeapIndex = index;
    }

    [LoggerMessage(EventId = 1010, Level = LogLevel.Error, Message = "A scheduled action failed")]
    private static partial void LogActionFailure(ILogger logger, Exception cause);

    private abstract class CancelableItem : ScheduledItem
    {
        public ICancelable? Cancelable;
        public CancellationTokenRegistration Registration;

        public override void Fire()
        {
            if (Period == 0) Registration.Dispose();
            if (Cancelable?.IsCancellationRequested != true) Run();
        }

        protected abstract void Run();
    }

    private sealed class TellItem(ICanTell receiver, object message, IActorRef? sender) : CancelableItem
    {
        protected override void Run() => receiver.Tell(message, sender);
    }

    private sealed class ActionItem(Action action) : CancelableItem
    {
        protected override void Run() => action();
    }
}
