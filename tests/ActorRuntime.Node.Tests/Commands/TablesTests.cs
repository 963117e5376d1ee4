using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;
using ActorRuntime.Node.Management;
using Xunit;

namespace ActorRuntime.Node.Tests.Commands;

public sealed class TablesTests
{
    private static readonly NodeKey One = new("node-1", 0xA1);
    private static readonly NodeKey Two = new("node-2", 0xB2);
    private static readonly LossEvidence Lost = new(LossKind.LockFile, [One], null, DateTimeOffset.UnixEpoch, null, "lock obtained");

    private static readonly ImmutableSortedDictionary<string, ShardState> Shards = ImmutableSortedDictionary<string, ShardState>.Empty
        .Add("a", new(5, One, [], "node-1")).Add("b", new(9, One, [Two], "node-2"));

    private static readonly ClusterView View = ClusterView.Empty with
    {
        Version = 9,
        Orchestrator = new(2, One),
        Members = ImmutableSortedDictionary<string, Member>.Empty
            .Add("node-1", new(Facts(One), MemberStatus.Up, 2, 3, [], null))
            .Add("node-2", new(Facts(Two), MemberStatus.Down, 1, 9, [], Lost)),
        Types = ImmutableSortedDictionary<string, UnitType>.Empty.Add("sender", new("sender", 0, Shards, [One])),
        Flows = ImmutableSortedDictionary<string, FlowState>.Empty.Add("f", new(
            "f", new("receiver", "f"),
            [
                new(new("sender", "a"), SenderStatus.Active, 9, "the sender before it is lost"),
                new(new("sender", "b"), SenderStatus.Muted, 9, "x"),
            ],
            9, 0, [], FailbackPolicy.Automatic, false, "{}")),
    };

    [Fact]
    [Trait("Requirement", "AR-8")]
    public void Members_come_in_join_order_with_who_decides_and_why_one_is_lost()
    {
        var rows = Rows(ClusterTables.Members(View));
        Assert.Equal(["node-2", "node-1"], rows.Select(row => Cell(row, 0)));
        Assert.Equal(["down", "up"], rows.Select(row => Cell(row, 1)));
        Assert.Equal(["false", "true"], rows.Select(row => Cell(row, 2)));
        Assert.Equal("lock-file of node-1: lock obtained", Cell(rows[0], 10));
        Assert.Equal("1", Cell(rows[1], 6));
    }

    [Fact]
    [Trait("Requirement", "CL-8")]
    public void Flows_show_who_sends_who_is_muted_since_when_and_why()
    {
        var flow = Assert.Single(Rows(ClusterTables.Flows(View)));
        Assert.Equal(["f", "running", "a", "node-1", "9", "0", "1"], Enumerable.Range(0, 7).Select(i => Cell(flow, i)));
        var senders = Rows(ClusterTables.Flow(View, "f"));
        Assert.Equal(["active", "muted"], senders.Select(row => Cell(row, 3)));
        Assert.Equal("the sender before it is lost", Cell(senders[0], 5));
    }

    [Fact]
    public void Shards_show_leader_term_and_whom_they_wait_for()
    {
        var rows = Rows(ClusterTables.Shards(View, "sender", (_, _) => false));
        Assert.Equal(["sender", "b", "node-1", null, "9", "node-2", "node-2"], Enumerable.Range(0, 7).Select(i => Cell(rows[1], i)));
        Assert.Null(Cell(Rows(ClusterTables.Shards(View, "sender", (node, version) => node == Two && version == 9))[1], 6));
    }

    [Fact]
    public void A_shard_that_is_being_handed_over_shows_where_it_goes()
    {
        var type = View.Types["sender"];
        var asked = type with { Shards = type.Shards.SetItem("b", type.Shards["b"] with { Transfer = new ShardTransfer(Two, 12) }) };
        var rows = Rows(ClusterTables.Shards(View with { Types = View.Types.SetItem("sender", asked) }, "sender", (_, _) => true));
        Assert.Equal((null, "node-2"), (Cell(rows[0], 3), Cell(rows[1], 3)));
    }

