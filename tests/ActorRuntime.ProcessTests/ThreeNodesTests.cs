using System.Globalization;
using System.Text.Json;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>Three node processes from their own configurations, looked at with arctl.</summary>
[Collection(OneAtATime.Name)]
public sealed class ThreeNodesTests : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private readonly NodeFile[] _files = new NodeFile[3];
    private readonly Executable?[] _nodes = new Executable?[3];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            if (node is not null) await node.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Flows of all policies on every node: the same loss hits some of each, and the same recovery.</summary>
    [Fact]
    [Trait("Requirement", "CL-7")]
    public async Task After_a_recovery_automatic_flows_go_back_manual_ones_when_told_and_sticky_ones_stay()
    {
        var input = _directory.File("input.txt");
        File.WriteAllLines(input, Enumerable.Range(0, 90).Select(i => $"{i}"));
        const int count = 18;
        var flows = string.Join('\n', Enumerable.Range(0, count).Select(i => $$"""
            "f{{i}}" {
              source = "file-lines", source-settings { path = "{{input}}", partition = {{i}}, partitions = {{count}} }
              failback = {{((string[])["automatic", "manual", "sticky"])[i / 3 % 3]}}
            }
            """));
        await StartAsync($"cluster.orchestrator.failback-after = 1s\nnode {{ flows-need-nodes = 3\nflows {{ {flows} }} }}");
        var before = await FlowsAsync(0, all => all.Count == count && all.All(flow => flow.IsFirst && flow.Standby == 1));
        var victim = before.GroupBy(flow => flow.Node).First(led => led.Key != "n0" && led.Select(flow => flow.Policy).Distinct().Count() == 3);
        var hit = victim.Select(flow => flow.Name).ToHashSet();
        var at = int.Parse(victim.Key![1..], CultureInfo.InvariantCulture);

        _nodes[at]!.Signal("KILL");
        Assert.Equal(137, await _nodes[at]!.EndAsync());
        await FlowsAsync(0, all => all.All(flow => flow.IsFirst != hit.Contains(flow.Name) && flow.Node is not null));
        await StartAsync(at);
        // All were due at once: what the one policy did, the others would have done.
        var back = await FlowsAsync(0, all => all.Where(flow => hit.Contains(flow.Name) && flow.Policy == "automatic").All(flow => flow.IsFirst && flow.Node == victim.Key));
        Assert.All(back.Where(flow => hit.Contains(flow.Name) && flow.Policy != "automatic"), flow => Assert.True(!flow.IsFirst && flow.Node != victim.Key, $"{flow}"));

        foreach (var manual in back.Where(flow => !flow.IsFirst && flow.Policy == "manual"))
            await Executable.ShowsAsync(Address(0), $"flow failback {manual.Name}", _ => true);
        var told = await FlowsAsync(0, all => all.Where(flow => flow.Policy == "manual").All(flow => flow.IsFirst && flow.Node is not null));
        Assert.All(told, flow => Assert.Equal(flow.Policy == "sticky" && hit.Contains(flow.Name), !flow.IsFirst));
    }

    [Fact]
    [Trait("Requirement", "CL-3")]
    [Trait("Requirement", "CL-4")]
    public async Task Signal_times_follow_from_the_requirement_and_a_frozen_node_is_found_by_them()
    {
        const double detectWithinMs = 4_000;
        await StartAsync($"cluster.signal {{ interval = auto, requirement {{ detect-within = {detectWithinMs}ms, false-alarms-per-day = 0.1 }} }}");
        var inForce = await TimesAsync(0, times => times.IntervalMs > 110); // 100 ms is what a node begins with.
        Assert.True(inForce.LossAfterMs <= detectWithinMs && inForce.LeaseMs >= 3 * inForce.IntervalMs && inForce.LossAfterMs > inForce.LeaseMs, $"{inForce}");
        // One setting of the cluster: an entry says on what measurements, and every node runs by it.
        await Executable.ShowsAsync(Address(1), "log show", text => text.Contains("ms of jitter", StringComparison.Ordinal));
        for (var other = 1; other < 3; other++) await TimesAsync(other, times => times.IntervalMs > 110);

        _nodes[2]!.Signal("STOP");
        await Executable.ShowsAsync(Address(0), "log show", text => text.Contains("lost (quorum", StringComparison.Ordinal));
        await TimesAsync(0, times => times.IsServing);
    }

    [Fact]
    [Trait("Requirement", "AR-3")]
    public async Task An_operator_moves_a_shard_and_what_cannot_be_is_refused()
    {
        await StartAsync("");
        var hosted = await Executable.ShowsAsync(Address(0), "shard list flow-receiver", text => Leaders(text).Values.Distinct().Count() == 3);
        var (shard, from) = Leaders(hosted).First();
        var to = from == "n2" ? "n1" : "n2";

        Assert.Contains($"{to} leads flow-receiver/{shard}", await Executable.ShowsAsync(Address(0), $"shard move flow-receiver {shard} {to}", _ => true), StringComparison.Ordinal);
        await Executable.ShowsAsync(Address(1), "log show", text => text.Contains("hands over 1 shards of flow-receiver", StringComparison.Ordinal));

        Assert.Contains("leads it already", await Executable.RefusesAsync(Address(0), $"shard move flow-receiver {shard} {to}"), StringComparison.Ordinal);
        Assert.Contains("no member is called n7", await Executable.RefusesAsync(Address(0), $"shard move flow-receiver {shard} n7"), StringComparison.Ordinal);
        Assert.Contains("has no shard many", await Executable.RefusesAsync(Address(0), $"shard move flow-receiver many {to}"), StringComparison.Ordinal);
    }

    private async Task StartAsync(string more)
    {
        for (var i = 0; i < 3; i++) _files[i] = _directory.Node($"n{i}", more);
        for (var i = 0; i < 3; i++) await StartAsync(i);
    }

    private async Task StartAsync(int node)
    {
        _nodes[node] = Executable.Node("--config", _files[node].Path);
        await _nodes[node]!.SaysAsync("is up");
    }

    private string Address(int node) => $"127.0.0.1:{_files[node].ManagementPort}";

    private async Task<IReadOnlyList<Flow>> FlowsAsync(int node, Predicate<IReadOnlyList<Flow>> hold) =>
        Flows(await Executable.ShowsAsync(Address(node), "flow list", text => hold(Flows(text))));

    private static List<Flow> Flows(string text)
    {
        var table = JsonDocument.Parse(text).RootElement;
        var columns = table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToList();
        return [.. table.GetProperty("rows").EnumerateArray().Select(row => new Flow(
            Cell(row, "flow")!, Cell(row, "sender"), Cell(row, "node"), row[columns.IndexOf("standby")].GetInt32(), Cell(row, "failback")!))];

        string? Cell(JsonElement row, string column) => row[columns.IndexOf(column)].GetString();
    }

    private static SortedDictionary<string, string?> Leaders(string text)
    {
        var table = JsonDocument.Parse(text).RootElement;
        var columns = table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToList();
        return new(table.GetProperty("rows").EnumerateArray().ToDictionary(
            row => row[columns.IndexOf("shard")].GetString()!, row => row[columns.IndexOf("leader")].GetString()), StringComparer.Ordinal);
    }

    private async Task<SignalTimes> TimesAsync(int node, Predicate<SignalTimes> hold) =>
        Times(await Executable.ShowsAsync(Address(node), "signal status", text => hold(Times(text))));

    private static SignalTimes Times(string text)
    {
        var fields = JsonDocument.Parse(text).RootElement.GetProperty("fields");
        return new(Ms("interval-ms"), Ms("lease-ms"), Ms("loss-after-ms"), fields.GetProperty("mute-switch").GetString() == "open");

        double Ms(string field) => fields.GetProperty(field).GetDouble();
    }

    private sealed record SignalTimes(double IntervalMs, double LeaseMs, double LossAfterMs, bool IsServing);

    private sealed record Flow(string Name, string? Sender, string? Node, int Standby, string Policy)
    {
        public bool IsFirst => Sender == $"{Name}-0";
    }
}
