using ActorRuntime.Actor;
using ActorRuntime.Util;

namespace ActorRuntime.Pattern;

/// <summary>Keeps callers away from what fails: after some failures in a row calls are refused at once, until a first one, let through to see, works.</summary>
/// <remarks>
/// Any thread; one instance per thing called, shared by its callers. Outcomes of a call: its result; its exception; <see cref="OpenCircuitException"/> (not made);
/// <see cref="TimeoutException"/> (made, unknown whether it worked). Callbacks run one at a time on the scheduler's thread: they must be short.
/// </remarks>
public sealed class CircuitBreaker
{
    private readonly Lock _lock = new();
    private readonly IScheduler _scheduler;
    private readonly CircuitBreakerSettings _settings;
    private readonly CircuitBreakerCore _core;
    private readonly Action<IThreadPoolWorkItem> _run;
    private Action? _onOpen;
    private Action? _onHalfOpen;
    private Action? _onClose;

    /// <summary>A closed one that stays open for the same time whenever it opens.</summary>
    /// <param name="scheduler">The clock.</param>
    /// <param name="maxFailures">Failures in a row that open it. At least 1.</param>
    /// <param name="callTimeout">A call that takes longer has failed. Above 0.</param>
    /// <param name="resetTimeout">Time it stays open before one call is tried. Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public CircuitBreaker(IScheduler scheduler, int maxFailures, TimeSpan callTimeout, TimeSpan resetTimeout)
        : this(scheduler, new CircuitBreakerSettings(maxFailures, callTimeout, resetTimeout, CircuitBreakerSettings.LongestWait, 1, 0))
    {
    }