    [Fact]
    public void Shards_of_a_replicated_type_show_whose_logs_are_in_sync()
    {
        var set = new ReplicaSet(9, [new ReplicaId("node-1", 1)], [new ReplicaId("node-2", 2)], ["node-3"], 2, IsMinimumInForce: true);
        var type = View.Types["sender"];
        var view = View with
        {
            Types = View.Types.SetItem("sender", type with
            {
                Replication = new Replication(3, 2), Shards = type.Shards.SetItem("b", type.Shards["b"] with { Replicas = set }),
            }),
        };
        var rows = Rows(ClusterTables.Shards(view, "sender", (_, _) => true));
        Assert.Equal(("node-1 (node-2), 2 needed", "node-3"), (Cell(rows[1], 7), Cell(rows[1], 8)));
        Assert.Null(Cell(rows[0], 7));
    }

    [Fact]
    public void What_is_not_there_is_refused_with_a_hint()
    {
        Assert.Equal("no-such-flow", Assert.Throws<CommandRefusedException>(() => ClusterTables.Flow(View, "g")).Code);
        Assert.Equal("no-such-node", Assert.Throws<CommandRefusedException>(() => ClusterTables.FindMember(View, "g")).Code);
        Assert.Equal("known are sender", Assert.Throws<CommandRefusedException>(() => ClusterTables.Shards(View, "g", (_, _) => true)).Hint);
    }

    [Fact]
    public void An_incarnation_is_found_by_name_where_only_one_can_be_meant()
    {
        var earlier = new NodeKey("node-1", 0xC3);
        var view = View with { Lost = View.Lost.Add(Two, new(9, Lost, [])).Add(earlier, new(4, Lost with { Kind = LossKind.Quorum }, [])) };

        Assert.Equal(Two, Find("node-2"));
        Assert.Equal(One, Find("node-1", isClear: true));
        Assert.Equal(earlier, Find("node-1#00000000000000c3"));
        Assert.Equal("no-such-node", Assert.Throws<CommandRefusedException>(() => Find("node-3")).Code);
        var refusal = Assert.Throws<CommandRefusedException>(() => Find("node-1"));
        Assert.Equal(("ambiguous", "node-1 is node-1#00000000000000a1 (up), node-1#00000000000000c3 (lost with version 4)"), (refusal.Code, refusal.Message));

        NodeKey Find(string text, bool isClear = false) => ClusterTables.FindIncarnation(view, text, (_, _) => isClear);
    }

    [Fact]
    public void Why_gives_reason_and_evidence()
    {
        var entry = new TimedEntry(new LogEntry(9, "", "p", One, 2, default, "node-2 lost", [
            new ControlChange.NodeDown(Two, Lost), new ControlChange.FlowSwitched("f", 5, 0, [], "the sender before it is lost"),
            new ControlChange.NodeUp(One), new ControlChange.NodeUp(Two), new ControlChange.NodeEnded(Two, "seen"),
        ]), DateTimeOffset.UnixEpoch.AddMilliseconds(250));
        var lines = ((JsonArray)LogTables.Why([entry], null)["lines"]!).Select(line => line!.GetValue<string>()).ToArray();
        Assert.Equal("9  00:00:00.250  node-1 as orchestrator of term 2: node-2 lost", lines[0]);
        Assert.Equal(
            "      node-2#00000000000000b2 lost by lock-file of node-1: lock obtained; suspected 00:00:00.000", lines[1]);
        Assert.Equal("      f → sender 0: the sender before it is lost", lines[2]);
        Assert.Equal("      node-2#00000000000000b2 has ended: seen", lines[3]);
        Assert.Equal(4, lines.Length);
        Assert.Equal("node-down flow-switched node-up×2 node-ended", Cell(Assert.Single(Rows(LogTables.Entries([entry]))), 4));
    }

    private static NodeFacts Facts(NodeKey key) => new(key, "s", "127.0.0.1", 9101, 9102, "", "", ["r"], "1");

    private static JsonArray[] Rows(JsonObject table) => [.. ((JsonArray)table["rows"]!).Select(row => (JsonArray)row!)];

    private static string? Cell(JsonArray row, int column) => row[column]?.ToString();
}
