using ActorRuntime.Remote.Wire;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Tests.Wire;

[Trait("Requirement", "AR-2")]
public sealed class FrameReaderTests
{
    private const int BodyMax = 300_000;
    private const int Seeds = 200;

    [Fact]
    public void Any_split_of_the_stream_gives_the_same_frames()
    {
        for (var seed = 0UL; seed < Seeds; seed++)
        {
            var random = new Prng(seed);
            var bodies = Enumerable.Range(0, 1 + (int)(random.Next() % 8)).Select(_ => Bytes(random, (int)(random.Next() % 20_000))).ToArray();
            var read = ReadAll(Stream(bodies), random);
            Assert.True(read.Count == bodies.Length && read.Zip(bodies).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)), $"seed {seed}");
        }
    }

    [Fact]
    public void Flipped_bit_anywhere_is_refused_or_waits_and_never_gives_another_frame()
    {
        for (var seed = 0UL; seed < Seeds; seed++)
        {
            var random = new Prng(seed);
            var body = Bytes(random, 1 + (int)(random.Next() % 2000));
            var stream = Stream([body]);
            var bit = (int)(random.Next() % (ulong)(stream.Length * 8));
            stream[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.True(ReadAll(stream, random).Count == 0, $"seed {seed}: bit {bit} went unnoticed");
            }
            catch (WireException)
            {
                // Refused, as it should be.
            }
        }
    }

    [Fact]
    public void Random_bytes_are_refused_or_wait()
    {
        for (var seed = 0UL; seed < Seeds; seed++)
        {
            var random = new Prng(seed);
            try
            {
                Assert.Empty(ReadAll(Bytes(random, 4096), random));
            }
            catch (WireException)
            {
                // Refused, as it should be.
            }
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData((uint)BodyMax + 1)]
    [InlineData(uint.MaxValue)]
    public void Length_out_of_bounds_is_refused_before_its_bytes_arrive(uint length)
    {
        using var reader = new FrameReader(BodyMax);
        BitConverter.GetBytes(length).CopyTo(reader.GetSpace());
        reader.Advance(FrameReader.HeaderBytes);
        Assert.Throws<WireException>(() => reader.TryRead(out _, out _));
    }

    [Fact]
    public void Announced_length_alone_takes_no_memory()
    {
        using var reader = new FrameReader(int.MaxValue - 100);
        BitConverter.GetBytes(1_000_000_000).CopyTo(reader.GetSpace());
        reader.Advance(FrameReader.HeaderBytes);
        Assert.False(reader.TryRead(out _, out _));
        Assert.InRange(reader.GetSpace().Length, 1, 65_536);
    }

    private static byte[] Bytes(Prng random, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)random.Next();
        return bytes;
    }

    private static byte[] Stream(IEnumerable<byte[]> bodies)
    {
        using var writer = new FrameWriter();
        foreach (var body in bodies)
        {
            writer.BeginFrame(FrameKind.Messages);
            foreach (var part in body.Chunk(1000))
            {
                part.CopyTo(writer.GetSpan(part.Length));
                writer.Advance(part.Length);
            }
            writer.EndFrame();
        }
        return writer.Written.ToArray();
    }

    private static List<byte[]> ReadAll(ReadOnlyMemory<byte> stream, Prng random)
    {
        using var reader = new FrameReader(BodyMax);
        var frames = new List<byte[]>();
        while (stream.Length > 0)
        {
            var space = reader.GetSpace();
            var count = (int)Math.Min(1 + random.Next() % 5000, (ulong)Math.Min(space.Length, stream.Length));
            stream[..count].CopyTo(space);
            stream = stream[count..];
            reader.Advance(count);
            while (reader.TryRead(out var kind, out var body))
            {
                Assert.Equal(FrameKind.Messages, kind);
                frames.Add(body.ToArray());
            }
        }
        return frames;
    }
}
