using ActorRuntime.Remote.Wire;

namespace ActorRuntime.Remote.Transport;

/// <summary>A connection this side dialled, after its handshake: writes batches, reads acknowledgements, notices the end.</summary>
internal sealed class OutboundLink : ILink, IDisposable
{
    private readonly RemoteTransport _transport;
    private readonly Association _association;
    private readonly IStreamConnection _connection;
    private readonly FrameReader _reader;
    private readonly MessageEncoder _encoder;
    private readonly TaskCompletionSource _peerClosed = new();
    private volatile bool _isClosed;

    private OutboundLink(RemoteTransport transport, Association association, IStreamConnection connection, FrameReader reader, long uid)
    {
        (_transport, _association, _connection, _reader, Uid) = (transport, association, connection, reader, uid);
        _encoder = new MessageEncoder(transport.Serialization);
    }

    /// <summary>Told once when the connection is over.</summary>
    public event Action? Closed;

    public long Uid { get; }

    /// <summary>True when nothing can be sent any more.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>True after <see cref="FinishAsync"/>.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The batch being put together.</summary>
    public FrameWriter Writer { get; } = new();

    /// <summary>Dials and shakes hands.</summary>
    public static async Task<ConnectOutcome> ConnectAsync(RemoteTransport transport, Association association, LaneKind lane, int index)
    {
        var (peer, options) = (association.Peer, transport.Options);
        IStreamConnection? connection = null;
        var reader = new FrameReader(Hello.FrameBytesMax);
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, transport.Environment.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, transport.Stopping);
        try
        {
            connection = await transport.Environment.Streams.ConnectAsync(peer.Host!, peer.Port!.Value, stop.Token).ConfigureAwait(false);
            var reply = await ShakeHandsAsync(connection, reader, new Hello(lane, index, transport.Uid, transport.Address.ToString(), peer.ToString()), stop.Token)
                .ConfigureAwait(false);
            if (reply.Refusal is null)
            {
                reader.BodyBytesMax = Hello.FrameBytesMax;
                var link = new OutboundLink(transport, association, connection, reader, reply.Uid);
                if (association.TryOpen(reply.Uid, link, lane == LaneKind.Control))
                {
                    (connection, reader) = (null, null!);
                    return new ConnectOutcome(link, null, false);
                }
                transport.Counters.AddRefusedQuarantined();
                // Whoever is watched there is as good as gone: no other incarnation will say so.
                association.GiveUp(association.Uid, $"only incarnation {reply.Uid} answers, which is quarantined");
                return new ConnectOutcome(null, $"incarnation {reply.Uid} answers there and is quarantined here", true);
            }
            if (reply.Refusal == RefusalReason.Quarantined) transport.RefusedAsQuarantined(association, reply.Uid);
            return new ConnectOutcome(null, $"refused ({reply.Refusal}): {reply.Detail}", reply.Refusal is RefusalReason.Quarantined or RefusalReason.WrongAddress);
        }
        catch (Exception e) when (e is IOException or WireException or OperationCanceledException)
        {
            return new ConnectOutcome(null, timeout.IsCancellationRequested ? $"no answer within {options.ConnectTimeout.TotalSeconds} s" : e.Message, false);
        }
        finally
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            reader?.Dispose();
        }
    }

    /// <summary>Reads until the connection ends: acknowledgements come this way, and a reset is noticed at once.</summary>
    public async Task ReadAsync()
    {
        var (reason, detail) = (AssociationLossReason.Closed, "the peer closed the connection");
        try
        {
            while (await _connection.ReceiveAsync(_reader.GetSpace(), default).ConfigureAwait(false) is > 0 and var count)
            {
                _reader.Advance(count);
                var frames = 0;
                for (; _reader.TryRead(out var kind, out var body); frames++) TakeIn(kind, body);
                _transport.Counters.Received(count, frames, 0);
            }
        }
        catch (IOException e)
        {
            (reason, detail) = (AssociationLossReason.Broken, e.Message);
        }
        catch (WireException e)
        {
            _transport.BadConnection(_association.Peer.ToString(), e.Message);
            (reason, detail) = (AssociationLossReason.Broken, e.Message);
        }
        finally
        {
            _reader.Dispose();
        }
        _peerClosed.TrySetResult();
        if (!_isClosed) _association.LinkLost(this, reason, detail);
        Close(detail);
    }

    /// <summary>Writes one ordinary message into the batch.</summary>
    /// <returns>False when it cannot be written; it is counted and logged.</returns>
    public bool TryWrite(in OutboundMessage message)
    {
#pragma warning disable CA1031 // Whatever a user's serializer throws concerns this message only: the lane goes on.
        try
        {
            _encoder.Write(Writer, message, _transport.Options.MaximumFrameSize);
            return true;
        }
        catch (Exception e)
        {
            _transport.Unwritable(message, e);
            return false;
        }
#pragma warning restore CA1031
    }

    /// <summary>Writes system messages that wait, each in a frame of its own.</summary>
    public int WriteSystemMessages(int bytesMax)
    {
        var messages = 0;
        for (; Writer.Length < bytesMax && _association.TryTakeSystem(this, out var sequence, out var message); messages++)
        {
            Writer.BeginFrame(FrameKind.System);
            Writer.WriteVarint((ulong)sequence);
            TryWrite(message); // One that cannot be written leaves its number alone: nothing behind it may wait.
            Writer.EndFrame();
        }
        return messages;
    }

    /// <summary>Sends the batch; false when the connection broke.</summary>
    public async ValueTask<bool> TrySendAsync(int messages)
    {
        try
        {
            await _connection.SendAsync(Writer.Written, default).ConfigureAwait(false);
            _transport.Counters.Sent(Writer.Length, messages);
            Writer.Clear();
            return true;
        }
        catch (IOException e)
        {
            if (!_isClosed) _association.LinkLost(this, AssociationLossReason.Broken, e.Message);
            Close(e.Message);
            return false;
        }
    }

    /// <summary>Says goodbye and waits until the peer has read everything and closed, so that no byte is cut off.</summary>
    public async Task FinishAsync(bool sayGoodbye)
    {
        IsFinished = true;
        Writer.BeginFrame(FrameKind.Goodbye);
        Writer.WriteByte((byte)(sayGoodbye ? 1 : 0));
        Writer.EndFrame();
        if (await TrySendAsync(0).ConfigureAwait(false)) await _peerClosed.Task.WaitAsync(_transport.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Close("the system ends");
    }

    public void Close(string reason)
    {
        if (_isClosed) return;
        _isClosed = true;
        _association.LinkClosed(this);
        _transport.Start(() => _connection.DisposeAsync().AsTask());
        Closed?.Invoke();
    }

    /// <summary>Gives the buffer back; the writing loop has ended.</summary>
    public void Dispose()
    {
        Close("the lane ends");
        Writer.Dispose();
    }

    private static async Task<HelloReply> ShakeHandsAsync(IStreamConnection connection, FrameReader reader, Hello hello, CancellationToken cancellationToken)
    {
        using (var writer = new FrameWriter())
        {
            hello.Write(writer);
            await connection.SendAsync(writer.Written, cancellationToken).ConfigureAwait(false);
        }
        while (true)
        {
            var count = await connection.ReceiveAsync(reader.GetSpace(), cancellationToken).ConfigureAwait(false);
            if (count == 0) throw new IOException("closed during the handshake");
            reader.Advance(count);
            if (reader.TryRead(out var kind, out var body)) return HelloReply.Read(kind, body);
        }
    }

    private void TakeIn(FrameKind kind, ReadOnlyMemory<byte> body)
    {
        if (kind != FrameKind.Acknowledge) throw new WireException($"frame of kind {(byte)kind} on the way back");
        var sequence = new WireReader(body).ReadVarint();
        if (sequence > long.MaxValue || !_association.TryAcknowledge(this, (long)sequence)) throw new WireException($"acknowledgement of {sequence}, which was never sent");
    }

    /// <summary>What became of an attempt.</summary>
    internal readonly record struct ConnectOutcome(OutboundLink? Link, string? Failure, bool IsRefusedForGood);
}
