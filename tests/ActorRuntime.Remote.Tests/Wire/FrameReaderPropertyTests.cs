using System.Buffers.Binary;
using System.Collections.Immutable;
using ActorRuntime.Remote.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace ActorRuntime.Remote.Tests.Wire;

/// <summary>Goal: however a stream is cut, the same frames; whatever the bytes, frames that somebody wrote or a refusal, within bounded memory.
/// Method: drawn frames, cuts, lengths and bytes; a failure prints the smallest and a seed.</summary>
[Trait("Requirement", "AR-2")]
public sealed class FrameReaderPropertyTests
{
    private const int BodyMax = 3_000;
    private const int BufferUsual = 65_536;

    private static readonly Gen<Frame> Frames =
        from kind in Gen.Choose(0, 255)
        from length in Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(0, BodyMax - 1))
        from fill in Gen.Choose(0, 255)
        select new Frame((byte)kind, length, (byte)fill);

    /// <summary>Frames, and where the stream is cut: at each number of bytes in turn, then from the start again.</summary>
    private static readonly Arbitrary<Stream> Streams = Arb.From(
        from frames in Frames.ArrayOf().Resize(12)
        from cuts in Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(1, 5_000)).NonEmptyListOf().Resize(20)
        select new Stream([.. frames], [.. cuts]),
        stream => stream.Smaller());

    [Fact]
    public void Any_cuts_give_the_same_frames() => Prop.ForAll(
        Streams, stream => Assert.Equal(stream.Frames.ToArray(), Read(stream.Bytes(), stream.Cuts, BodyMax).Frames.ToArray())).Check(Config(2_000));

    [Fact]
    public void A_flipped_bit_gives_the_frames_before_it_and_no_other() => Prop.ForAll(Streams, ArbMap.Default.ArbFor<PositiveInt>(), (stream, flip) =>
    {
        var bytes = stream.Bytes();
        if (bytes.Length == 0) return;
        var bit = flip.Get % (bytes.Length * 8);
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        var (end, whole) = (0, 0);
        while (end + stream.Frames[whole].BytesOnTheWire <= bit / 8) end += stream.Frames[whole++].BytesOnTheWire;
        Assert.Equal(stream.Frames.Take(whole).ToArray(), Read(bytes, stream.Cuts, BodyMax).Frames.ToArray());
    }).Check(Config(3_000));

    [Fact]
    public void Any_bytes_are_refused_or_wait() => Prop.ForAll(
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().Resize(600).ToArbitrary(), Streams, (bytes, cuts) =>
        {
            var (frames, refusal, _) = Read(bytes, cuts.Cuts, BodyMax);
            Assert.Empty(frames);
            var length = bytes.Length < sizeof(uint) ? 1 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (bytes.Length >= FrameReader.HeaderBytes && length is 0 or > BodyMax) Assert.NotNull(refusal);
        }).Check(Config(3_000));

    /// <summary>A header is judged when it is there: a peer that claims too much is refused before it sends it.</summary>
    [Fact]
    public void A_length_out_of_bounds_is_refused_at_once_and_one_within_takes_what_arrives() => Prop.ForAll(
        Gen.OneOf(Gen.Choose(0, 2), Gen.Choose(BodyMax - 2, BodyMax + 2), Gen.Choose(0, int.MaxValue)).Zip(Gen.Elements(false, true)).ToArbitrary(),
        Gen.Choose(0, 200_000).ToArbitrary(), (drawn, arriving) =>
        {
            var length = drawn.Item2 ? uint.MaxValue - (uint)drawn.Item1 : (uint)drawn.Item1;
            var header = new byte[FrameReader.HeaderBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(header, length);
            Assert.Equal(length is 0 or > BodyMax, Read(header, [1], BodyMax).Refusal is not null);

            const int generous = int.MaxValue - 100;
            if (length is 0 or > generous || arriving >= length) return;
            var (_, refusal, bufferMax) = Read((byte[])[.. header, .. new byte[arriving]], [1_000], generous);
            Assert.Null(refusal);
            Assert.InRange(bufferMax, 1, Math.Max(2 * BufferUsual, 4 * (arriving + header.Length)));
        }).Check(Config(1_000));

    private static (ImmutableArray<Frame> Frames, WireException? Refusal, int BufferMax) Read(
        ReadOnlyMemory<byte> bytes, ImmutableArray<int> cuts, int bodyMax)
    {
        using var reader = new FrameReader(bodyMax);
        var frames = ImmutableArray.CreateBuilder<Frame>();
        var (received, bufferMax) = (0, 0);
        try
        {
            for (var i = 0; received < bytes.Length; i++)
            {
                var space = reader.GetSpace();
                Assert.False(space.IsEmpty);
                bufferMax = Math.Max(bufferMax, space.Length);
                var count = Math.Min(Math.Min(cuts[i % cuts.Length], space.Length), bytes.Length - received);
                bytes.Slice(received, count).CopyTo(space);
                received += count;
                reader.Advance(count);
                while (reader.TryRead(out var kind, out var body)) frames.Add(Frame.Of((byte)kind, body.Span));
            }
            return (frames.ToImmutable(), null, bufferMax);
        }
        catch (WireException refusal)
        {
            return (frames.ToImmutable(), refusal, bufferMax);
        }
    }

    private static Config Config(int count) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count);

    /// <summary>A body whose every byte follows from its first.</summary>
    private sealed record Frame(byte Kind, int Length, byte Fill)
    {
        public int BytesOnTheWire => FrameReader.HeaderBytes + 1 + Length;

        public static Frame Of(byte kind, ReadOnlySpan<byte> body)
        {
            var frame = new Frame(kind, body.Length, body.IsEmpty ? (byte)0 : body[0]);
            Assert.True(frame.Body().AsSpan().SequenceEqual(body), $"{frame}: a body that nobody wrote");
            return frame;
        }

        public byte[] Body()
        {
            var body = new byte[Length];
            for (var i = 0; i < Length; i++) body[i] = (byte)(Fill + 31 * i + i / 256);
            return body;
        }

        public bool Equals(Frame? other) => other is not null && Kind == other.Kind && Length == other.Length && (Length == 0 || Fill == other.Fill);

        public override int GetHashCode() => HashCode.Combine(Kind, Length);
    }

    private sealed record Stream(ImmutableArray<Frame> Frames, ImmutableArray<int> Cuts)
    {
        public byte[] Bytes()
        {
            using var writer = new FrameWriter();
            foreach (var frame in Frames)
            {
                writer.BeginFrame((FrameKind)frame.Kind);
                frame.Body().CopyTo(writer.GetSpan(frame.Length));
                writer.Advance(frame.Length);
                writer.EndFrame();
            }
            return writer.Written.ToArray();
        }

        public IEnumerable<Stream> Smaller()
        {
            for (var i = 0; i < Frames.Length; i++) yield return this with { Frames = Frames.RemoveAt(i) };
            for (var i = 0; Cuts.Length > 1 && i < Cuts.Length; i++) yield return this with { Cuts = Cuts.RemoveAt(i) };
            for (var i = 0; i < Frames.Length; i++)
                if (Frames[i].Length > 0) yield return this with { Frames = Frames.SetItem(i, Frames[i] with { Length = Frames[i].Length / 2 }) };
        }

        public override string ToString() => $"{string.Join(", ", Frames)}; cut after {string.Join(", ", Cuts)}";
    }
}
