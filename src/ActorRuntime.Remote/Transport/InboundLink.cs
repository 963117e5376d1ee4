using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;
using ActorRuntime.Remote.Delivery;
using ActorRuntime.Remote.Wire;

namespace ActorRuntime.Remote.Transport;

/// <summary>A connection the peer dialled: shakes hands, then hands over what arrives. Writes nothing but the handshake and acknowledgements.</summary>
/// <remarks>
/// Benchmark: <c>remote-oneway</c>. Whatever a stranger sends costs this connection, a counter and a log line, nothing else; until it has introduced
/// itself it gets 4 KiB of memory and <see cref="RemoteOptions.HandshakeTimeout"/>. A message that cannot be read is dropped alone.
/// </remarks>
internal sealed class InboundLink(RemoteTransport transport, IStreamConnection connection) : ILink
{
    private const int FrameOverheadBytes = 65_536 + 16; // A frame closes at 64 KiB, plus the message that went beyond.

    private Association? _association;
    private MessageDecoder? _decoder;
    private LaneKind _lane;
    private long _acknowledge;
    private long _acknowledged;
    private bool _isGoodbye;
    private volatile bool _isClosed;

    public long Uid { get; private set; }

    /// <summary>Serves the connection to its end.</summary>
    public async Task RunAsync()
    {
        var (reason, detail) = (AssociationLossReason.Closed, "the peer closed the connection");
        using var reader = new FrameReader(Hello.FrameBytesMax);
        try
        {
            if (!await ShakeHandsAsync(reader).ConfigureAwait(false)) return;
            reader.BodyBytesMax = (int)Math.Min(int.MaxValue - FrameOverheadBytes, transport.Options.MaximumFrameSize) + FrameOverheadBytes;
            do
            {
                HandOver(reader);
                await AcknowledgeAsync().ConfigureAwait(false);
                if (_isGoodbye) return;
            }
            while (await ReceiveAsync(reader, default).ConfigureAwait(false));
        }
        catch (IOException e)
        {
            (reason, detail) = (AssociationLossReason.Broken, e.Message);
        }
        catch (WireException e)
        {
            // Not the peer's death but somebody's nonsense: this connection ends, the association stays.
            transport.BadConnection(connection.RemoteEndPoint.ToString()!, e.Message);
            _isClosed = true;
        }
        finally
        {
            if (!_isClosed && !_isGoodbye) _association?.LinkLost(this, reason, detail);
            _association?.LinkClosed(this);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    public void Close(string reason)
    {
        if (_isClosed) return;
        _isClosed = true;
        transport.Start(() => connection.DisposeAsync().AsTask());
    }

    private async Task<bool> ShakeHandsAsync(FrameReader reader)
    {
        using var timeout = new CancellationTokenSource(transport.Options.HandshakeTimeout, transport.Environment.Time);
        FrameKind kind;
        ReadOnlyMemory<byte> body;
        try
        {
            while (!reader.TryRead(out kind, out body))
            {
                if (!await ReceiveAsync(reader, timeout.Token).ConfigureAwait(false)) throw new WireException("closed before the handshake");
            }
        }
        catch (OperationCanceledException)
        {
            throw new WireException($"no handshake within {transport.Options.HandshakeTimeout.TotalSeconds} s (actor-runtime.remote.handshake-timeout)");
        }

        var hello = Hello.Read(kind, body, out var version);
        var refusal = hello is null ? (RefusalReason.Version, $"protocol version {version}, this side speaks {Hello.Version}") : Judge(hello);
        using var writer = new FrameWriter();
        new HelloReply(transport.Uid, refusal?.Reason, refusal?.Detail ?? "").Write(writer);
        await connection.SendAsync(writer.Written, timeout.Token).ConfigureAwait(false);
        return refusal is null;
    }

    /// <summary>Null when the peer is welcome.</summary>
    private (RefusalReason Reason, string Detail)? Judge(Hello hello)
    {
        if (transport.Stopping.IsCancellationRequested) return (RefusalReason.ShuttingDown, "");
        if (hello.To != transport.Address.ToString())
        {
            transport.Counters.AddRefusedOther();
            return (RefusalReason.WrongAddress, $"this is {transport.Address}");
        }
        if (!Address.TryParse(hello.From, out var from, out _) || from.Host is null || from.Port is null || hello.FromUid == 0 || from == transport.Address)
        {
            throw new WireException($"'{hello.From}' incarnation {hello.FromUid} cannot be a peer");
        }
        if (transport.TryGetAssociation(from) is not { } association)
        {
            transport.Counters.AddRefusedOther();
            return (RefusalReason.ShuttingDown, $"no room for another peer (actor-runtime.remote.peers-max)");
        }
        Uid = hello.FromUid;
        if (!association.TryOpen(hello.FromUid, this, isOutboundControl: false))
        {
            transport.Counters.AddRefusedQuarantined();
            return (RefusalReason.Quarantined, $"incarnation {hello.FromUid} is quarantined here");
        }
        (_association, _lane) = (association, hello.Lane);
        _decoder = new MessageDecoder(transport.Provider, transport.Serialization, from);
        return null;
    }

    private async ValueTask<bool> ReceiveAsync(FrameReader reader, CancellationToken cancellationToken)
    {
        var count = await connection.ReceiveAsync(reader.GetSpace(), cancellationToken).ConfigureAwait(false);
        reader.Advance(count);
        transport.Counters.Received(count, 0, 0);
        return count > 0;
    }

    private void HandOver(FrameReader reader)
    {
        var (frames, messages) = (0, 0);
        while (!_isGoodbye && reader.TryRead(out var kind, out var body))
        {
            frames++;
            switch (kind)
            {
                case FrameKind.Messages: messages += HandOverMessages(body); break;
                case FrameKind.System when _lane == LaneKind.Control: messages += HandOverSystem(body); break;
                case FrameKind.Goodbye: SayGoodbye(body); break;
                default: throw new WireException($"frame of kind {(byte)kind} on the {_lane} lane");
            }
        }
        transport.Counters.Received(0, frames, messages);
    }

    private int HandOverMessages(ReadOnlyMemory<byte> body)
    {
        var messages = 0;
        for (var reader = new WireReader(body); !reader.IsAtEnd;)
        {
            var length = reader.ReadInt(body.Length, "length of a message");
            if (!TryRead(reader.Take(length), out var head, out var payload)) continue;
            if (payload is ActorSelectionMessage selection) ActorSelection.Deliver(head.Recipient, head.Sender, selection);
            else head.Recipient.Tell(payload, head.Sender);
            messages++;
        }
        return messages;
    }

    private int HandOverSystem(ReadOnlyMemory<byte> body)
    {
        var reader = new WireReader(body);
        var sequence = reader.ReadVarint();
        if (sequence is 0 or > long.MaxValue) throw new WireException($"system message number {sequence}");
        var (head, payload) = (default(MessageHead), default(object));
        if (!reader.IsAtEnd) TryRead(reader.Take(reader.ReadInt(body.Length, "length of a message")), out head, out payload);
        if (_isClosed) return 0;

        switch (_association!.Receive(this, (long)sequence, payload as ISystemMessage, head.Recipient))
        {
            case Arrival.Gap when !_isClosed: throw new WireException($"system message {sequence} out of order");
            case Arrival.Gap: return 0;
            case Arrival.Deliver: break;
            case Arrival.Duplicate: return Acknowledged(sequence, 0);
            default: throw new InvalidOperationException("unknown arrival");
        }
        return Acknowledged(sequence, 1);
    }

    private int Acknowledged(ulong sequence, int messages)
    {
        _acknowledge = Math.Max(_acknowledge, (long)sequence);
        return messages;
    }

    private bool TryRead(ReadOnlyMemory<byte> message, out MessageHead head, out object? payload)
    {
        var reader = new WireReader(message);
        head = _decoder!.ReadHead(ref reader);
        payload = null;
#pragma warning disable CA1031 // Whatever a constructor or a user's serializer throws concerns this message only: the connection goes on.
        try
        {
            payload = _decoder.ReadPayload(head, reader.Rest);
            return true;
        }
        catch (Exception e)
        {
            transport.Unreadable(_association!.Peer, head, e);
            return false;
        }
#pragma warning restore CA1031
    }

    private void SayGoodbye(ReadOnlyMemory<byte> body)
    {
        _isGoodbye = true;
        if (new WireReader(body).ReadByte() == 1) _association!.LinkLost(this, AssociationLossReason.Goodbye, "the peer said goodbye");
    }

    /// <summary>Only now, after the recipients have them: one answer for all that came in one read.</summary>
    private async ValueTask AcknowledgeAsync()
    {
        if (_acknowledge == _acknowledged || _isClosed) return;
        using var writer = new FrameWriter();
        writer.BeginFrame(FrameKind.Acknowledge);
        writer.WriteVarint((ulong)_acknowledge);
        writer.EndFrame();
        _acknowledged = _acknowledge;
        await connection.SendAsync(writer.Written, default).ConfigureAwait(false);
    }
}
