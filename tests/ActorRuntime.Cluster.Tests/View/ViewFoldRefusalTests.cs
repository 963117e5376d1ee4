using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.ControlLog.ControlChange;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.View;

/// <summary>Goal: a change that names another state than there is, or oversteps a limit, is refused for that reason and changes nothing.
/// Method: one log with a bit of everything; every refusal there is, proposed to it, one per line.</summary>
public sealed class ViewFoldRefusalTests
{
    private const string TooLong = "too long";

    private static readonly NodeKey A = Key("a"), B = Key("b"), C = Key("c"), Down = Key("d"), Joining = Key("j"), Unknown = Key("u");
    private static readonly string Long = new('x', ViewLimits.NameLengthMax + 1);

    private readonly TestLog _log = WithABitOfEverything();

    [Fact]
    public void Members_are_refused_what_does_not_fit_their_state()
    {
        var next = Key("b", 2);
        Refused(A, new NodeJoined(Facts(A), null, null), "is a member already");
        Refused(next, new NodeJoined(Facts(next), null, null), "expected nobody under the name b, there is b#");
        Refused(next, new NodeJoined(Facts(next), C, null), "expected c#");
        Refused(Unknown, new NodeJoined(Facts(Unknown), B, null), "there is nobody");
        Refused(next, new NodeJoined(Facts(next), B, null), "which is Up, and nothing proves it gone");
        Refused(next, new NodeJoined(Facts(next), B, Evidence(LossKind.Quorum)), "Quorum does not prove");
        Refused(C, new NodeJoined(Facts(next), B, Evidence(LossKind.Itself)), "speaks for b#");
        Refused(A, new NodeUp(Unknown), "is no member");
        Refused(A, new NodeUp(B), "is Up, not Joining");
        Refused(A, new NodeUp(Down), "is Down, not Joining");
        Refused(A, new NodeLeaving(Unknown), "is no member");
        Refused(A, new NodeLeaving(Down), "is Down already");
        Refused(A, new NodeDown(Unknown, Evidence(LossKind.Operator)), "is no member");
        Refused(A, new NodeDown(Down, Evidence(LossKind.Operator)), "is down already");
        Refused(A, new NodeDown(B, Evidence(LossKind.Itself)), "speaks for b#");
        Refused(A, new NodeRemoved(Unknown), "is no member");
        Refused(A, new NodeRemoved(B), "is up: it leaves or is declared lost first");
        Refused(Down, new OrchestratorElected(Down, _log.Term, true), "is no live member");
    }

    [Fact]
    public void Facts_of_a_newcomer_are_refused_when_they_are_empty_too_long_or_out_of_range()
    {
        var facts = Facts(Unknown);
        Joins(facts with { Key = new NodeKey("-u", 1) }, "no name for a node");
        Joins(facts with { Key = new NodeKey(new string('u', ViewLimits.NodeNameLengthMax + 1), 1) }, "no name for a node");
        Joins(facts with { Key = new NodeKey("u", 0) }, "incarnation 0");
        Joins(facts with { SystemName = "" }, TooLong);
        Joins(facts with { SystemName = Long }, TooLong);
        Joins(facts with { Host = "" }, TooLong);
        Joins(facts with { Port = 0 }, "port");
        Joins(facts with { Port = 65_536 }, "port");
        Joins(facts with { SignalPort = 0 }, "port");
        Joins(facts with { SignalPort = 65_536 }, "port");
        Joins(facts with { Roles = ["r", ""] }, "roles");
        Joins(facts with { Roles = [.. Enumerable.Repeat("r", ViewLimits.ObserversMax + 1)] }, "roles");
        Accepted(Unknown, 0, new NodeJoined(
            facts with { Port = 65_535, SignalPort = 1, Roles = [.. Enumerable.Repeat("r", ViewLimits.ObserversMax)] }, null, null));

        void Joins(NodeFacts wrong, string why) => Refused(Unknown, new NodeJoined(wrong, null, null), why);
    }

