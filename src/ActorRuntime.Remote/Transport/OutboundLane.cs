using System.Collections.Concurrent;
using ActorRuntime.Remote.Wire;

namespace ActorRuntime.Remote.Transport;

/// <summary>One queue to one peer and the loop that empties it: connect when there is something to send, serialize a batch, write it once.</summary>
/// <remarks>
/// Benchmark: <c>remote-oneway</c>. Any thread posts; one loop takes. Ordinary messages are sent at most once: what was written to a connection
/// that broke is gone. System messages are taken from the association and come again until acknowledged.
/// </remarks>
internal sealed class OutboundLane
{
    private const int BatchBytes = 65_536;

    private readonly RemoteTransport _transport;
    private readonly Association _association;
    private readonly int _index;
    private readonly int _capacity;
    private readonly ConcurrentQueue<OutboundMessage> _queue = new();
    private readonly AsyncSignal _signal;
    private readonly LogWindow _failureLog;
    private readonly TaskCompletionSource _ended = new();
    private int _waiting;
    private int _isStarted;
    private volatile bool _isWanted;
    private volatile bool _isClosing;
    private volatile bool _saysGoodbye;
    private volatile OutboundLink? _link;

    public OutboundLane(RemoteTransport transport, Association association, LaneKind kind, int index, int capacity)
    {
        (_transport, _association, Kind, _index, _capacity) = (transport, association, kind, index, capacity);
        _signal = new AsyncSignal(transport.Environment.Executor);
        _failureLog = new LogWindow(transport.Options.LogWindow, transport.Environment);
    }

    public LaneKind Kind { get; }

    private bool HasWork => Volatile.Read(ref _waiting) > 0 || _isWanted || (Kind == LaneKind.Control && _association.NeedsControl);

    /// <summary>Takes in a message; false when the queue is full or closed.</summary>
    public bool TryPost(in OutboundMessage message)
    {
        if (_isClosing) return false;
        if (Interlocked.Increment(ref _waiting) > _capacity)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }
        _queue.Enqueue(message);
        Wake();
        return true;
    }

    /// <summary>Something changed: the loop looks again.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _isStarted) == 0 && Interlocked.Exchange(ref _isStarted, 1) == 0) _transport.Start(RunAsync);
        _signal.Set();
    }

    /// <summary>Connects once although nothing waits.</summary>
    public void Connect()
    {
        _isWanted = true;
        Wake();
    }

    /// <summary>Takes no more, sends what waits and closes; gives up when the token says so.</summary>
    public async Task CloseAsync(bool sayGoodbye, CancellationToken cancellationToken)
    {
        (_saysGoodbye, _isClosing) = (sayGoodbye, true);
        if (Interlocked.Exchange(ref _isStarted, 1) == 0) return; // Never used: nobody to say goodbye to.
        _signal.Set();
        await _ended.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _link?.Close("the system ends");
    }

    /// <summary>What waits goes to dead letters.</summary>
    public void DropWaiting()
    {
        while (_queue.TryDequeue(out var message))
        {
            Interlocked.Decrement(ref _waiting);
            _transport.Drop(message.Message, message.Sender, message.Recipient);
        }
    }

    private async Task RunAsync()
    {
        var delays = new Backoff(_transport.Options, _transport.Environment.Random("remote-reconnect"));
        while (!_transport.Stopping.IsCancellationRequested)
        {
            if (!HasWork)
            {
                if (_isClosing) break;
                await _signal.WaitAsync().ConfigureAwait(false);
                continue;
            }
            if (await TryConnectAsync().ConfigureAwait(false) is not { } link)
            {
                if (_isClosing) break;
                await WaitAsync(delays.Next()).ConfigureAwait(false);
                continue;
            }
            delays.Reset();
            _isWanted = false;
            using (link) await WriteAsync(link).ConfigureAwait(false);
            if (link.IsFinished) break;
        }
        _isClosing = true;
        DropWaiting();
        _ended.TrySetResult();
    }

    private async Task<OutboundLink?> TryConnectAsync()
    {
        var outcome = await OutboundLink.ConnectAsync(_transport, _association, Kind, _index).ConfigureAwait(false);
        if (outcome.Link is { } link)
        {
            _link = link;
            link.Closed += _signal.Set;
            _transport.Start(link.ReadAsync);
            return link;
        }

        var silence = _association.Unreachable();
        if (_failureLog.TryOpen(out _)) _transport.Log.ConnectFailed(_association.Peer, outcome.Failure!, silence.TotalSeconds);
        if (outcome.IsRefusedForGood || silence >= _transport.Options.UnreachableBufferTime)
        {
            _isWanted = false;
            DropWaiting();
        }
        return null;
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        await Task.Delay(delay, _transport.Environment.Time, _transport.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAsync(OutboundLink link)
    {
        while (!link.IsClosed)
        {
            if (WriteBatch(link) is > 0 and var messages)
            {
                if (!await link.TrySendAsync(messages).ConfigureAwait(false)) return;
            }
            else if (_isClosing && Volatile.Read(ref _waiting) == 0)
            {
                await link.FinishAsync(_saysGoodbye).ConfigureAwait(false);
                return;
            }
            else
            {
                await _signal.WaitAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Fills the link's buffer with one batch.</summary>
    /// <returns>The number of messages in it.</returns>
    private int WriteBatch(OutboundLink link)
    {
        var messages = 0;
        if (Kind == LaneKind.Control) messages += link.WriteSystemMessages(BatchBytes);

        var taken = 0;
        var isOpen = false;
        while (link.Writer.Length < BatchBytes && _queue.TryDequeue(out var message))
        {
            taken++;
            if (!isOpen) link.Writer.BeginFrame(FrameKind.Messages);
            isOpen = true;
            if (link.TryWrite(message)) messages++;
        }
        if (isOpen) link.Writer.EndFrame();
        if (taken > 0) Interlocked.Add(ref _waiting, -taken);
        return messages;
    }
}
