using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>What is moved by choice: b was lost, its shards went to a, and b is back.</summary>
[Trait("Requirement", "AR-3")]
public sealed class ShardDeciderTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), BAgain = TestLog.Key("b", 2);
    private static readonly OrchestratorOptions Options = new();
    private static readonly MonotonicTime Start = new(TimeSpan.FromHours(1).Ticks);

    private readonly TestLog _log = TestLog.WithNodes("a", "b", "c");

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void Shards_come_home_but_a_single_one_stays_where_it_serves(int shards, bool comesHome)
    {
        foreach (var host in new[] { A, B }) _log.Accepted(host, 0, new ControlChange.UnitTypeHosted(host, "type", shards));
        for (var i = 0; i < shards; i++) Place($"{i}", B);
        _log.Accepted(A, _log.Term, new ControlChange.NodeDown(B, TestLog.Evidence(LossKind.Quorum, A, C)));
        for (var i = 0; i < shards; i++) Place($"{i}", A);
        _log.Accepted(BAgain, 0, new ControlChange.NodeJoined(TestLog.Facts(BAgain), B, null)).Accepted(A, _log.Term, new ControlChange.NodeUp(BAgain));
        _log.Accepted(BAgain, 0, new ControlChange.UnitTypeHosted(BAgain, "type", shards));

        var placed = Decide()?.Changes.OfType<ControlChange.ShardsPlaced>() ?? [];
        var moved = placed.SelectMany(change => change.Placements).Select(placement => $"{placement.Shard} to {placement.Leader.Name}");
        Assert.Equal(comesHome ? ["0 to b", "1 to b"] : [], moved);
    }

    private void Place(string shard, NodeKey leader) => _log.Accepted(A, _log.Term, new ControlChange.ShardsPlaced(
        "type", TestLog.Placement(shard, _log.View.Types["type"].Shards[shard].Term, leader)));

    /// <summary>A decision long after everything that happened, when all have heard of it.</summary>
    private Decision? Decide()
    {
        var version = _log.View.Version;
        var evidence = Evidence.None with { Reports = TestLog.Reports([.. _log.View.Serving.Select(m => new AppliedReport(m.Key, version, version))]) };
        var memory = OrchestratorMemory.Empty(Start).Observe(_log.View, evidence, Start).Observe(_log.View, evidence, Start + TimeSpan.FromHours(1));
        return Orchestrator.Decide(_log.View, evidence, memory, A, Options);
    }
}
