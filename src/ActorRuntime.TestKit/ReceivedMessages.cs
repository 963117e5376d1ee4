using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>One message that came to a test actor.</summary>
/// <param name="Message">The message.</param>
/// <param name="Sender">Its sender; dead letters when it had none.</param>
/// <param name="At">When it came, since the test kit started.</param>
internal sealed record ReceivedMessage(object Message, IActorRef Sender, TimeSpan At);

/// <summary>What came to a test actor: a queue for the test to look at, and the newest messages, looked at or not, for the text of a failure. Any thread.</summary>
/// <param name="historyMax">Newest messages kept for failures.</param>
internal sealed class ReceivedMessages(int historyMax)
{
    private readonly object _gate = new();
    private readonly Queue<ReceivedMessage> _waiting = [];
    private readonly Queue<ReceivedMessage> _history = [];
    private TaskCompletionSource? _arrival;

    public bool HasAny
    {
        get
        {
            lock (_gate) return _waiting.Count > 0;
        }
    }

    public void Add(ReceivedMessage message)
    {
        TaskCompletionSource? arrival;
        lock (_gate)
        {
            _waiting.Enqueue(message);
            _history.Enqueue(message);
            if (_history.Count > historyMax) _history.Dequeue();
            (arrival, _arrival) = (_arrival, null);
            Monitor.PulseAll(_gate);
        }

        arrival?.TrySetResult();
    }

    public ReceivedMessage? Take()
    {
        lock (_gate) return _waiting.TryDequeue(out var message) ? message : null;
    }

    public ReceivedMessage? Peek()
    {
        lock (_gate) return _waiting.TryPeek(out var message) ? message : null;
    }

    /// <summary>The newest messages, oldest first, and how many of all wait to be looked at.</summary>
    public (ReceivedMessage[] Newest, int Waiting) Snapshot()
    {
        lock (_gate) return ([.. _history], _waiting.Count);
    }

    public bool Wait(TimeSpan max, TimeProvider time, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static state => ((ReceivedMessages)state!).Wake(), this);
        var start = time.GetTimestamp();
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var left = max < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : max - time.GetElapsedTime(start);
                if (max >= TimeSpan.Zero && left <= TimeSpan.Zero) return false;
                // Whole milliseconds are all that is waited for; the last fraction must not become a busy loop.
                Monitor.Wait(_gate, left < TimeSpan.Zero ? left : left + TimeSpan.FromMilliseconds(1));
            }

            return true;
        }
    }

    public async ValueTask<bool> WaitAsync(TimeSpan max, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            Task arrival;
            lock (_gate)
            {
                if (_waiting.Count > 0) return true;
                arrival = (_arrival ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            var left = max < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : max - time.GetElapsedTime(start);
            if (max >= TimeSpan.Zero && left <= TimeSpan.Zero) return false;
            try
            {
                await arrival.WaitAsync(left, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return HasAny;
            }
        }
    }

    private void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}