    /// <summary>A closed one that stays open longer after each failed try.</summary>
    /// <param name="scheduler">The clock.</param>
    /// <param name="maxFailures">Failures in a row that open it. At least 1.</param>
    /// <param name="callTimeout">A call that takes longer has failed. Above 0.</param>
    /// <param name="resetTimeout">Time it stays open at first. Above 0.</param>
    /// <param name="maxResetTimeout">Bound of that time, before the random share is added. At least <paramref name="resetTimeout"/>.</param>
    /// <param name="exponentialBackoffFactor">What that time is multiplied with after each failed try. At least 1.</param>
    /// <param name="randomFactor">Share of that time which is added by chance. 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public CircuitBreaker(
        IScheduler scheduler, int maxFailures, TimeSpan callTimeout, TimeSpan resetTimeout, TimeSpan maxResetTimeout, double exponentialBackoffFactor,
        double randomFactor)
        : this(scheduler, new CircuitBreakerSettings(maxFailures, callTimeout, resetTimeout, maxResetTimeout, exponentialBackoffFactor, randomFactor))
    {
    }

    private CircuitBreaker(IScheduler scheduler, CircuitBreakerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        // The jitter has to differ between processes, not to be unpredictable: the time since start does, and a simulation repeats it.
        (_scheduler, _settings) = (scheduler, settings.Validated());
        _core = new CircuitBreakerCore(_settings, new Prng((ulong)scheduler.MonotonicClock.Ticks));

        // What callers do after a time-out must not hold up the timers of the whole system.
        if (scheduler is HeapScheduler { Executor: { } executor }) _run = item => executor.Execute(item, preferLocal: false);
        else _run = item => item.Execute();
    }

    /// <summary>True while calls pass.</summary>
    public bool IsClosed => StateNow() == CircuitState.Closed;

    /// <summary>True while calls are refused.</summary>
    public bool IsOpen => StateNow() == CircuitState.Open;

    /// <summary>True while one call decides.</summary>
    public bool IsHalfOpen => StateNow() == CircuitState.HalfOpen;

    /// <summary>Failures in a row while closed.</summary>
    public long CurrentFailureCount
    {
        get
        {
            lock (_lock) return _core.FailureCount;
        }
    }

    /// <inheritdoc cref="CircuitBreaker(IScheduler, int, TimeSpan, TimeSpan)"/>
    public static CircuitBreaker Create(IScheduler scheduler, int maxFailures, TimeSpan callTimeout, TimeSpan resetTimeout) =>
        new(scheduler, maxFailures, callTimeout, resetTimeout);

    /// <summary>Calls <paramref name="callback"/> whenever it opens.</summary>
    public CircuitBreaker OnOpen(Action callback)
    {
        lock (_lock) _onOpen += callback;
        return this;
    }

    /// <summary>Calls <paramref name="callback"/> whenever one call is let through to see.</summary>
    public CircuitBreaker OnHalfOpen(Action callback)
    {
        lock (_lock) _onHalfOpen += callback;
        return this;
    }

    /// <summary>Calls <paramref name="callback"/> whenever it closes again.</summary>
    public CircuitBreaker OnClose(Action callback)
    {
        lock (_lock) _onClose += callback;
        return this;
    }

    /// <summary>Makes an asynchronous call, or refuses it.</summary>
    public Task<T> WithCircuitBreaker<T>(Func<Task<T>> body) => CallAsync(_ => body(), CancellationToken.None);

    /// <summary>Makes an asynchronous call, or refuses it.</summary>
    /// <param name="body">Its token is cancelled by the call time-out and by <paramref name="cancellationToken"/>.</param>
    /// <param name="cancellationToken">Gives the call up; that counts neither as failure nor as success.</param>
    public Task<T> WithCircuitBreaker<T>(Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken = default) =>
        CallAsync(body, cancellationToken);

    /// <inheritdoc cref="WithCircuitBreaker{T}(Func{Task{T}})"/>
    public Task WithCircuitBreaker(Func<Task> body) => CallAsync(_ => AsDone(body()), CancellationToken.None);

    /// <inheritdoc cref="WithCircuitBreaker{T}(Func{CancellationToken, Task{T}}, CancellationToken)"/>
    public Task WithCircuitBreaker(Func<CancellationToken, Task> body, CancellationToken cancellationToken = default) =>
        CallAsync(token => AsDone(body(token)), cancellationToken);

    /// <summary>Makes a call on this thread, or refuses it. A call that takes too long is not cut off; it counts as a failure, and its result is handed back.</summary>
    public T WithSyncCircuitBreaker<T>(Func<T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var admission = Enter();
        var started = _scheduler.MonotonicClock;
        T result;
        try
        {
            result = body();
        }
        catch
        {
            Report(admission, worked: false);
            throw;
        }

        Report(admission, worked: _scheduler.MonotonicClock - started <= _settings.CallTimeout);
        return result;
    }

    /// <inheritdoc cref="WithSyncCircuitBreaker{T}"/>
    public void WithSyncCircuitBreaker(Action body)
    {
        ArgumentNullException.ThrowIfNull(body);
        WithSyncCircuitBreaker(() =>
        {
            body();
            return Done.Instance;
        });
    }

    /// <summary>Reports a success of a call made elsewhere. Closes it when it is half-open; changes nothing while it is open.</summary>
    public void Succeed() => Report(null, worked: true);

    /// <summary>Reports a failure of a call made elsewhere. Counts while it is closed, opens it when it is half-open, changes nothing while it is open.</summary>
    public void Fail() => Report(null, worked: false);

    private static async Task<Done> AsDone(Task task)
    {
        await task.ConfigureAwait(false);
        return Done.Instance;
    }

    private async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> body, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var admission = Enter();
        using var inTime = new Cancelable(_scheduler);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timedOut = new TaskCompletionSource<T>();
        using var givenUp = cancellationToken.UnsafeRegister(static (completion, token) => ((TaskCompletionSource<T>)completion!).TrySetCanceled(token), timedOut);
        try
        {
            _scheduler.Advanced.ScheduleOnce(_settings.CallTimeout, () => _run(new Expiry<T>(timedOut, _settings.CallTimeout)), inTime);
            var call = body(limit.Token);
            var first = await Task.WhenAny(call, timedOut.Task).ConfigureAwait(false);
            if (!ReferenceEquals(first, call)) Leave(call, limit);
            var result = await first.ConfigureAwait(false);
            Report(admission, worked: true);
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            lock (_lock) _core.OnAbandoned(admission);
            throw;
        }
        catch
        {
            Report(admission, worked: false);
            throw;
        }
        finally
        {
            inTime.Cancel();
        }
    }

    // Nobody waits for the call any more: it is told, and what becomes of it is looked at by nobody.
    private static void Leave(Task call, CancellationTokenSource limit)
    {
        limit.Cancel();
        _ = call.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private long Enter()
    {
        var now = _scheduler.MonotonicClock;
        lock (_lock)
        {
            var before = _core.State;
            var admission = _core.TryEnter(now);
            Tell(before);
            if (admission is { } admitted) return admitted;
            var remaining = _core.Remaining(now);
            throw new OpenCircuitException(
                remaining > TimeSpan.Zero
                    ? $"The circuit breaker is open; calls are refused for {remaining.TotalSeconds:0.###} s more"
                    : "The circuit breaker is half-open; the one call that decides is under way",
                remaining);
        }
    }

    private void Report(long? admission, bool worked)
    {
        var now = _scheduler.MonotonicClock;
        lock (_lock)
        {
            var before = _core.State;
            if (worked) _core.OnSuccess(admission);
            else _core.OnFailure(admission, now);
            Tell(before);
        }
    }

    private CircuitState StateNow()
    {
        var now = _scheduler.MonotonicClock;
        lock (_lock)
        {
            var before = _core.State;
            _core.OnTime(now);
            Tell(before);
            return _core.State;
        }
    }

    // Under the lock, so that callbacks are queued in the order of the changes.
    private void Tell(CircuitState before)
    {
        if (_core.State == before) return;
        if (_core.Deadline is { } deadline)
        {
            // A second timer of an earlier opening finds a later deadline, and changes nothing.
            var wait = deadline - _scheduler.MonotonicClock;
            _scheduler.Advanced.ScheduleOnce(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, () => StateNow());
        }

        var callback = _core.State switch
        {
            CircuitState.Open => _onOpen,
            CircuitState.HalfOpen => _onHalfOpen,
            _ => _onClose,
        };
        if (callback is not null) _scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, callback);
    }

    private sealed class Expiry<T>(TaskCompletionSource<T> call, TimeSpan limit) : IThreadPoolWorkItem
    {
        public void Execute() =>
            call.TrySetException(new TimeoutException($"The call took longer than {limit.TotalSeconds} s; whether it worked is unknown"));
    }
}
