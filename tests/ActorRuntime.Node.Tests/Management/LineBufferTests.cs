using System.Text;
using ActorRuntime.Node.Management;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Node.Tests.Management;

[Trait("Requirement", "AR-8")]
public sealed class LineBufferTests
{
    [Fact]
    public void Lines_come_out_whole_however_the_bytes_arrive()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            var random = new Prng(seed);
            var lines = Enumerable.Range(0, 20).Select(i => new string((char)('a' + i), (int)(random.Next() % 9_000))).ToArray();
            var read = Feed(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), 9_000, random, out var overfull);
            Assert.False(overfull, $"seed {seed}");
            Assert.True(lines.SequenceEqual(read), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(101, true)]
    public void Line_longer_than_the_buffer_is_noticed(int bytesWithEnd, bool tooLong)
    {
        var text = "x\n" + new string('y', bytesWithEnd - 1) + "\n";
        Feed(Encoding.UTF8.GetBytes(text), 100, new Prng(1), out var overfull);
        Assert.Equal(tooLong, overfull);
    }

    private static List<string> Feed(byte[] bytes, int bytesMax, Prng random, out bool overfull)
    {
        var (buffer, lines, at) = (new LineBuffer(bytesMax), new List<string>(), 0);
        for (overfull = false; at < bytes.Length && !overfull; overfull = buffer.IsOverfull)
        {
            var room = buffer.Room();
            var count = Math.Min(Math.Min(room.Length, bytes.Length - at), 1 + (int)(random.Next() % 3_000));
            bytes.AsMemory(at, count).CopyTo(room);
            buffer.Advance(count);
            at += count;
            while (buffer.TryRead(out var line)) lines.Add(Encoding.UTF8.GetString(line.Span));
        }
        return lines;
    }
}
