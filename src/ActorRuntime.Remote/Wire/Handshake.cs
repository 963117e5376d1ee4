namespace ActorRuntime.Remote.Wire;

/// <summary>What a connection is for; each kind has a connection of its own, so that none waits behind another.</summary>
internal enum LaneKind : byte
{
    /// <summary>System messages and <see cref="IControlMessage"/>s.</summary>
    Control = 0,

    /// <summary>Ordinary messages.</summary>
    Data = 1,

    /// <summary>Kept for transfers of large state.</summary>
    Bulk = 2,
}

/// <summary>Why a handshake failed. Numbers are never reused.</summary>
internal enum RefusalReason : byte
{
    /// <summary>The versions of the protocol do not overlap.</summary>
    Version = 1,

    /// <summary>The dialled system is not the one that answers here.</summary>
    WrongAddress = 2,

    /// <summary>The dialler's incarnation is quarantined here, for good.</summary>
    Quarantined = 3,

    /// <summary>This system is going down.</summary>
    ShuttingDown = 4,
}

/// <summary>First frame of a connection.</summary>
/// <param name="Lane">What the connection will carry.</param>
/// <param name="LaneIndex">Number of the lane among those of its kind.</param>
/// <param name="FromUid">Incarnation of the side that dials.</param>
/// <param name="From">Its address, where it accepts connections itself.</param>
/// <param name="To">The address it wants.</param>
internal sealed record Hello(LaneKind Lane, int LaneIndex, long FromUid, string From, string To)
{
    /// <summary>Longest handshake frame; a peer that has not introduced itself is worth no more memory.</summary>
    public const int FrameBytesMax = 4096;

    /// <summary>Version of the protocol spoken by this build.</summary>
    public const int Version = 1;

    private const int AddressBytesMax = 1024;
    private const int LaneIndexMax = 255;
    private const long Magic = 0x3150_5452_4f54_4341; // "ACTORTP1", so that a stray client of another protocol is told apart.

    /// <summary>Writes the frame.</summary>
    public void Write(FrameWriter writer)
    {
        writer.BeginFrame(FrameKind.Hello);
        writer.WriteInt64(Magic);
        writer.WriteVarint(Version);
        writer.WriteByte((byte)Lane);
        writer.WriteByte((byte)LaneIndex);
        writer.WriteInt64(FromUid);
        writer.WriteString(From);
        writer.WriteString(To);
        writer.EndFrame();
    }

    /// <summary>Reads the frame; later versions may append fields, which are skipped.</summary>
    /// <param name="version">The peer's version. When it is not ours, nothing else was read and the result is null.</param>
    /// <exception cref="WireException">Not such a frame.</exception>
    public static Hello? Read(FrameKind kind, ReadOnlyMemory<byte> body, out int version)
    {
        if (kind != FrameKind.Hello) throw new WireException($"frame of kind {(byte)kind} before the handshake");
        var reader = new WireReader(body);
        if (reader.ReadInt64() != Magic) throw new WireException("not a handshake of this protocol");
        version = reader.ReadInt(ushort.MaxValue, "version");
        if (version != Version) return null;

        var lane = (LaneKind)reader.ReadByte();
        if (lane is not (LaneKind.Control or LaneKind.Data or LaneKind.Bulk)) throw new WireException($"unknown lane {(byte)lane}");
        var index = reader.ReadInt(LaneIndexMax, "lane index");
        return new Hello(lane, index, reader.ReadInt64(), reader.ReadString(AddressBytesMax, "address"), reader.ReadString(AddressBytesMax, "address"));
    }
}

/// <summary>The accepting side's answer.</summary>
/// <param name="Uid">Incarnation of the side that answers.</param>
/// <param name="Refusal">Null when messages may follow.</param>
/// <param name="Detail">For the log of the other side.</param>
internal sealed record HelloReply(long Uid, RefusalReason? Refusal, string Detail)
{
    private const int DetailBytesMax = 1024;

    /// <summary>Writes the frame.</summary>
    public void Write(FrameWriter writer)
    {
        writer.BeginFrame(Refusal is null ? FrameKind.Welcome : FrameKind.Refused);
        writer.WriteVarint(Hello.Version);
        writer.WriteInt64(Uid);
        if (Refusal is { } reason)
        {
            writer.WriteByte((byte)reason);
            writer.WriteString(Detail.Length > DetailBytesMax / 4 ? Detail[..(DetailBytesMax / 4)] : Detail);
        }
        writer.EndFrame();
    }

    /// <summary>Reads the frame; later versions may append fields, which are skipped.</summary>
    /// <exception cref="WireException">Not such a frame.</exception>
    public static HelloReply Read(FrameKind kind, ReadOnlyMemory<byte> body)
    {
        if (kind is not (FrameKind.Welcome or FrameKind.Refused)) throw new WireException($"frame of kind {(byte)kind} instead of an answer to the handshake");
        var reader = new WireReader(body);
        reader.ReadInt(ushort.MaxValue, "version");
        var uid = reader.ReadInt64();
        return kind == FrameKind.Welcome
            ? new HelloReply(uid, null, "")
            : new HelloReply(uid, (RefusalReason)reader.ReadByte(), reader.ReadString(DetailBytesMax, "detail"));
    }
}
