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

        Assert.Equal(comesHome ? ["asked 0 to b", "asked 1 to b"] : [], Moves(Decide()));
    }

    [Fact]
    public void A_leader_that_leaves_is_asked_and_one_that_is_lost_is_replaced()
    {
        foreach (var host in new[] { A, B, C }) _log.Accepted(host, 0, new ControlChange.UnitTypeHosted(host, "type", 2));
        Place("0", B);
        Place("1", C);
        _log.Accepted(B, 0, new ControlChange.NodeLeaving(B)).Accepted(A, _log.Term, new ControlChange.NodeDown(C, TestLog.Evidence(LossKind.Operator, A)));
        Assert.Equal(["placed 1 to a", "asked 0 to a"], Moves(Decide()));
    }

    [Fact]
    public void A_leader_that_was_asked_has_time()
    {
        AskFor("0", B, A);
        Assert.Empty(Moves(Decide(after: Options.TransferTimeout - TimeSpan.FromMilliseconds(1))));
        Assert.Equal(["placed 0 to a"], Moves(Decide(after: Options.TransferTimeout)));
    }

    [Fact]
    public void A_leader_is_asked_no_more_when_the_next_one_leaves()
    {
        AskFor("0", B, C);
        _log.Accepted(C, 0, new ControlChange.NodeLeaving(C));
        Assert.Equal(["asked 0 no more"], Moves(Decide(after: TimeSpan.Zero)));
    }

    [Fact]
    public void A_leader_that_leaves_is_asked_for_another_when_the_next_one_is_lost()
    {
        AskFor("0", B, C);
        _log.Accepted(B, 0, new ControlChange.NodeLeaving(B)).Accepted(A, _log.Term, new ControlChange.NodeDown(C, TestLog.Evidence(LossKind.Operator, A)));
        Assert.Equal(["asked 0 no more", "asked 0 to a"], Moves(Decide(after: TimeSpan.Zero)));
    }

    [Fact]
    public void While_a_shard_is_on_its_way_its_type_is_left_alone()
    {
        foreach (var host in new[] { A, B }) _log.Accepted(host, 0, new ControlChange.UnitTypeHosted(host, "type", 6));
        for (var i = 0; i < 6; i++) Place($"{i}", A);
        Assert.Equal(3, Moves(Decide()).Length);
        _log.Accepted(A, _log.Term, Asked("0", B));
        Assert.Empty(Moves(Decide(after: TimeSpan.FromSeconds(2.5))));
    }

    private static string[] Moves(Decision? decision) =>
    [
        .. decision?.Changes.OfType<ControlChange.ShardsPlaced>().SelectMany(change => change.Placements).Select(move => $"placed {move.Shard} to {move.Leader.Name}") ?? [],
        .. decision?.Changes.OfType<ControlChange.TransfersChanged>().SelectMany(change => change.Transfers)
            .Select(move => $"asked {move.Shard} {(move.To is { } to ? $"to {to.Name}" : "no more")}") ?? [],
    ];

    private void AskFor(string shard, NodeKey leader, NodeKey next)
    {
        foreach (var host in new[] { A, B, C }) _log.Accepted(host, 0, new ControlChange.UnitTypeHosted(host, "type", 1));
        Place(shard, leader);
        _log.Accepted(A, _log.Term, Asked(shard, next));
    }

    private ControlChange.TransfersChanged Asked(string shard, NodeKey next) => new("type", [new(shard, _log.View.Types["type"].Shards[shard].Term, next)]);

    private void Place(string shard, NodeKey leader) => _log.Accepted(A, _log.Term, new ControlChange.ShardsPlaced(
        "type", TestLog.Placement(shard, _log.View.Types["type"].Shards[shard].Term, leader)));

    /// <summary>A decision long after everything that happened, when all have heard of it.</summary>
    /// <param name="after">Time since then; an hour when nothing is said.</param>
    private Decision? Decide(TimeSpan? after = null)
    {
        var version = _log.View.Version;
        var evidence = Evidence.None with { Reports = TestLog.Reports([.. _log.View.Serving.Select(m => new AppliedReport(m.Key, version, version))]) };
        var memory = OrchestratorMemory.Empty(Start).Observe(_log.View, evidence, Start).Observe(_log.View, evidence, Start + (after ?? TimeSpan.FromHours(1)));
        return Orchestrator.Decide(_log.View, evidence, memory, A, Options);
    }
}
