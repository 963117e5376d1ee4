using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class FindingsTests
{
    private static readonly NodeKey Victim = new("node-2", 2);
    private static readonly TimedEntry Down = new(new LogEntry(9, "", "p", new("node-1", 1), 1, default, "", [
        new ControlChange.NodeDown(Victim, new LossEvidence(LossKind.LockFile, [], null, null, null, "")),
    ]), default);

    private static readonly NodeReport Alive = new("node-1", 1, 1, 0);
    private static readonly FlowRecovery Back = new("f", true, false, default(DateTimeOffset), default(DateTimeOffset));
    private static readonly Timeline Returned = Timeline.Empty with { Rejoined = 1, FailedBack = 2 };

    [Fact]
    public void A_run_as_it_should_be_has_none()
    {
        Assert.Empty(Of(Fault.None, null, []));
        Assert.Empty(Of(Fault.Kill, Victim, [Down], nodes: [Alive, new("node-2", 2, 1, 137)]));
        Assert.Empty(Of(Fault.Stop, Victim, []));
        Assert.Empty(Of(Fault.Freeze, Victim, [Down], Returned));
    }

    [Fact]
    public void Fault_that_never_struck_is_one() => Assert.Contains("could strike", Assert.Single(Of(Fault.Kill, null, [])));

    [Fact]
    public void Loss_that_is_not_in_the_log_is_one() =>
        Assert.Contains("never declared lost", Assert.Single(Of(Fault.Orchestrator, Victim, [])));

    [Fact]
    public void Loss_after_an_orderly_stop_is_one() => Assert.Contains("left in order", Assert.Single(Of(Fault.Stop, Victim, [Down])));

    [Fact]
    public void Flow_that_stayed_silent_is_one() =>
        Assert.Contains("f applied no item", Assert.Single(Of(Fault.Kill, Victim, [Down], recoveries: [Back with { FirstItemAt = null }])));

    [Fact]
    public void Zombie_that_did_not_come_back_is_one() =>
        Assert.Contains("did not come back", Assert.Single(Of(Fault.Signal, Victim, [Down], Timeline.Empty)));

    [Fact]
    public void Restart_without_fail_back_is_one() => Assert.Contains("did not go back", Assert.Single(
        Of(Fault.Kill, Victim, [Down], Returned with { FailedBack = null }, recoveries: [Back], restart: true)));

    [Theory]
    [InlineData(1)]
    [InlineData(null)]
    public void Node_that_did_not_end_in_order_is_one(int? exitCode) =>
        Assert.Contains("node-1 ended with", Assert.Single(Of(Fault.None, null, [], nodes: [Alive with { ExitCode = exitCode }])));

    private static ImmutableArray<string> Of(
        Fault fault, NodeKey? victim, TimedEntry[] log, Timeline? timeline = null, FlowRecovery[]? recoveries = null,
        NodeReport[]? nodes = null, bool restart = false) =>
        Findings.Of(
            new() { Fault = fault, Restart = restart }, victim, timeline ?? Timeline.Empty, log, recoveries ?? [], nodes ?? [Alive]);
}