    [Fact]
    public void Observers_are_live_ordered_others_and_change_one_step_at_a_time()
    {
        Refused(A, new ObserversChanged(Unknown, [A], false), "is no member");
        Refused(A, new ObserversChanged(Joining, [A], false), "is Joining");
        Refused(A, new ObserversChanged(Down, [A], false), "is Down");
        Refused(A, new ObserversChanged(B, [A, B], false), "cannot observe itself");
        Refused(A, new ObserversChanged(B, [A, Down], false), "is no live member");
        Refused(A, new ObserversChanged(B, [A, A], false), "not in order");
        Refused(A, new ObserversChanged(B, [C, A], false), "not in order");
        Refused(A, new ObserversChanged(B, [.. Enumerable.Repeat(A, ViewLimits.ObserversMax + 1)], false), "more than 32");
        var set = _log.View.Members["b"].ObserverSets.Single();
        Refused(A, new ObserversRetired(Unknown, set.Epoch), "is no member");
        Refused(A, new ObserversRetired(Down, _log.View.Members["d"].ObserverSets[0].Epoch), "is down: its observer sets stand");
        Refused(A, new ObserversRetired(B, set.Epoch), "no change of the observers");

        Accepted(A, _log.Term, new ObserversChanged(B, [A, C], false));
        var added = _log.View.Version;
        Refused(A, new ObserversChanged(B, [A], false), "is in progress");
        Refused(A, new ObserversRetired(B, added), "has epoch");
        Refused(A, new ObserversWithdrawn(B, set.Epoch), "has epoch");
        Accepted(A, _log.Term, new ObserversWithdrawn(B, added));
        Assert.Equal(set, Assert.Single(_log.View.Members["b"].ObserverSets));
        Refused(A, new ObserversWithdrawn(B, added), "no change of the observers");
        Refused(A, new ObserversWithdrawn(Unknown, set.Epoch), "is no member");
        Refused(A, new ObserversWithdrawn(Down, _log.View.Members["d"].ObserverSets[0].Epoch), "is down: its observer sets stand");

        Accepted(A, _log.Term, new ObserversChanged(B, [A, C], false));
        added = _log.View.Version;
        Accepted(A, _log.Term, new ObserversRetired(B, set.Epoch));
        Assert.Equal(added, _log.View.Members["b"].ObserverSets.Single().Epoch);
        Refused(A, new ObserversChanged(B, [A, C], false), "has these observers already");
        Accepted(A, _log.Term, new ObserversChanged(B, [A, C], true));
    }

    [Fact]
    public void Unit_types_and_placements_name_what_there_is()
    {
        Refused(Unknown, new UnitTypeHosted(Unknown, "t", 2), "is no live member");
        Refused(Down, new UnitTypeHosted(Down, "t", 2), "is no live member");
        Refused(C, new UnitTypeHosted(C, "", 2), TooLong);
        Refused(C, new UnitTypeHosted(C, Long, 2), TooLong);
        Refused(C, new UnitTypeHosted(C, "new", -1), "-1 shards");
        Refused(C, new UnitTypeHosted(C, "new", ViewLimits.ShardsMax + 1), "16385 shards");
        Refused(C, new UnitTypeHosted(C, "t", 3), "type t has 2 shards");
        Refused(A, new UnitTypeHosted(A, "t", 2), "hosts t already");
        Refused(A, new ShardsPlaced("none", []), "no unit type none");
        var term = _log.View.Types["t"].Shards["0"].Term;
        Refused(A, new ShardsPlaced("t", Placement("9", 0, B)), "shard t/9: unknown");
        Refused(A, new ShardsPlaced("t", Placement("0", term - 1, B)), $"shard t/0: replaces term {term - 1}; the term is {term}");
        Refused(A, new ShardsPlaced("t", Placement("0", term, Down)), "is not up");
        Refused(A, new ShardsPlaced("t", Placement("0", term, Joining)), "is not up");
        Refused(A, new ShardsPlaced("t", Placement("0", term, C)), "does not host the type");

        for (var i = _log.View.Types.Count; i < ViewLimits.TypesMax; i++) Accepted(C, 0, new UnitTypeHosted(C, $"more{i}", 0));
        Refused(C, new UnitTypeHosted(C, "one-too-many", 0), "256 unit types already");
    }

