using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>The clock of a test and the one way to wait on it: in real time, or by running the system under virtual time.</summary>
/// <remarks>With <c>isBlocking</c> a wait occupies the calling thread and its task is complete when it returns, so both forms of an expectation share one body.</remarks>
internal sealed class TestTime
{
    private static readonly TimeSpan VirtualForever = TimeSpan.FromDays(3650);

    private readonly TimeProvider _time;
    private readonly ManualEnvironment? _manual;
    private readonly bool _stands;
    private readonly double _factor;
    private readonly long _start;

    public TestTime(ActorSystem system, TestKitSettings settings)
    {
        _time = system.Environment.Time;
        _manual = system.Environment as ManualEnvironment;
        _stands = settings.Clock == TestClock.Manual;
        _factor = settings.TestTimeFactor;
        _start = _time.GetTimestamp();
    }

    public bool IsVirtual => _manual is not null;

    /// <summary>Time since the kit started.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    public TimeSpan Dilated(TimeSpan duration) => duration < TimeSpan.Zero ? duration : duration * _factor;

    /// <summary>Waits until <paramref name="condition"/> holds, looking every <paramref name="interval"/>.</summary>
    /// <param name="max">Negative waits for ever.</param>
    /// <returns>Whether the condition held in time.</returns>
    public async ValueTask<bool> UntilAsync(
        Func<bool> condition, TimeSpan max, TimeSpan interval, bool isBlocking, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_manual is not null) return _manual.RunUntil(condition, VirtualLimit(max));
        var start = _time.GetTimestamp();
        while (!condition())
        {
            var left = max < TimeSpan.Zero ? interval : max - _time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return false;
            await PauseAsync(left < interval ? left : interval, isBlocking, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Waits until <paramref name="messages"/> has one that was not taken yet.</summary>
    /// <param name="max">Negative waits for ever.</param>
    public async ValueTask<bool> UntilAnyAsync(
        ReceivedMessages messages, TimeSpan max, bool isBlocking, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_manual is not null) return _manual.RunUntil(() => messages.HasAny, VirtualLimit(max));
        return isBlocking ? messages.Wait(max, _time, cancellationToken)
            : await messages.WaitAsync(max, _time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until <paramref name="task"/> has ended, whatever way. Real time only.</summary>
    /// <param name="max">Negative waits for ever.</param>
    public async ValueTask<bool> UntilEndAsync(Task task, TimeSpan max, CancellationToken cancellationToken)
    {
        if (task.IsCompleted) return true;
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timeout = Task.Delay(max < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : max, _time, stopping.Token);
        await Task.WhenAny(task, timeout).ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return task.IsCompleted;
    }

    /// <summary>Runs the system until <paramref name="condition"/> holds, moving the clock even where the test keeps its hands. Virtual time only.</summary>
    public bool RunThrough(Func<bool> condition, TimeSpan max) => _manual!.RunUntil(condition, max);

    private TimeSpan VirtualLimit(TimeSpan max) => _stands ? TimeSpan.Zero : max < TimeSpan.Zero || max > VirtualForever ? VirtualForever : max;

    private async ValueTask PauseAsync(TimeSpan time, bool isBlocking, CancellationToken cancellationToken)
    {
        if (isBlocking)
        {
            cancellationToken.WaitHandle.WaitOne(time);
            cancellationToken.ThrowIfCancellationRequested();
        }
        else
        {
            await Task.Delay(time, _time, cancellationToken).ConfigureAwait(false);
        }
    }
}
