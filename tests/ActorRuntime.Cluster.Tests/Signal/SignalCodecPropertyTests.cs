using System.Security.Cryptography;
using System.Text;
using ActorRuntime.Cluster.Signal;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: only what was signed with the cluster's secret is ever taken for a signal, what was said is heard, and no bytes throw. Method:
/// drawn signals and bytes; a failure prints the smallest and a seed.</summary>
[Trait("Requirement", "CL-2")]
public sealed class SignalCodecPropertyTests
{
    private const ulong ClusterId = 42;
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private static readonly Gen<long> Number = Gen.OneOf(
        Gen.Elements(0L, 1, 255, 65_536, uint.MaxValue, long.MaxValue - 1, long.MaxValue), Gen.Choose(0, int.MaxValue).Select(n => (long)n));

    private static readonly Gen<Said> Signals = SignalsWith(SignalCodec.LeaseMax);

    private static Gen<TimeSpan> TimeTo(TimeSpan max) => Gen.Choose(0, (int)max.TotalMicroseconds).Select(us => TimeSpan.FromMicroseconds(us));

    private static Gen<Said> SignalsWith(TimeSpan leaseMax) =>
        from flags in Gen.Choose(0, 7)
        from sender in Number.Where(n => n > 0)
        from addressee in Number
        from sequence in Number.Where(n => n > 0)
        from sentAt in Number.Select(n => n % 2 == 0 ? n : -n)
        from times in TimeTo(leaseMax).Two()
        from rest in Number.Four()
        from supports in Number.ArrayOf().Where(list => list.Length <= SignalDatagram.SupportsMax)
        from silent in Number.ArrayOf().Where(list => list.Length <= SignalDatagram.SilentMax)
        select new Said(Signal(
            new SignalDatagram
            {
                Flags = (SignalFlags)flags, Sender = (ulong)sender, Addressee = (ulong)addressee, Sequence = sequence, SentAt = sentAt,
                Lease = times.Item1, LeaseHeardMax = times.Item2,
                AppliedVersion = rest.Item1, HandedOverVersion = Math.Min(rest.Item1, sequence), Epoch = rest.Item2, EchoSequence = rest.Item3, EchoEpoch = rest.Item4,
            },
            supports, silent));

    /// <summary>Signals of which some ask for too long a lease, with some bytes overwritten.</summary>
    private static readonly Gen<Drawn> Damaged =
        from said in Gen.OneOf(Signals, SignalsWith(2 * SignalCodec.LeaseMax))
        from places in Gen.Choose(0, SignalCodec.BytesMax).Zip(Gen.Choose(0, 255)).ListOf().Resize(4)
        select new Drawn(Overwritten(Write(said), places));

    /// <summary>Any bytes, and such as begin like a signal of this cluster does.</summary>
    private static readonly Arbitrary<byte[]> Bytes = Arb.From(
        Gen.OneOf(
            AnyBytes(0, 1_500),
            AnyBytes(SignalCodec.BytesMin, SignalCodec.BytesMax).Select(Headed), Damaged.Select(damaged => damaged.Bytes[..^1])),
        bytes => [.. Shorter(bytes), .. Zeroed(bytes)]);

    [Fact]
    public void What_is_said_is_heard() => Prop.ForAll(Signals.ToArbitrary(), said =>
    {
        var (bytes, heard) = (Write(said), new SignalDatagram());
        Assert.InRange(bytes.Length, SignalCodec.BytesMin, SignalCodec.BytesMax);
        Assert.Equal(SignalDrop.None, Codec().Read(bytes, heard));
        Assert.Equal(said, new Said(heard));
        Assert.Equal(bytes, Write(new Said(heard)));
    }).Check(Config(3_000));

    [Fact]
    public void No_bytes_without_a_signature_are_heard_or_throw() => Prop.ForAll(
        Bytes, bytes => Assert.NotEqual(SignalDrop.None, Codec().Read(bytes, new SignalDatagram()))).Check(Config(4_000));

    [Fact]
    public void No_signal_of_another_secret_or_cluster_is_heard() => Prop.ForAll(Signals.ToArbitrary(), said =>
    {
        var bytes = Write(said);
        Assert.Equal(SignalDrop.Unsigned, new SignalCodec(ClusterId, new byte[32]).Read(bytes, new SignalDatagram()));
        Assert.Equal(SignalDrop.ForeignCluster, new SignalCodec(ClusterId + 1, Secret).Read(bytes, new SignalDatagram()));
    }).Check(Config(1_000));

    [Fact]
    public void No_part_of_a_signal_is_heard_and_none_with_more_behind_it() => Prop.ForAll(
        Signals.SelectMany(said => Gen.Choose(0, SignalCodec.BytesMax + 100).Select(length => (said, length))).ToArbitrary(), drawn =>
        {
            var bytes = Write(drawn.said);
            if (drawn.length == bytes.Length) return;
            Array.Resize(ref bytes, drawn.length);
            Assert.NotEqual(SignalDrop.None, Codec().Read(bytes, new SignalDatagram()));
        }).Check(Config(3_000));

