namespace ActorRuntime.Remote;

/// <summary>What remoting has done since the system started. Readable from any thread; never reset.</summary>
public sealed class RemoteCounters
{
    private long _bytesOut, _bytesIn, _framesOut, _framesIn, _messagesOut, _messagesIn;
    private long _droppedOutbound, _droppedInbound, _refusedQuarantined, _refusedOther, _badFrames, _resentSystemMessages;

    /// <summary>Bytes handed to the network.</summary>
    public long BytesOut => Interlocked.Read(ref _bytesOut);

    /// <summary>Bytes taken from the network.</summary>
    public long BytesIn => Interlocked.Read(ref _bytesIn);

    /// <summary>Batches handed to the network, one write each.</summary>
    public long BatchesOut => Interlocked.Read(ref _framesOut);

    /// <summary>Frames taken in.</summary>
    public long FramesIn => Interlocked.Read(ref _framesIn);

    /// <summary>Messages written, system messages included.</summary>
    public long MessagesOut => Interlocked.Read(ref _messagesOut);

    /// <summary>Messages handed to a recipient.</summary>
    public long MessagesIn => Interlocked.Read(ref _messagesIn);

    /// <summary>Messages that did not leave: queue full, peer quarantined, too large, or not serializable.</summary>
    public long DroppedOutbound => Interlocked.Read(ref _droppedOutbound);

    /// <summary>Messages that arrived and could not be read: unknown manifest or bytes that do not fit it.</summary>
    public long DroppedInbound => Interlocked.Read(ref _droppedInbound);

    /// <summary>Connections refused or closed because the peer's incarnation is quarantined here.</summary>
    public long RefusedQuarantined => Interlocked.Read(ref _refusedQuarantined);

    /// <summary>Connections refused for any other reason: too many, another version, another system's address.</summary>
    public long RefusedOther => Interlocked.Read(ref _refusedOther);

    /// <summary>Connections closed because of bytes that this protocol does not write, or a handshake that did not come.</summary>
    public long BadConnections => Interlocked.Read(ref _badFrames);

    /// <summary>System messages written again after a re-connection.</summary>
    public long ResentSystemMessages => Interlocked.Read(ref _resentSystemMessages);

    internal void Sent(int bytes, int messages)
    {
        Interlocked.Add(ref _bytesOut, bytes);
        Interlocked.Increment(ref _framesOut);
        Interlocked.Add(ref _messagesOut, messages);
    }

    internal void Received(int bytes, int frames, int messages)
    {
        Interlocked.Add(ref _bytesIn, bytes);
        Interlocked.Add(ref _framesIn, frames);
        Interlocked.Add(ref _messagesIn, messages);
    }

    internal void AddDroppedOutbound(int count = 1) => Interlocked.Add(ref _droppedOutbound, count);

    internal void AddDroppedInbound() => Interlocked.Increment(ref _droppedInbound);

    internal void AddRefusedQuarantined() => Interlocked.Increment(ref _refusedQuarantined);

    internal void AddRefusedOther() => Interlocked.Increment(ref _refusedOther);

    internal void AddBadConnection() => Interlocked.Increment(ref _badFrames);

    internal void AddResent(int count) => Interlocked.Add(ref _resentSystemMessages, count);
}
