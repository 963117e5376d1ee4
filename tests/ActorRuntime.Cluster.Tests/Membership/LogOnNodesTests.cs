using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.ControlLog;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Membership;

/// <summary>A compacted log, and a forked one, under whole nodes.</summary>
public sealed class LogOnNodesTests
{
    [Fact]
    [Trait("Requirement", "CL-8")]
    public async Task A_node_joins_by_the_checkpoint_of_a_compacted_log_and_restarts_on_it()
    {
        await using var cluster = new TestCluster();
        static ClusterOptions Small(ClusterOptions options) => options with { ControlLog = options.ControlLog with { CompactAfter = 64, CompactKeep = 16 } };
        var a = cluster.Start("a", Small);
        await a.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        for (var i = 0; i < 150; i++)
            Assert.Equal(ProposalResult.Committed, (await a.Cluster.ProposeAsync([new ControlChange.FlowUnmuted("nothing", "")], "fills the log")).Result);
        await a.UntilAsync(view => view.Version > 150 && cluster.Log.RowCount < 64 + 16 + 8, "a compacted log");

        var b = cluster.Start("b", Small);
        await b.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        await a.UntilUpAsync(a.Key, b.Key);
        Assert.Contains(await b.Cluster.LogTailAsync(512), row => row.Text.Contains("fills the log", StringComparison.Ordinal));
        await b.AbortAsync();
        var again = cluster.Start("b", Small);
        await again.Cluster.WhenUp.WaitAsync(TestNode.Patience);

        Assert.Null(again.Cluster.DecidingStopped);
        var mark = LogMark.Parse(await File.ReadAllTextAsync(Path.Combine(cluster.Directory, "b.control-log")));
        Assert.Equal(cluster.Log.Identity.StoreId, mark.StoreId);
        Assert.InRange(mark.Version, 150, cluster.Log.Head);
    }

    [Fact]
    [Trait("Requirement", "CL-8")]
    public async Task A_running_node_whose_log_goes_on_without_it_is_muted_and_ends()
    {
        await using var cluster = new TestCluster();
        var a = cluster.Start("a");
        await a.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        await a.UntilAsync(_ => a.Cluster.MuteSwitch.IsOpen, "mute switch open");

        AppendOutcome outcome;
        do
        {
            var version = cluster.Log.Head + 1;
            var foreign = new LogEntry(version, new string('0', 64), "x", a.Key, 0, DateTimeOffset.UnixEpoch, "of another history", []);
            outcome = await a.Store.AppendAsync(new ControlLogAppend(version - 1, "x", EntryCodec.Encode(foreign), []), default);
        }
        while (outcome != AppendOutcome.Applied); // The node itself may be faster.

        await a.System.WhenTerminated.WaitAsync(TestNode.Patience);
        Assert.False(a.Cluster.MuteSwitch.IsOpen);
        Assert.True(a.Cluster.DecidingStopped!.IsForked);
        Assert.Single(a.Lines, line => line.Contains("This node decides no more", StringComparison.Ordinal));
    }
}
