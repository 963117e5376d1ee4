using System.Globalization;
using System.Text.Json;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Journal;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>A running node is replaced by a successor, or goes on when the successor cannot read its state.</summary>
[Collection(OneAtATime.Name)]
[Trait("Requirement", "SR-2")]
public sealed class ReplaceTests
{
    private const int Items = 600;

    [Theory]
    [InlineData("replicated")]
    [InlineData("journal")]
    public async Task Successor_takes_over_name_ports_and_stores_and_units_go_on(string durability)
    {
        using var directory = new TestDirectory();
        var (file, address) = Node(directory, durability);
        await using var old = Executable.Node("--config", file);
        await old.SaysAsync("is up");
        await ItemsAsync(address, items => items > 50);
        var stores = await StoresAsync(address);

        await using var successor = Executable.Node("replace", "--config", file);

        Assert.Equal(0, await old.EndAsync());
        await successor.SaysAsync("is up");
        Assert.Contains("can be read", successor.Output, StringComparison.Ordinal);
        await ItemsAsync(address, items => items == Items);
        Assert.Equal(stores, await StoresAsync(address));
        Assert.Contains($"\"process\":{successor.Id},", await Executable.ShowsAsync(address, "node version", _ => true), StringComparison.Ordinal);
        successor.Signal("TERM");
        Assert.Equal(0, await successor.EndAsync());
    }

    [Fact]
    public async Task Successor_that_cannot_read_the_state_is_refused_and_the_node_goes_on()
    {
        using var directory = new TestDirectory();
        var (file, address) = Node(directory, "replicated");
        await WriteOfTheFutureAsync(directory.File("journal.db"));
        await using var node = Executable.Node("--config", file);
        await node.SaysAsync("is up");
        await ItemsAsync(address, items => items > 50);

        await using var successor = Executable.Node("replace", "--config", file);

        Assert.Equal(1, await successor.EndAsync());
        Assert.Contains("orders/1, event 1 (manifest 'of-the-future:2'", successor.Output, StringComparison.Ordinal);
        Assert.Contains("n1 goes on as it is", successor.Error, StringComparison.Ordinal);
        await ItemsAsync(address, items => items == Items);
        Assert.False(node.HasExited);
        Assert.DoesNotContain("Leaving in order", node.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Successor_that_does_not_start_is_refused_and_without_a_node_there_is_nothing_to_replace()
    {
        using var directory = new TestDirectory();
        var (file, address) = Node(directory, "journal");
        await using (var lonely = Executable.Node("replace", "--config", file))
        {
            Assert.Equal(1, await lonely.EndAsync());
            Assert.Contains("cluster status", lonely.Error, StringComparison.Ordinal);
        }
        await using var node = Executable.Node("--config", file);
        await node.SaysAsync("is up");

        await using var nothing = Executable.Node("replace", "--config", file, "--executable", directory.File("no-such-file"));

        Assert.Equal(1, await nothing.EndAsync());
        Assert.Contains("no-such-file", nothing.Error, StringComparison.Ordinal);
        await ItemsAsync(address, items => items == Items);
        Assert.False(node.HasExited);
    }

    /// <summary>A flow that takes some seconds.</summary>
    private static (string File, string Address) Node(TestDirectory directory, string durability)
    {
        File.WriteAllLines(directory.File("input.txt"), Enumerable.Range(0, Items).Select(i => $"{i}"));
        var node = directory.Node("n1", $$"""
            cluster.sharding.durability = {{durability}}
            node.flows { "f" { source = "file-lines", source-settings { path = "{{directory.File("input.txt")}}" }, senders = 1, items-per-second = 100 } }
            """);
        return (node.Path, "127.0.0.1:" + node.ManagementPort.ToString(CultureInfo.InvariantCulture));
    }

    private static Task<string> ItemsAsync(string address, Predicate<long> holds) => Executable.ShowsAsync(
        address, "flow status f", text => holds(JsonDocument.Parse(text).RootElement.GetProperty("fields").GetProperty("items").GetInt64()));

    /// <summary>Ids of the local logs, by shard.</summary>
    private static async Task<string> StoresAsync(string address)
    {
        var table = JsonDocument.Parse(await Executable.ShowsAsync(address, "shard logs", _ => true)).RootElement;
        var columns = table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToList();
        return string.Join('\n', table.GetProperty("rows").EnumerateArray()
            .Select(row => $"{row[columns.IndexOf("type")]}/{row[columns.IndexOf("shard")]} {row[columns.IndexOf("store")]}").Order(StringComparer.Ordinal));
    }

    /// <summary>An event of a unit type that this program does not have.</summary>
    private static async Task WriteOfTheFutureAsync(string file)
    {
        await using var journal = new SqliteJournal(new SqliteJournalOptions { Path = file }, new ProductionEnvironment());
        await journal.OpenAsync(default);
        var fence = new WriterFence("orders/0", 1);
        await journal.RaiseFenceAsync(fence, default);
        await journal.AppendAsync([new JournalEvent("orders/1", 1, "of-the-future:2", 1, "{}"u8.ToArray(), DateTimeOffset.UnixEpoch, fence)]);
    }
}