    [Fact]
    public void No_signal_with_flipped_bits_is_heard() => Prop.ForAll(
        Signals.ToArbitrary(), Gen.Choose(0, 2_000).Zip(Gen.Elements(true, false)).NonEmptyListOf().Resize(4).ToArbitrary(), (said, flips) =>
        {
            var (bytes, before) = (Write(said), Write(said));
            var bits = bytes.Length * 8;
            var flipped = flips.Select(flip => flip.Item2 ? flip.Item1 % bits : bits - 1 - flip.Item1 % bits).Distinct(); // The end is signature.
            foreach (var bit in flipped) bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(before, bytes);
            Assert.NotEqual(SignalDrop.None, Codec().Read(bytes, new SignalDatagram()));
        }).Check(Config(3_000));

    /// <summary>Signed by a peer of another build, or one whose memory is damaged: refused, or heard as exactly what it says.</summary>
    [Fact]
    public void Signed_bytes_are_refused_or_mean_what_they_say()
    {
        var (heardAll, refusedAll) = (0, 0);
        Prop.ForAll(Damaged.ToArbitrary(), drawn =>
        {
            var (bytes, heard) = (Sign(drawn.Bytes), new SignalDatagram());
            if (Codec().Read(bytes, heard) != SignalDrop.None)
            {
                refusedAll++;
                return;
            }
            heardAll++;
            Assert.True(heard is { Sender: > 0, Sequence: > 0, AppliedVersion: >= 0 } && heard.HandedOverVersion <= heard.AppliedVersion);
            Assert.True(heard.Lease <= SignalCodec.LeaseMax && heard.LeaseHeardMax <= SignalCodec.LeaseMax);
            bytes[SignalCodec.HeaderBytes - 2] = bytes[SignalCodec.HeaderBytes - 1] = 0; // Not in use yet.
            Assert.Equal(Sign(bytes), Write(new Said(heard)));
        }).Check(Config(4_000));
        Assert.True(heardAll > 100 && refusedAll > 100, $"{heardAll} heard, {refusedAll} refused: one side was not tried");
    }

    private static SignalCodec Codec() => new(ClusterId, Secret);

    private static byte[] Write(Said said)
    {
        var bytes = new byte[SignalCodec.BytesMax];
        return bytes[..Codec().Write(said.Signal, bytes)];
    }

    private static byte[] Sign(byte[] bytes)
    {
        var key = HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes("actor-runtime signal 1"));
        var end = bytes.Length - SignalCodec.SignatureBytes;
        return [.. bytes[..end], .. HMACSHA256.HashData(key, bytes.AsSpan(0, end))[..SignalCodec.SignatureBytes]];
    }

    private static Gen<byte[]> AnyBytes(int min, int max) =>
        Gen.Choose(min, max).SelectMany(length => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length));

    private static byte[] Overwritten(byte[] bytes, IEnumerable<(int At, int Value)> places)
    {
        foreach (var (at, value) in places) bytes[at % bytes.Length] = (byte)value;
        return bytes;
    }

    private static byte[] Headed(byte[] bytes)
    {
        Write(new Said(new SignalDatagram { Sender = 1, Sequence = 1 })).AsSpan(0, 12).CopyTo(bytes);
        return bytes;
    }

    private static IEnumerable<byte[]> Shorter(byte[] bytes) => bytes.Length == 0 ? [] : [bytes[..(bytes.Length / 2)], bytes[..^1]];

    private static IEnumerable<byte[]> Zeroed(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 0) continue;
            var zeroed = (byte[])bytes.Clone();
            zeroed[i] = 0;
            yield return zeroed;
        }
    }

    private static SignalDatagram Signal(SignalDatagram signal, long[] supports, long[] silent)
    {
        (signal.SupportsCount, signal.SilentCount) = (supports.Length, silent.Length);
        for (var i = 0; i < supports.Length; i++) signal.Supports[i] = (ulong)supports[i];
        for (var i = 0; i < silent.Length; i++) signal.Silent[i] = (ulong)silent[i];
        return signal;
    }

    private static Config Config(int count) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count);

    private sealed record Drawn(byte[] Bytes)
    {
        public override string ToString() => Convert.ToHexStringLower(Bytes);
    }

    /// <summary>A signal that can be compared and printed.</summary>
    private sealed class Said(SignalDatagram s) : IEquatable<Said>
    {
        public SignalDatagram Signal => s;

        public bool Equals(Said? other) => other?.ToString() == ToString();

        public override bool Equals(object? obj) => Equals(obj as Said);

        public override int GetHashCode() => s.Sequence.GetHashCode();

        public override string ToString() => string.Join(' ',
            s.Flags, s.Sender, s.Addressee, s.Sequence, s.SentAt, s.AppliedVersion, s.HandedOverVersion, s.Lease, s.LeaseHeardMax, s.Epoch, s.EchoSequence, s.EchoEpoch,
            $"[{string.Join(',', s.Supports[..s.SupportsCount])}]", $"[{string.Join(',', s.Silent[..s.SilentCount])}]");
    }
}
