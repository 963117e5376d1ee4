using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Signals as bytes: fixed header, two lists, HMAC-SHA256 truncated to 16 bytes over all before it. Layout:
/// docs/wire-signal.md.</summary>
/// <remarks>
/// Reading never throws and never allocates, whatever the bytes: they come from anybody who can reach the port. Replay protection needs
/// the
/// state of a link and is done there (<see cref="PeerLink"/>). Not thread-safe: the channel's thread owns it.
/// </remarks>
internal sealed class SignalCodec
{
    public const byte Version = 1;
    public const int HeaderBytes = 96;
    public const int SignatureBytes = 16;
    public const int BytesMin = HeaderBytes + SignatureBytes;
    public const int BytesMax = BytesMin + sizeof(ulong) * (SignalDatagram.SupportsMax + SignalDatagram.SilentMax);
    private const ushort Magic = 0x5241; // "AR"
    private const SignalFlags KnownFlags = SignalFlags.ProbeRequest | SignalFlags.ProbeReply | SignalFlags.SteppedDown | SignalFlags.Deaf;

    /// <summary>A signal that asks for a longer lease is malformed: it would bind its observers for as long.</summary>
    public static readonly TimeSpan LeaseMax = TimeSpan.FromSeconds(60);

    private readonly ulong _clusterId;
    private readonly IncrementalHash _hash; // With the key inside: half the price of hashing with the key each time. Lives as long as the process.
    private readonly byte[] _signature = new byte[HMACSHA256.HashSizeInBytes];

    /// <param name="clusterId">Store id of the control log.</param>
    /// <param name="secret">Shared by all nodes of the cluster; at least 16 bytes.</param>
    public SignalCodec(ulong clusterId, ReadOnlySpan<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, 16);
        _clusterId = clusterId;
        _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes("actor-runtime signal 1")));
    }

    /// <summary>Writes <paramref name="signal"/> and returns its length, at most <see cref="BytesMax"/>.</summary>
    public int Write(SignalDatagram signal, Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(into, Magic);
        into[2] = Version;
        into[3] = (byte)signal.Flags;
        BinaryPrimitives.WriteUInt64LittleEndian(into[4..], _clusterId);
        BinaryPrimitives.WriteUInt64LittleEndian(into[12..], signal.Sender);
        BinaryPrimitives.WriteUInt64LittleEndian(into[20..], signal.Addressee);
        BinaryPrimitives.WriteInt64LittleEndian(into[28..], signal.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(into[36..], signal.SentAt);
        BinaryPrimitives.WriteInt64LittleEndian(into[44..], signal.AppliedVersion);
        BinaryPrimitives.WriteInt64LittleEndian(into[52..], signal.HandedOverVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(into[60..], Micros(signal.Lease));
        BinaryPrimitives.WriteUInt32LittleEndian(into[64..], Micros(signal.LeaseHeardMax));
        BinaryPrimitives.WriteInt64LittleEndian(into[68..], signal.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(into[76..], signal.EchoSequence);
        BinaryPrimitives.WriteInt64LittleEndian(into[84..], signal.EchoEpoch);
        into[92] = (byte)signal.SupportsCount;
        into[93] = (byte)signal.SilentCount;
        into[94] = into[95] = 0;
        var end = HeaderBytes;
        end = WriteList(signal.Supports, signal.SupportsCount, into, end);
        end = WriteList(signal.Silent, signal.SilentCount, into, end);
        Sign(into[..end]);
        _signature.AsSpan(0, SignatureBytes).CopyTo(into[end..]);
        return end + SignatureBytes;
    }

    /// <summary>Reads a signal; what is not <see cref="SignalDrop.None"/> leaves <paramref name="into"/> undefined.</summary>
    public SignalDrop Read(ReadOnlySpan<byte> bytes, SignalDatagram into)
    {
        if (bytes.Length is < BytesMin or > BytesMax || BinaryPrimitives.ReadUInt16LittleEndian(bytes) != Magic) return SignalDrop.Malformed;
        if (bytes[2] != Version) return SignalDrop.OtherVersion;
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[4..]) != _clusterId) return SignalDrop.ForeignCluster;

        var end = bytes.Length - SignatureBytes;
        Sign(bytes[..end]);
        if (!CryptographicOperations.FixedTimeEquals(_signature.AsSpan(0, SignatureBytes), bytes[end..])) return SignalDrop.Unsigned;

        // Signed by one of us; checked all the same, since a peer may be of another build.
        into.SupportsCount = bytes[92];
        into.SilentCount = bytes[93];
        if (into.SupportsCount > SignalDatagram.SupportsMax || into.SilentCount > SignalDatagram.SilentMax
            || HeaderBytes + sizeof(ulong) * (into.SupportsCount + into.SilentCount) != end) return SignalDrop.Malformed;

        into.Flags = (SignalFlags)bytes[3];
        into.Sender = BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]);
        into.Addressee = BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..]);
        into.Sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[28..]);
        into.SentAt = BinaryPrimitives.ReadInt64LittleEndian(bytes[36..]);
        into.AppliedVersion = BinaryPrimitives.ReadInt64LittleEndian(bytes[44..]);
        into.HandedOverVersion = BinaryPrimitives.ReadInt64LittleEndian(bytes[52..]);
        into.Lease = Time(BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]));
        into.LeaseHeardMax = Time(BinaryPrimitives.ReadUInt32LittleEndian(bytes[64..]));
        into.Epoch = BinaryPrimitives.ReadInt64LittleEndian(bytes[68..]);
        into.EchoSequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[76..]);
        into.EchoEpoch = BinaryPrimitives.ReadInt64LittleEndian(bytes[84..]);
        ReadList(bytes[HeaderBytes..], into.Supports, into.SupportsCount);
        ReadList(bytes[(HeaderBytes + sizeof(ulong) * into.SupportsCount)..], into.Silent, into.SilentCount);
        return IsPlausible(into) ? SignalDrop.None : SignalDrop.Malformed;
    }

    private void Sign(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        _hash.GetHashAndReset(_signature);
    }

    private static bool IsPlausible(SignalDatagram signal) =>
        signal is { Sender: not 0, Sequence: > 0, AppliedVersion: >= 0, Epoch: >= 0, EchoSequence: >= 0, EchoEpoch: >= 0, HandedOverVersion: >= 0 }
        && signal.HandedOverVersion <= signal.AppliedVersion && (signal.Flags & ~KnownFlags) == 0 && signal.Lease <= LeaseMax && signal.LeaseHeardMax <= LeaseMax;

    private static int WriteList(ulong[] list, int count, Span<byte> into, int at)
    {
        for (var i = 0; i < count; i++, at += sizeof(ulong)) BinaryPrimitives.WriteUInt64LittleEndian(into[at..], list[i]);
        return at;
    }

    private static void ReadList(ReadOnlySpan<byte> bytes, ulong[] list, int count)
    {
        for (var i = 0; i < count; i++) list[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * sizeof(ulong))..]);
    }

    /// <summary>Rounded up: an observer must never wait for less than what was asked.</summary>
    private static uint Micros(TimeSpan time) => (uint)((time.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond);

    private static TimeSpan Time(uint micros) => new(micros * TimeSpan.TicksPerMicrosecond);
}
