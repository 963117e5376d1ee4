using ActorRuntime.Remote.Wire;

namespace ActorRuntime.Remote.Tests.Wire;

public sealed class FrameWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData((1 << 14) - 1)]
    [InlineData(1 << 14)]
    [InlineData(1 << 21)]
    [InlineData(9_000_000)]
    public void Length_prefix_is_read_back_for_any_length(int length)
    {
        using var writer = new FrameWriter();
        var content = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var start = writer.BeginLengthPrefix();
        content.CopyTo(writer.GetSpan(length));
        writer.Advance(length);
        writer.EndLengthPrefix(start);
        writer.WriteVarint(77);

        var reader = new WireReader(writer.Written.ToArray());
        Assert.True(reader.Take(reader.ReadInt(int.MaxValue, "length")).Span.SequenceEqual(content));
        Assert.Equal(77UL, reader.ReadVarint());
        Assert.True(reader.IsAtEnd);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(127UL)]
    [InlineData(128UL)]
    [InlineData(ulong.MaxValue)]
    public void Numbers_are_read_back(ulong value)
    {
        using var writer = new FrameWriter();
        writer.WriteVarint(value);
        writer.WriteString("größe");
        writer.WriteInt64(long.MinValue);
        var reader = new WireReader(writer.Written);
        Assert.Equal(value, reader.ReadVarint());
        Assert.Equal("größe", reader.ReadString(100, "text"));
        Assert.Equal(long.MinValue, reader.ReadInt64());
    }

    [Fact]
    public void Fields_beyond_the_end_or_the_bound_are_refused()
    {
        Assert.Throws<WireException>(() => new WireReader(new byte[] { 0x80 }).ReadVarint());
        Assert.Throws<WireException>(() => new WireReader(Enumerable.Repeat((byte)0xFF, 20).ToArray()).ReadVarint());
        Assert.Throws<WireException>(() => new WireReader(new byte[] { 5, 1 }).ReadString(100, "text"));
        Assert.Throws<WireException>(() => new WireReader(new byte[] { 5, 1, 2, 3, 4, 5 }).ReadString(4, "text"));
        Assert.Throws<WireException>(() => new WireReader(new byte[] { 1, 0xFF }).ReadString(4, "text"));
        Assert.Throws<WireException>(() => new WireReader(new byte[3]).ReadInt64());
    }
}
