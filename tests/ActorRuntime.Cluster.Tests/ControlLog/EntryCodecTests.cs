using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.ControlLog.ControlChange;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.ControlLog;

public sealed class EntryCodecTests
{
    private static readonly NodeKey A = Key("a"), B = Key("b", 0xfedc_ba98_7654_3210);

    private static readonly ControlChange[] OneOfEach =
    [
        new NodeJoined(Facts(A), null, null), new NodeJoined(Facts(B), A, Evidence(LossKind.LockFile, A)), new NodeUp(A), new NodeLeaving(A),
        new NodeDown(A, Evidence(LossKind.Quorum, A, B) with { WitnessSequence = 3, SuspectedAt = DateTimeOffset.UnixEpoch, Detail = "10 of 10 probes lost" }),
        new NodeEnded(A, "why"), new NodeRemoved(A), new ObserversChanged(A, [A, B], true), new ObserversRetired(A, 7), new ObserversWithdrawn(A, 8), new OrchestratorElected(A, 3, true),
        new UnitTypeHosted(A, "räuber & söhne", 12), new ShardsPlaced("t", [new("0", 1, A, [B])]),
        new UnitTypeHosted(A, "r", 12, new Replication(3, 2)), new ShardsPlaced("r", [new("0", 1, A, [B], 6)]),
        new TransfersChanged("t", [new("0", 1, B), new("1", 2, null)]), new ShardsPlaced("t", [new("0", 1, B, [], 0, 7)]),
        new ReplicasChanged("r", [new("0", 5, 6, new ReplicaId("b", 0xfedc_ba98_7654_3210), true, "why")]),
        new ShardsRecovered("r", [new("0", 5, 6, new ReplicaId("b", 7), [A]), new("1", 5, 6, null, [])], "why"),
        new ReplicationChanged("r", new Replication(5, 3), "why"), new LearnersAssigned("r", [new("0", 6, ["b", "c"])]),
        new FlowDefined("f", new("t", "r"), [new("s", "1")], FailbackPolicy.Sticky, "{\"rate\":10}"), new FlowSwitched("f", 4, null, [A], "why"),
        new FlowSwitched("f", 4, 1, [], "why"), new FlowMuted("f", 5, "why"), new FlowUnmuted("f", "why"), new SenderMuted("f", 0, "why"),
        new SenderUnmuted("f", 0, "why"),
        new SignalTimingChanged(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(600), "why"),
        new LogCompacted(8, "abc"), new LogAdopted(8, "why"),
    ];

    [Fact]
    public void Every_kind_of_change_survives_its_text()
    {
        var kinds = typeof(ControlChange).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(ControlChange)));
        Assert.Empty(kinds.Except(OneOfEach.Select(change => change.GetType())));
        var entry = new LogEntry(9, "abc", "p1", B, 4, DateTimeOffset.UnixEpoch, "because", [.. OneOfEach]);
        var text = EntryCodec.Encode(entry);
        Assert.Equal(text, EntryCodec.Encode(EntryCodec.Decode(text)));
        Assert.Contains("\"proposer\":\"b#fedcba9876543210\"", text, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"node-down\"", text, StringComparison.Ordinal);
        Assert.Contains("\"failback\":\"sticky\"", text, StringComparison.Ordinal);
        Assert.Contains("räuber & söhne", text, StringComparison.Ordinal);
        Assert.DoesNotContain("isAuthoritative", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_of_a_newer_version_is_named()
    {
        var text = EntryCodec.Encode(Entry(new NodeUp(A))).Replace("node-up", "node-teleported", StringComparison.Ordinal);
        var refusal = Assert.Throws<EntryUnreadableException>(() => EntryCodec.Decode(text));
        Assert.True(refusal.IsNewer);
        Assert.Contains("node-teleported", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1,2]")]
    [InlineData("{\"changes\":7}")]
    [InlineData("{\"changes\":[{}]}")]
    public void Damaged_text_is_refused(string text) => Assert.Throws<EntryUnreadableException>(() => EntryCodec.Decode(text));

    [Theory]
    [InlineData("\"a#0000000000000001\"", "\"a\"")] // not a node key
    [InlineData("\"why\":\"w\"", "\"why\":null")] // null where a text belongs
    [InlineData("\"why\":\"w\"", "\"why\":\"w\",\"priority\":1")] // a field nobody here knows
    [InlineData("\"why\":\"w\",", "")] // a field is missing
    [InlineData("\"observers\":[]", "\"observers\":null")]
    public void A_field_more_less_or_of_another_form_is_refused(string from, string to)
    {
        var text = EntryCodec.Encode(Entry(new ObserversChanged(A, [], false)));
        Assert.Contains(from, text, StringComparison.Ordinal);
        Assert.Throws<EntryUnreadableException>(() => EntryCodec.Decode(text.Replace(from, to, StringComparison.Ordinal)));
    }

    [Fact]
    public void Cutting_or_flipping_any_byte_never_throws_anything_else()
    {
        var text = EntryCodec.Encode(Entry(OneOfEach));
        for (var i = 0; i < text.Length; i += 3)
        {
            Try(text[..i]);
            Try(text.Remove(i, 1));
            Try(text[..i] + (char)(text[i] ^ 5) + text[(i + 1)..]);
        }

        static void Try(string damaged)
        {
            try
            {
                EntryCodec.Decode(damaged);
            }
            catch (EntryUnreadableException)
            {
            }
        }
    }

    private static LogEntry Entry(params ControlChange[] changes) => new(1, "", "p", A, 0, DateTimeOffset.UnixEpoch, "w", [.. changes]);
}
