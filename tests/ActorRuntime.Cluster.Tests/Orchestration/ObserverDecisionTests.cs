using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>Observer sets change in two steps: a fourth node has come, and b has the older and the newer set (SAFETY 1B-9).</summary>
[Trait("Requirement", "CL-5")]
public sealed class ObserverDecisionTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), D = TestLog.Key("d");
    private static readonly OrchestratorOptions Options = new() { RetireAfter = TimeSpan.FromSeconds(2) };
    private static readonly MonotonicTime Start = new(TimeSpan.FromHours(1).Ticks);

    private readonly TestLog _log = TestLog.WithNodes("a", "b", "c");

    public ObserverDecisionTests()
    {
        _log.Accepted(D, 0, new ControlChange.NodeJoined(TestLog.Facts(D), null, null)).Accepted(A, _log.Term, new ControlChange.NodeUp(D));
        _log.Accepted(A, _log.Term, new ControlChange.ObserversChanged(B, [A, C, D], false));
        Assert.Equal(2, Sets.Length);
    }

    private ObserverSet[] Sets => [.. _log.View.Find(B)!.ObserverSets];

    [Fact]
    public void The_older_set_is_retired_when_the_observed_node_says_that_it_knows_the_newer_one()
    {
        var (old, next) = (Sets[0].Epoch, Sets[1].Epoch);
        Assert.False(IsRetired(Decide(Reports((B, next - 1), (D, next)), OrchestratorMemory.Empty(Start))));

        var decision = Decide(Reports((B, next), (D, next)), OrchestratorMemory.Empty(Start));
        Assert.Contains(new ControlChange.ObserversRetired(B, old), decision!.Changes);
        Assert.Empty(_log.Commit(A, decision));
        Assert.Equal(next, Assert.Single(Sets).Epoch);
    }

    [Fact]
    public void The_word_of_the_older_observers_is_enough_only_after_the_leases_they_echoed_before_it()
    {
        var epoch = Sets[1].Epoch;
        Assert.Equal(2, Sets[0].LossQuorum);
        var evidence = Reports((A, epoch), (B, epoch - 1), (C, epoch));
        var memory = OrchestratorMemory.Empty(Start).Observe(_log.View, evidence, Start);
        var tooEarly = memory.Observe(_log.View, evidence, Start + (Options.RetireAfter - TimeSpan.FromMilliseconds(1)));
        Assert.False(IsRetired(Decide(evidence, tooEarly)));
        Assert.True(IsRetired(Decide(evidence, memory.Observe(_log.View, evidence, Start + Options.RetireAfter))));

        var tooFew = Reports((A, epoch), (B, epoch - 1), (C, epoch - 1), (D, epoch));
        var longAgo = OrchestratorMemory.Empty(Start).Observe(_log.View, tooFew, Start);
        Assert.False(IsRetired(Decide(tooFew, longAgo.Observe(_log.View, tooFew, Start + TimeSpan.FromHours(1)))));
    }

    [Fact]
    public void Where_the_cluster_has_a_common_timing_its_loss_after_says_how_long()
    {
        var (lease, lossAfter) = (TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(700));
        _log.Accepted(A, 0, new ControlChange.SignalTimingChanged(TimeSpan.FromMilliseconds(100), lease, lossAfter, "test"));
        var epoch = Sets[1].Epoch;
        var evidence = Reports((A, epoch), (B, epoch - 1), (C, epoch));
        var memory = OrchestratorMemory.Empty(Start).Observe(_log.View, evidence, Start);

        Assert.False(IsRetired(Decide(evidence, memory.Observe(_log.View, evidence, Start + (lossAfter * 2 - TimeSpan.FromTicks(1))))));
        Assert.True(IsRetired(Decide(evidence, memory.Observe(_log.View, evidence, Start + lossAfter * 2))));
    }

    /// <summary>b leases from the older set, and can never hold a lease on the newer one: it would wait for ever, and so would its successors.</summary>
    [Fact]
    public void The_newer_set_is_withdrawn_when_too_few_of_it_are_left()
    {
        var (old, next) = (Sets[0], Sets[1]);
        var reports = Reports((A, next.Epoch - 1), (B, next.Epoch - 1));
        Lose(C);
        Assert.DoesNotContain(Decide(reports, OrchestratorMemory.Empty(Start))?.Changes ?? [], change => change is ControlChange.ObserversWithdrawn);
        Lose(D);

        var decision = Decide(reports, OrchestratorMemory.Empty(Start));
        Assert.Contains(new ControlChange.ObserversWithdrawn(B, next.Epoch), decision!.Changes);
        Assert.Empty(_log.Commit(A, decision));
        Assert.Equal(old, Sets[0]);
        Assert.Equal((A, true), (Assert.Single(Sets[1].Observers), Sets[1].Witness)); // And the right ones come at once.

        void Lose(NodeKey node) => _log.Accepted(A, 0, new ControlChange.NodeDown(node, TestLog.Evidence(LossKind.LockFile, A)));
    }

    private static Evidence Reports(params (NodeKey Node, long Version)[] reports) =>
        Evidence.None with { Reports = TestLog.Reports([.. reports.Select(r => new AppliedReport(r.Node, r.Version, r.Version))]) };

    private static bool IsRetired(Decision? decision) =>
        decision?.Changes.OfType<ControlChange.ObserversRetired>().Any(retired => retired.Node == B) ?? false;

    private Decision? Decide(Evidence evidence, OrchestratorMemory memory) => Orchestrator.Decide(_log.View, evidence, memory, A, Options);
}
