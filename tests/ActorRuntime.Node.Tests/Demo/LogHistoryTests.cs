using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Demo;
using ActorRuntime.Persistence.ControlLog;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class LogHistoryTests
{
    [Fact]
    public void Rows_fold_into_the_view_that_nodes_have()
    {
        var history = new LogHistory();
        var node = new NodeKey("node-1", 7);
        var facts = new NodeFacts(node, "s", "127.0.0.1", 1, 2, "", "", [], "1");
        var entry = new LogEntry(1, "", "p", node, 0, DateTimeOffset.UnixEpoch, "join", [new ControlChange.NodeJoined(facts, null, null)]);
        history.Append(new ControlLogRow(1, "p", EntryCodec.Encode(entry), DateTimeOffset.UnixEpoch.AddSeconds(1)));

        Assert.Equal(1, history.View.Version);
        Assert.Equal(node, history.View.Members["node-1"].Key);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1), Assert.Single(history.Entries).CommittedAt);

        var progress = DemoProgress.Of(TimeSpan.FromSeconds(1), 10, 100, history.View, ["node-1", "node-2"]);
        Assert.Equal(["joining", "starting"], progress.Nodes.Select(n => n.Status));
        Assert.Contains("10 of 100 items", progress.ToString(), StringComparison.Ordinal);
    }
}
