namespace ActorRuntime.Actor;

/// <summary>Calls scheduled things off.</summary>
public sealed class Cancelable : ICancelable, IDisposable
{
    private readonly IActionScheduler? _scheduler;
    private readonly CancellationTokenSource _source;

    /// <summary>Uncancelled.</summary>
    /// <param name="scheduler">Serves <see cref="CancelAfter(TimeSpan)"/>.</param>
    public Cancelable(IScheduler scheduler)
        : this(scheduler.Advanced)
    {
    }

    /// <inheritdoc cref="Cancelable(IScheduler)"/>
    public Cancelable(IActionScheduler scheduler)
        : this(scheduler, new CancellationTokenSource())
    {
    }

    /// <summary>Uncancelled, with <see cref="CancelAfter(TimeSpan)"/> already called.</summary>
    public Cancelable(IScheduler scheduler, TimeSpan delay)
        : this(scheduler) => CancelAfter(delay);

    private Cancelable(IActionScheduler? scheduler, CancellationTokenSource source) => (_scheduler, _source) = (scheduler, source);

    /// <inheritdoc/>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public bool IsCancellationRequested => _source.IsCancellationRequested;

    /// <summary>One that was cancelled already.</summary>
    public static ICancelable CreateCanceled()
    {
        var canceled = new Cancelable(null, new CancellationTokenSource());
        canceled.Cancel();
        return canceled;
    }

    /// <summary>Cancelled as soon as one of <paramref name="cancelables"/> is.</summary>
    public static ICancelable CreateLinkedCancelable(IScheduler scheduler, params ICancelable[] cancelables) =>
        new Cancelable(scheduler.Advanced, CancellationTokenSource.CreateLinkedTokenSource([.. cancelables.Select(c => c.Token)]));

    /// <inheritdoc/>
    public void Cancel() => Cancel(throwOnFirstException: false);

    /// <inheritdoc/>
    public void Cancel(bool throwOnFirstException) => _source.Cancel(throwOnFirstException);

    /// <inheritdoc/>
    public void CancelAfter(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        if (IsCancellationRequested) return;
        if (delay == TimeSpan.Zero) Cancel();
        else _scheduler?.ScheduleOnce(delay, Cancel, this);
    }

    /// <inheritdoc/>
    public void CancelAfter(int millisecondsDelay) => CancelAfter(TimeSpan.FromMilliseconds(millisecondsDelay));

    /// <summary>Releases the links to other cancelables; cancels nothing.</summary>
    public void Dispose() => _source.Dispose();
}
