namespace ActorRuntime.TestKit;

/// <summary>Opens after a number of count-downs; the test waits for it. Any thread counts.</summary>
public sealed class TestLatch
{
    private readonly TimedTestKit? _kit;
    private readonly TimeSpan _timeout;
    private readonly int _initial;
    private readonly Count _count;

    /// <summary>Opens after one count-down. Waits in real time, at most <see cref="DefaultTimeout"/> unless told otherwise.</summary>
    public TestLatch()
        : this(1)
    {
    }

    /// <summary>Opens after <paramref name="count"/> count-downs.</summary>
    /// <param name="count">0 is open at once.</param>
    public TestLatch(int count)
        : this(count, DefaultTimeout)
    {
    }

    /// <summary>Opens after <paramref name="count"/> count-downs.</summary>
    /// <param name="count">0 is open at once.</param>
    /// <param name="defaultTimeout">Wait of <see cref="Ready()"/>.</param>
    public TestLatch(int count, TimeSpan defaultTimeout)
        : this(null, count, defaultTimeout)
    {
    }

    internal TestLatch(TimedTestKit? kit, int count, TimeSpan defaultTimeout)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (_kit, _initial, _timeout, _count) = (kit, count, defaultTimeout, new Count(count));
    }

    /// <summary>Wait of latches that are made without a test kit: 10 s.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the count has come to 0.</summary>
    public bool IsOpen => _count.Left == 0;

    /// <summary>Counts down; an open latch stays open.</summary>
    public void CountDown() => _count.CountDown();

    /// <summary>Opens at once.</summary>
    public void Open() => _count.Set(0);

    /// <summary>Closes again, with the count it began with.</summary>
    public void Reset() => _count.Set(_initial);

    /// <summary>Waits until it is open, for the default time-out.</summary>
    /// <exception cref="TimeoutException">It did not open.</exception>
    public void Ready() => Ready(_timeout);

    /// <summary>Waits until it is open.</summary>
    /// <param name="timeout">Longest wait; dilated when a test kit made the latch.</param>
    /// <exception cref="TimeoutException">It did not open.</exception>
    public void Ready(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        var limit = _kit?.Dilated(timeout) ?? timeout;
        // Under virtual time waiting means to run the system, on this thread.
        var opened = _kit is { Time.IsVirtual: true } virtualKit
            ? virtualKit.Time.UntilAsync(() => IsOpen, limit, limit, isBlocking: true, CancellationToken.None).AsTask().GetAwaiter().GetResult()
            : _count.Wait(limit);
        if (!opened) throw new TimeoutException($"The latch did not open within {Text.Of(limit)}: {_count.Left} of {_initial} count-downs are missing");
    }

    private sealed class Count(int count)
    {
        private readonly object _gate = new();
        private int _left = count;

        public int Left
        {
            get
            {
                lock (_gate) return _left;
            }
        }

        public void CountDown()
        {
            lock (_gate)
            {
                if (_left > 0) _left--;
                if (_left == 0) Monitor.PulseAll(_gate);
            }
        }

        public void Set(int left)
        {
            lock (_gate)
            {
                _left = left;
                if (left == 0) Monitor.PulseAll(_gate);
            }
        }

        public bool Wait(TimeSpan timeout)
        {
            // A wake-up means open, but for a Reset in between: then it waits anew, as long as that takes.
            lock (_gate)
            {
                while (_left > 0)
                {
                    if (!Monitor.Wait(_gate, timeout)) return _left == 0;
                }

                return true;
            }
        }
    }
}
