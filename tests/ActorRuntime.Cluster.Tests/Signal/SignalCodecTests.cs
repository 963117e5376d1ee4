using ActorRuntime.Cluster.Signal;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: what goes in comes out; nothing else is ever taken for a signal, and no bytes throw.</summary>
public sealed class SignalCodecTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly SignalCodec _codec = new(42, Secret);
    private readonly byte[] _bytes = new byte[SignalCodec.BytesMax];

    [Fact]
    public void A_full_signal_survives_the_way_and_fits_into_1200_bytes()
    {
        var (said, heard) = (Full(), new SignalDatagram());
        var length = _codec.Write(said, _bytes);
        Assert.Equal(SignalCodec.BytesMax, length);
        Assert.True(length <= 1200);
        Assert.Equal(SignalDrop.None, _codec.Read(_bytes.AsSpan(0, length), heard));
        Assert.Equal(Describe(said), Describe(heard));
    }

    [Fact]
    [Trait("Requirement", "CL-2")]
    public void No_flipped_bit_passes()
    {
        var length = _codec.Write(Full(), _bytes);
        for (var bit = 0; bit < length * 8; bit++)
        {
            _bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(SignalDrop.None, _codec.Read(_bytes.AsSpan(0, length), new SignalDatagram()));
            _bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void No_part_of_a_signal_passes_and_none_with_more_behind_it()
    {
        var said = Full();
        said.SupportsCount = said.SilentCount = 1;
        var length = _codec.Write(said, _bytes);
        for (var part = 0; part < _bytes.Length; part++)
        {
            var drop = _codec.Read(_bytes.AsSpan(0, part), new SignalDatagram());
            Assert.Equal(part == length, drop == SignalDrop.None);
        }
    }

    [Fact]
    public void Random_bytes_never_pass_nor_throw()
    {
        var random = new Prng(1);
        var heard = new SignalDatagram();
        for (var round = 0; round < 20_000; round++)
        {
            var length = (int)(random.Next() % 2000);
            var bytes = new byte[length];
            for (var i = 0; i < length; i++) bytes[i] = (byte)random.Next();
            if (length > 12 && round % 2 == 0) Head(bytes); // Half of them look right at first sight.
            Assert.NotEqual(SignalDrop.None, _codec.Read(bytes, heard));
        }

        void Head(byte[] bytes)
        {
            _codec.Write(Full(), _bytes);
            _bytes.AsSpan(0, 12).CopyTo(bytes);
        }
    }

    [Fact]
    public void Each_kind_of_refusal_is_told_apart()
    {
        var heard = new SignalDatagram();
        var length = _codec.Write(Full(), _bytes);
        Assert.Equal(SignalDrop.ForeignCluster, new SignalCodec(43, Secret).Read(_bytes.AsSpan(0, length), heard));
        Assert.Equal(SignalDrop.Unsigned, new SignalCodec(42, new byte[32]).Read(_bytes.AsSpan(0, length), heard));
        Assert.Equal(SignalDrop.Malformed, _codec.Read(_bytes.AsSpan(0, 40), heard));
        _bytes[2]++;
        Assert.Equal(SignalDrop.OtherVersion, _codec.Read(_bytes.AsSpan(0, length), heard));
    }

    [Fact]
    public void A_signed_signal_with_impossible_values_is_malformed()
    {
        Action<SignalDatagram>[] breakages =
        [
            s => s.Sequence = 0, s => s.Sender = 0, s => s.AppliedVersion = -1, s => s.EchoSequence = -1, s => s.EchoEpoch = -1, s => s.Epoch = -1,
            s => s.Flags = (SignalFlags)0x80, s => s.Lease = TimeSpan.FromMinutes(2), s => s.LeaseHeardMax = TimeSpan.FromMinutes(2),
        ];
        foreach (var breakage in breakages)
        {
            var said = Full();
            breakage(said);
            Assert.Equal(SignalDrop.Malformed, _codec.Read(_bytes.AsSpan(0, _codec.Write(said, _bytes)), new SignalDatagram()));
        }
    }

    [Fact]
    public void Durations_are_rounded_up_so_that_no_observer_waits_too_short()
    {
        var (said, heard) = (Full(), new SignalDatagram());
        said.Lease = new TimeSpan(TimeSpan.TicksPerMillisecond + 1);
        _codec.Read(_bytes.AsSpan(0, _codec.Write(said, _bytes)), heard);
        Assert.Equal(TimeSpan.FromMicroseconds(1001), heard.Lease);
    }

    private static SignalDatagram Full()
    {
        var signal = new SignalDatagram
        {
            Flags = SignalFlags.ProbeReply | SignalFlags.SteppedDown,
            Sender = ulong.MaxValue,
            Addressee = 3,
            Sequence = long.MaxValue,
            SentAt = -5,
            AppliedVersion = 6,
            Lease = TimeSpan.FromMilliseconds(500),
            LeaseHeardMax = TimeSpan.FromSeconds(60),
            Epoch = 7,
            EchoSequence = 8,
            EchoEpoch = 9,
            SupportsCount = SignalDatagram.SupportsMax,
            SilentCount = SignalDatagram.SilentMax,
        };
        for (var i = 0; i < signal.Supports.Length; i++) signal.Supports[i] = (ulong)i + 100;
        for (var i = 0; i < signal.Silent.Length; i++) signal.Silent[i] = (ulong)i + 1000;
        return signal;
    }

    private static string Describe(SignalDatagram s) => string.Join(' ',
        s.Flags, s.Sender, s.Addressee, s.Sequence, s.SentAt, s.AppliedVersion, s.Lease, s.LeaseHeardMax, s.Epoch, s.EchoSequence, s.EchoEpoch,
        string.Join(',', s.Supports[..s.SupportsCount]), string.Join(',', s.Silent[..s.SilentCount]));
}