    [Fact]
    public void Flows_name_units_that_there_are_and_terms_that_stand()
    {
        UnitId receiver = new("t", "r"), sender = new("s", "s3");
        Defines("", receiver, [sender], TooLong);
        Defines(Long, receiver, [sender], TooLong);
        Defines("f", receiver, [sender], "is defined already");
        Defines("g", receiver, [sender], TooLong, new string(' ', ViewLimits.SettingsLengthMax + 1));
        Defines("g", new("none", "r"), [sender], "receiver's type none");
        Defines("g", receiver, [], "1 to 16 senders");
        Defines("g", receiver, [.. Enumerable.Range(0, ViewLimits.SendersMax + 1).Select(i => new UnitId("s", $"n{i}"))], "1 to 16 senders");
        Defines("g", receiver, [sender, sender], "named twice");
        Defines("g", receiver, [new("s", "")], "id of a sender");
        Defines("g", receiver, [new("none", "s3")], "sender's type none");
        Defines("g", receiver, [new("t", "s3")], "type t is hashed");
        Defines("g", receiver, [new("s", "s1")], "s/s1 is a sender of another flow");

        var term = _log.View.Flows["f"].Term;
        Refused(A, new FlowSwitched("none", term, 0, [], ""), "no flow none");
        Refused(A, new FlowSwitched("f", term + 1, 1, [], ""), "replaces term");
        Refused(A, new FlowSwitched("f", term, -1, [], ""), "no sender -1");
        Refused(A, new FlowSwitched("f", term, 3, [], ""), "no sender 3");
        Refused(A, new FlowSwitched("f", term, 2, [], ""), "runs nowhere");
        Refused(A, new FlowMuted("none", term, ""), "no flow none");
        Refused(A, new FlowMuted("f", term - 1, ""), "replaces term");
        Refused(A, new FlowUnmuted("none", ""), "no flow none");
        Refused(A, new FlowUnmuted("f", ""), "is not muted");
        Refused(A, new SenderMuted("none", 0, ""), "no flow none");
        Refused(A, new SenderMuted("f", -1, ""), "no sender -1");
        Refused(A, new SenderMuted("f", 3, ""), "no sender 3");
        Refused(A, new SenderUnmuted("none", 0, ""), "no flow none");
        Refused(A, new SenderUnmuted("f", -1, ""), "no sender -1");
        Refused(A, new SenderUnmuted("f", 3, ""), "no sender 3");
        Refused(A, new SenderUnmuted("f", 0, ""), "is not muted");

        Accepted(A, _log.Term, new SenderMuted("f", 1, "why"));
        Refused(A, new SenderMuted("f", 1, ""), "is muted already");
        Accepted(A, 0, new FlowMuted("f", term, "why"));
        Refused(A, new FlowMuted("f", _log.View.Flows["f"].Term, ""), "is muted already");
        Refused(A, new FlowSwitched("f", _log.View.Flows["f"].Term, 0, [], ""), "muted by an operator");

        void Defines(string flow, UnitId to, ImmutableArray<UnitId> from, string why, string settings = "{}") =>
            Refused(A, new FlowDefined(flow, to, from, FailbackPolicy.Sticky, settings), why);
    }

    [Fact]
    [Trait("Requirement", "AR-5")]
    public void What_only_the_orchestrator_decides_is_refused_from_another_node_and_from_an_earlier_term()
    {
        var flow = _log.View.Flows["f"];
        ControlChange[] decisions =
        [
            new NodeUp(Joining), new ObserversChanged(B, [A], true), new ObserversRetired(B, 1), new ShardsPlaced("t", []),
            new FlowSwitched("f", flow.Term, 1, [], ""), new SenderMuted("f", 1, ""), new SenderUnmuted("f", 1, ""), new NodeRemoved(Down),
            new TransfersChanged("t", []),
        ];
        foreach (var decision in decisions)
        {
            Refused(B, decision, "decided by b#", _log.Term);
            Refused(A, decision, "decided by a#", _log.Term - 1);
        }
        Accepted(B, 0, new FlowSwitched("f", flow.Term, 1, [A], "an operator's"), new SenderMuted("f", 0, "an operator's"));
        Accepted(B, 0, new SenderUnmuted("f", 0, "an operator's"));
    }

    [Fact]
    public void Nothing_is_decided_before_there_is_an_orchestrator()
    {
        var log = new TestLog().Accepted(A, 0, new NodeJoined(Facts(A), null, null));
        Assert.Contains("there is no orchestrator yet", Assert.Single(log.Commit(A, 1, new NodeUp(A))), StringComparison.Ordinal);
    }

    private static TestLog WithABitOfEverything()
    {
        var log = WithNodes("a", "b", "c", "d");
        log.Accepted(Joining, 0, new NodeJoined(Facts(Joining), null, null));
        log.Accepted(A, 0, new UnitTypeHosted(A, "t", 2), new UnitTypeHosted(B, "t", 2), new UnitTypeHosted(A, "s", 0), new UnitTypeHosted(B, "s", 0));
        log.Accepted(A, 0, new FlowDefined("f", new("t", "r"), [new("s", "s1"), new("s", "s2"), new("s", "nowhere")], FailbackPolicy.Automatic, "{}"));
        log.Accepted(A, log.Term, new ShardsPlaced("t", [new("0", 0, A, []), new("1", 0, A, [])]));
        log.Accepted(A, log.Term, new ShardsPlaced("s", [new("s1", 0, A, []), new("s2", 0, B, [])]));
        log.Accepted(A, log.Term, new FlowSwitched("f", log.View.Flows["f"].Term, 0, [], "first"));
        return log.Accepted(A, log.Term, new NodeDown(Down, Evidence(LossKind.Quorum, A, B, C)));
    }

    private void Accepted(NodeKey proposer, long term, params ControlChange[] changes) => _log.Accepted(proposer, term, changes);

    /// <param name="term">That of the proposer; without it, that of the orchestrator when it proposes, else none.</param>
    private void Refused(NodeKey proposer, ControlChange change, string why, long? term = null)
    {
        var before = _log.View;
        var refusal = Assert.Single(_log.Commit(proposer, term ?? (proposer == A ? _log.Term : 0), change));
        Assert.Contains(why, refusal, StringComparison.Ordinal);
        Assert.Equal(Text(Comparable(before)), Text(Comparable(_log.View)));

        static ClusterView Comparable(ClusterView view) => view with { Version = 0, Digest = "", Rejections = [] };
    }
}
