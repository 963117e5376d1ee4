using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static ActorRuntime.Cluster.ControlLog.ControlChange;

namespace ActorRuntime.Cluster.Tests.View;

/// <summary>Goal: whatever the log holds, the fold answers with a view that keeps the rules. Method: sequences of arbitrary changes, most of them
/// stale or senseless, on a cluster of three.</summary>
[Trait("Requirement", "CL-8")]
[Trait("Requirement", "AR-5")]
public sealed class ViewFoldPropertyTests
{
    private static readonly Gen<NodeKey> Node = Gen.Elements("a", "b", "c", "d").SelectMany(name => Gen.Choose(1, 2).Select(i => TestLog.Key(name, (ulong)i)));

    private static readonly Gen<long> Term = Gen.Choose(0, 25).Select(term => (long)term);

    private static readonly Gen<LossEvidence> Evidence = Gen.Elements(Enum.GetValues<LossKind>())
        .SelectMany(kind => Node.ArrayOf().Select(nodes => TestLog.Evidence(kind, [.. nodes.Distinct().Order()])));

    private static readonly Gen<ControlChange> Change = Gen.OneOf(
        Node.SelectMany(node => Evidence.Select(loss => (ControlChange)new NodeJoined(TestLog.Facts(node), null, loss))),
        Node.Select(node => (ControlChange)new NodeUp(node)),
        Node.Select(node => (ControlChange)new NodeLeaving(node)),
        Node.SelectMany(node => Evidence.Select(loss => (ControlChange)new NodeDown(node, loss))),
        Node.Select(node => (ControlChange)new NodeEnded(node, "")),
        Node.Select(node => (ControlChange)new NodeRemoved(node)),
        Node.SelectMany(node => Node.ArrayOf().Select(o => (ControlChange)new ObserversChanged(node, [.. o.Distinct().Order()], o.Length == 1))),
        Node.SelectMany(node => Term.Select(epoch => (ControlChange)new ObserversRetired(node, epoch))),
        Node.SelectMany(node => Term.Select(epoch => (ControlChange)new ObserversWithdrawn(node, epoch))),
        Node.SelectMany(node => Term.Select(term => (ControlChange)new OrchestratorElected(node, term, false))),
        Node.Select(node => (ControlChange)new UnitTypeHosted(node, "s", 0)),
        Node.SelectMany(node => Term.Select(term => (ControlChange)new ShardsPlaced("s", TestLog.Placement("x", term, node)))),
        Gen.Constant((ControlChange)new FlowDefined("f", new("r", "1"), [new("s", "x"), new("s", "y")], FailbackPolicy.Automatic, "{}")),
        Term.SelectMany(term => Gen.Choose(0, 2).Select(to => (ControlChange)new FlowSwitched("f", term, to, [], ""))),
        Term.Select(term => (ControlChange)new FlowMuted("f", term, "")),
        Gen.Constant((ControlChange)new FlowUnmuted("f", "")),
        Gen.Choose(0, 2).Select(sender => (ControlChange)new SenderMuted("f", sender, "")));

    [Fact]
    public void Any_sequence_of_changes_gives_a_view_that_keeps_the_rules() => Prop.ForAll(
        Change.SelectMany(change => Node.Select(proposer => (Change: change, Proposer: proposer))).SelectMany(c => Term.Select(t => (c.Change, c.Proposer, Term: t)))
            .ArrayOf().Resize(40).ToArbitrary(),
        sequence =>
        {
            var view = Begun();
            foreach (var (drawn, anyone, term) in sequence)
            {
                // Two of three are aimed at the state there is, the others hit by chance or not at all.
                var isAimed = term % 3 != 0 && view.Orchestrator is not null;
                var change = isAimed ? Aim(view, drawn) : drawn;
                var entry = new LogEntry(
                    view.Version + 1, view.Digest, "p", isAimed ? view.Orchestrator!.Node : anyone, isAimed ? view.Orchestrator!.Term : term, default, "", [change]);
                var next = ViewFold.Apply(view, entry, $"{entry.Version}");
                Assert.Equal(TestLog.Text(next), TestLog.Text(ViewFold.Apply(view, entry, $"{entry.Version}")));
                Keeps(view, next);
                view = next;
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(3_000));

    private static ClusterView Begun()
    {
        var (a, b) = (TestLog.Key("a"), TestLog.Key("b"));
        var log = TestLog.WithNodes("a", "b", "c");
        var term = log.View.Orchestrator?.Term ?? 0;
        if (term == 0) term = log.Accepted(a, 0, new OrchestratorElected(a, 0, false)).View.Version;
        return log.Accepted(a, 0, new UnitTypeHosted(a, "s", 0)).Accepted(b, 0, new UnitTypeHosted(b, "s", 0)).Accepted(a, 0, new UnitTypeHosted(a, "r", 1))
            .Accepted(a, 0, new FlowDefined("f", new("r", "1"), [new("s", "x"), new("s", "y")], FailbackPolicy.Automatic, "{}"))
            .Accepted(log.View.Orchestrator!.Node, term, new ShardsPlaced("s", TestLog.Placement("x", 0, a)), new ShardsPlaced("s", TestLog.Placement("y", 0, b))).View;
    }

    private static ControlChange Aim(ClusterView view, ControlChange change) => change switch
    {
        FlowSwitched flow => flow with { PreviousTerm = view.Flows["f"].Term },
        FlowMuted flow => flow with { PreviousTerm = view.Flows["f"].Term },
        ShardsPlaced placed => placed with
        {
            Placements = [placed.Placements[0] with { PreviousTerm = view.Types["s"].Shards.GetValueOrDefault("x")?.Term ?? 0 }],
        },
        OrchestratorElected elected => elected with { PreviousTerm = view.Orchestrator!.Term },
        _ => change,
    };

    private static void Keeps(ClusterView before, ClusterView after)
    {
        Assert.Equal(before.Version + 1, after.Version);
        foreach (var member in after.Members.Values)
        {
            Assert.InRange(member.ObserverSets.Length, 0, 2);
            Assert.All(member.ObserverSets, set => Assert.True(set.LeaseQuorum + set.LossQuorum > set.Voters));
            Assert.True(member.Status == MemberStatus.Down || !after.Lost.ContainsKey(member.Key));
        }
        foreach (var (node, lost) in before.Lost) Assert.True(!lost.Evidence.IsAuthoritative || after.Lost[node].Evidence.IsAuthoritative, "proof was forgotten");
        foreach (var (name, flow) in after.Flows)
        {
            if (!before.Flows.TryGetValue(name, out var old)) continue;
            Assert.True(flow.Term >= old.Term);
            Assert.True(flow.Active == old.Active || flow.Active is null || flow.Term == after.Version, "another sender under the same term");
            Assert.True(flow.Active is not { } active || flow.Senders[active].Status == SenderStatus.Active);
        }
        foreach (var (id, shard) in after.Types.Values.SelectMany(type => type.Shards))
        {
            var old = before.Types.Values.SelectMany(type => type.Shards).FirstOrDefault(pair => pair.Key == id).Value;
            Assert.True(old is null || shard.Leader == old.Leader || shard.Term == after.Version, "another leader under the same term");
        }
    }
}
