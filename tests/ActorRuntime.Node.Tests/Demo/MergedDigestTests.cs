using System.Security.Cryptography;
using System.Text;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class MergedDigestTests
{
    [Fact]
    public async Task Flows_put_together_by_source_offset_give_the_digest_of_the_file()
    {
        var lines = Enumerable.Range(0, 50).Select(i => $"line {i}\n").ToArray();
        var journals = Enumerable.Range(0, 3).Select(flow => Journal(lines, i => i % 3 == flow));
        var digest = await MergedDigest.OfAsync(journals, CancellationToken.None);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines)))), digest);
    }

    [Fact]
    public async Task A_missing_item_gives_another_digest()
    {
        var lines = Enumerable.Range(0, 50).Select(i => $"line {i}\n").ToArray();
        var whole = await MergedDigest.OfAsync([Journal(lines, _ => true)], CancellationToken.None);
        Assert.NotEqual(whole, await MergedDigest.OfAsync([Journal(lines, i => i != 20)], CancellationToken.None));
    }

    private static async IAsyncEnumerable<FlowEvent> Journal(string[] lines, Func<int, bool> belongs)
    {
        await Task.Yield();
        long offset = 0;
        for (var i = 0; i < lines.Length; offset += lines[i++].Length)
        {
            if (belongs(i)) yield return new FlowEvent.ItemsApplied("f", 0, default, 1, [new(offset, Encoding.UTF8.GetBytes(lines[i]))]);
        }
    }
}
