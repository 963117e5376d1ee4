using System.Text;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Flows.Sources;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Flows.Sources;

public sealed class FileLinesFlowSourceTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("one")]
    [InlineData("one\ntwo")]
    [InlineData("one\r\ntwo\r\n\r\n")]
    [InlineData("\n\n\nfour\n")]
    public async Task Lines_come_back_byte_for_byte_whatever_the_partitions(string text)
    {
        await File.WriteAllBytesAsync(_path, Encoding.UTF8.GetBytes(text));
        for (var partitions = 1; partitions <= 3; partitions++) Assert.Equal(text, Encoding.UTF8.GetString(await MergedAsync(partitions, 2)));
    }

    [Fact]
    public async Task Random_bytes_with_long_lines_and_invalid_utf_8_come_back_byte_for_byte()
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            var bytes = RandomLines(new Prng(seed));
            await File.WriteAllBytesAsync(_path, bytes);
            var merged = await MergedAsync(1 + (int)(seed % 4), 7);
            Assert.True(bytes.AsSpan().SequenceEqual(merged), $"seed {seed}");
        }
    }

    [Fact]
    public async Task Reading_on_from_any_offset_gives_the_same_lines()
    {
        var lines = Enumerable.Range(0, 5000).Select(i => $"line {i}\n").ToArray();
        await File.WriteAllTextAsync(_path, string.Concat(lines));
        var random = new Prng(1);
        await using var source = new FileLinesFlowSource(_path, 1, 3, 100);

        for (var i = 0; i < 300; i++)
        {
            var offset = (long)(random.Next() % 5000);
            var first = offset + (4 - offset % 3) % 3;
            var read = await source.ReadAsync(offset, 5, 1000, default);
            if (first >= 5000)
            {
                Assert.True(read.IsEnd && read.Items.Count == 0);
                continue;
            }
            Assert.Equal(first, read.Items[0].SourceOffset);
            Assert.Equal(lines[first], Encoding.UTF8.GetString(read.Items[0].Bytes.Span));
            Assert.True(read.NextOffset > read.Items[^1].SourceOffset);
        }
    }

    [Fact]
    public async Task A_line_above_the_limit_is_an_error_that_names_file_and_line()
    {
        await File.WriteAllTextAsync(_path, "a\nb\n" + new string('x', 100) + "\nd\n");
        await using var source = new FileLinesFlowSource(_path, 0, 1, 100);

        var error = await Assert.ThrowsAsync<FlowSourceException>(async () => await source.ReadAsync(0, 10, 1000, default));

        Assert.Contains(_path, error.Message, StringComparison.Ordinal);
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("item-bytes-max", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_above_the_limit_in_another_partition_is_not_this_ones_business()
    {
        await File.WriteAllTextAsync(_path, "a\n" + new string('x', 3_000_000) + "\nc\n");
        await using var source = new FileLinesFlowSource(_path, 0, 2, 100);

        Assert.Equal([0L, 2L], (await source.ReadAsync(0, 10, 1000, default)).Items.Select(item => item.SourceOffset));
    }

    [Fact]
    public async Task A_missing_file_is_an_error_that_names_it()
    {
        await using var source = new FileLinesFlowSource(_path + ".missing", 0, 1, 100);

        var error = await Assert.ThrowsAsync<FlowSourceException>(async () => await source.ReadAsync(0, 10, 1000, default));
        Assert.Contains(_path + ".missing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("partition", "x"), InlineData("partition", "2"), InlineData("partitions", "0"), InlineData("path", "")]
    public void Settings_that_make_no_sense_are_refused(string key, string value)
    {
        var settings = new FlowSettings();
        settings = settings with
        {
            SourceSettings = settings.SourceSettings.Add("path", "p").Add("partition", "1").Add("partitions", "2").SetItem(key, value),
        };
        Assert.Throws<FlowSourceException>(() => FileLinesFlowSource.Create(new FlowSourceContext("f", settings)));
    }

    private async Task<byte[]> MergedAsync(int partitions, int itemsMax)
    {
        var merged = new SortedDictionary<long, byte[]>();
        for (var partition = 0; partition < partitions; partition++)
        {
            await using var source = new FileLinesFlowSource(_path, partition, partitions, 8 << 20);
            var read = new FlowRead([], 0, false);
            while (!read.IsEnd)
            {
                read = await source.ReadAsync(read.NextOffset, itemsMax, 1 << 20, default);
                foreach (var item in read.Items) merged.Add(item.SourceOffset, item.Bytes.ToArray());
            }
        }
        Assert.Equal(Enumerable.Range(0, merged.Count).Select(i => (long)i), merged.Keys);
        return [.. merged.Values.SelectMany(line => line)];
    }

    private static byte[] RandomLines(Prng random)
    {
        using var bytes = new MemoryStream();
        for (var line = random.Next() % 3000; line > 0; line--)
        {
            var length = random.Chance(1) ? random.Next() % 1_000_000 : random.Next() % 80;
            var content = new byte[length];
            for (var i = 0; i < content.Length; i++) content[i] = (byte)(random.Next() % 256) is var one and not (byte)'\n' ? one : (byte)'\r';
            bytes.Write(content);
            if (line > 1 || random.Chance(50)) bytes.WriteByte((byte)'\n');
        }
        return bytes.ToArray();
    }
}
