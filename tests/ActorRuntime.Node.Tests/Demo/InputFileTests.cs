using System.Security.Cryptography;
using ActorRuntime.Node.Demo;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class InputFileTests : IDisposable
{
    private const int LineBytesMax = 4 << 20;
    private readonly string _path = Path.Combine(Path.GetTempPath(), "input-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(new byte[] { (byte)'a', 10, 10, (byte)'b', 10 }, 3)]
    [InlineData(new byte[] { (byte)'a', 10, (byte)'b' }, 2)]
    [InlineData(new byte[] { 0xFF, 0xC0, 10, 0, 13, 10 }, 2)]
    [InlineData(new byte[] { 10 }, 1)]
    public void Every_byte_belongs_to_exactly_one_line(byte[] content, int lines)
    {
        File.WriteAllBytes(_path, content);
        var input = InputFile.Scan(_path, LineBytesMax);
        Assert.Equal((lines, content.Length), (input.Lines, input.Bytes));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), input.Sha256);
        Assert.Equal(content, Joined());
    }

    [Fact]
    public void Lines_of_a_megabyte_pass_unchanged()
    {
        var content = new byte[3_000_000];
        new Random(5).NextBytes(content);
        for (var i = 0; i < content.Length; i++) content[i] = content[i] == 10 ? (byte)11 : content[i];
        content[1_000_000] = content[2_100_000] = 10;
        File.WriteAllBytes(_path, content);
        var input = InputFile.Scan(_path, LineBytesMax);
        Assert.Equal((3, 1_100_000), (input.Lines, input.LongestLine));
        Assert.Equal(content, Joined());
    }

    [Fact]
    public void Lines_around_the_size_of_the_buffer_keep_their_numbers()
    {
        var random = new Random(11);
        var lines = Enumerable.Range(0, 300).Select(_ => new string('x', random.Next(0, 3000)) + "\n").ToArray();
        File.WriteAllText(_path, string.Concat(lines));
        var index = 0;
        foreach (var item in InputFile.ReadLines(_path, LineBytesMax))
        {
            Assert.Equal((index, lines[index].Length), (item.Line, item.Bytes.Length));
            index++;
        }
        Assert.Equal(lines.Length, index);
    }

    [Fact]
    public void Empty_input_is_refused()
    {
        File.WriteAllBytes(_path, []);
        var refusal = Assert.Throws<OptionsException>(() => InputFile.Scan(_path, LineBytesMax));
        Assert.Contains("is empty", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_longer_than_an_item_is_refused_with_its_place()
    {
        File.WriteAllText(_path, "ok\n" + new string('x', 200));
        var refusal = Assert.Throws<OptionsException>(() => InputFile.Scan(_path, 100));
        Assert.Contains("line 2 is longer than 100 bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_of_exactly_the_limit_passes()
    {
        File.WriteAllText(_path, new string('x', 99) + "\n" + new string('y', 100));
        Assert.Equal((2, 100), (InputFile.Scan(_path, 101).Lines, InputFile.Scan(_path, 101).LongestLine));
    }

    private byte[] Joined() => [.. InputFile.ReadLines(_path, LineBytesMax).SelectMany(item => item.Bytes.ToArray())];
}
