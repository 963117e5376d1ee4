using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using Xunit;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.ControlLog;

/// <summary>The log in front of and behind a checkpoint.</summary>
public sealed class LogCompactionTests
{
    private static readonly LogOptions Small = new() { CompactAfter = 64, CompactKeep = 16, TailRows = 32, ReadRows = 32 };

    private readonly LogBench _bench = new();

    [Fact, Trait("Requirement", "CL-8")]
    public void The_orchestrator_compacts_and_the_versions_go_on()
    {
        var a = Filled(200);

        Assert.InRange(_bench.Log.RowCount, 1, Small.CompactAfter + Small.CompactKeep + 2);
        Assert.Equal(a.View.Version, _bench.Log.Head);
        Assert.True(a.View.Version > 200);
        Assert.Empty(_bench.Stopped);
    }

    [Fact]
    public void Who_is_not_the_orchestrator_does_not_compact()
    {
        var a = _bench.Core("a", Small);
        _bench.Run(a);
        Fill(a, 100);

        Assert.Equal(100, _bench.Log.RowCount);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void A_new_node_begins_at_the_checkpoint_with_the_same_view_and_the_past_to_look_at()
    {
        var a = Filled(100);

        var b = _bench.Core("b", Small);
        _bench.Run(b);

        Assert.Equal(Text(a.View), Text(b.View));
        Assert.True(b.HasCaughtUp);
        Assert.Equal(a.Tail.TakeLast(16).Select(row => row.Version), b.Tail.TakeLast(16).Select(row => row.Version));
        _bench.Propose(b, "mine");
        _bench.Run(b);
        Assert.Equal(ProposalResult.Committed, _bench.Replies[^1].Result);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void A_node_left_behind_the_checkpoint_takes_it_and_goes_on()
    {
        var b = _bench.Core("b", Small);
        _bench.Run(b);
        var a = Filled(10);
        _bench.Run(b);
        var seen = b.View.Version;
        Fill(a, 300);

        _bench.RunFor(b, TimeSpan.FromSeconds(1));

        Assert.True(seen < b.View.Version - 200);
        Assert.Equal(Text(a.View), Text(b.View));
        Assert.Empty(_bench.Stopped);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void A_node_left_behind_on_another_history_sees_the_fork_across_the_checkpoint()
    {
        var a = Filled(10);
        var backup = _bench.Log.Copy();
        var b = _bench.Core("b", Small);
        Fill(a, 5);
        _bench.Run(b);
        _bench.Restore(backup); // A failover loses entries that b has applied ...
        var c = _bench.Core("c", Small);
        _bench.Run(c);
        Elect(c, a.View.Orchestrator!.Term);
        Fill(c, 300); // ... and the others go on, until nothing of that time is left but digests.

        _bench.RunFor(b, TimeSpan.FromSeconds(1));

        Assert.Contains("another entry", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
        Assert.True(Assert.Single(_bench.Forked));
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void A_stale_node_cannot_compact_away_what_it_has_not_seen()
    {
        var a = Filled(60);
        var b = _bench.Core("b", Small);
        _bench.Run(b);
        for (var i = 0; i < 20; i++) _bench.Commit(b, new ControlChange.UnitTypeHosted(Key("a"), $"unseen {i}", 1));
        Assert.Equal(60, a.View.Version); // a knows nothing of it yet ...
        Fill(a, 4); // ... and its next entry makes a compaction due.

        var c = _bench.Core("c", Small);
        _bench.Run(c);

        Assert.True(_bench.Log.RowCount < 30, "it was not compacted");
        Assert.Equal(21, c.View.Types.Count);
        Assert.Equal(Text(a.View), Text(c.View));
    }

    [Theory]
    [InlineData(AppendFault.Applied)]
    [InlineData(AppendFault.Lost)]
    [InlineData(AppendFault.AppliedLate)]
    public void A_compaction_of_unknown_outcome_is_settled_like_any_entry(AppendFault fault)
    {
        var a = Filled(63);
        _bench.Propose(a, "last");
        while (_bench.Log.Head < 64) Assert.True(_bench.Step(a));
        _bench.Store.FailNextAppend(fault);
        _bench.RunFor(a, TimeSpan.FromSeconds(1));
        while (_bench.Log.DeliverLate() is not null) { }
        _bench.RunFor(a, TimeSpan.FromSeconds(1));

        var b = _bench.Core("b", Small);
        _bench.Run(b);

        Assert.Equal((65, 17), (_bench.Log.Head, _bench.Log.RowCount));
        Assert.Equal(Text(a.View), Text(b.View));
        Assert.Empty(_bench.Stopped);
    }

    [Fact]
    public void A_checkpoint_that_was_tampered_with_is_not_believed()
    {
        Filled(100);
        _bench.Log.DamageCheckpoint(text => text.Replace("\"status\":\"joining\"", "\"status\":\"up\"", StringComparison.Ordinal));

        var b = _bench.Core("b", Small);
        _bench.Run(b);

        Assert.Contains("do not vouch for it", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
        Assert.Equal(0, b.View.Version);
    }

    [Fact]
    public void A_checkpoint_that_is_damaged_is_refused_in_words()
    {
        Filled(100);
        _bench.Log.DamageCheckpoint(text => text[..^7]);

        var b = _bench.Core("b", Small);
        _bench.Run(b);

        Assert.Contains("checkpoint of version", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
        Assert.Equal(0, b.View.Version);
    }

    [Fact]
    public void Compaction_between_two_reads_of_a_starting_node_is_no_damage()
    {
        var a = Filled(60);
        var b = _bench.Core("b", Small);
        Assert.True(_bench.Step(b)); // There is no checkpoint yet ...
        Fill(a, 200); // ... and now the rows are gone.

        _bench.RunFor(b, TimeSpan.FromSeconds(1));

        Assert.Empty(_bench.Stopped);
        Assert.Equal(Text(a.View), Text(b.View));
    }

    [Fact]
    public void Views_survive_their_text_in_every_order_of_names()
    {
        var log = WithNodes("a", "B", "z", "Z");
        log.Commit(Key("a"), log.Term, new ControlChange.UnitTypeHosted(Key("a"), "räuber", 3), new ControlChange.UnitTypeHosted(Key("a"), "Units", 0));
        log.Commit(Key("a"), log.Term, new ControlChange.FlowDefined("f", new("räuber", "r"), [new("Units", "1"), new("Units", "2")], FailbackPolicy.Manual, "{}"));
        log.Commit(Key("B"), 0, new ControlChange.NodeDown(Key("B"), Evidence(LossKind.Itself)), new ControlChange.NodeUp(Key("x")));

        var text = CheckpointCodec.Encode(log.View);
        var read = CheckpointCodec.Decode(text);

        Assert.Equal(text, CheckpointCodec.Encode(read));
        Assert.Equal(log.View.Members.Keys, read.Members.Keys);
        Assert.Same(StringComparer.Ordinal, read.Members.KeyComparer);
        Assert.NotEmpty(read.Rejections);
        Assert.NotEmpty(read.Lost);
        Assert.Throws<EntryUnreadableException>(() => CheckpointCodec.Decode(text.Replace("\"rejections\"", "\"prophecies\"", StringComparison.Ordinal)));
    }

    /// <summary>Node a, orchestrator, after so many entries.</summary>
    private LogCore Filled(int entries)
    {
        var a = _bench.Core("a", Small);
        _bench.Run(a);
        Elect(a, 0);
        Fill(a, entries - 3);
        return a;
    }

    private void Elect(LogCore core, long previous)
    {
        var key = Key(core == _bench.Cores[0] ? "a" : "c");
        _bench.Commit(core, new ControlChange.NodeJoined(Facts(key), null, null));
        _bench.Commit(core, new ControlChange.OrchestratorElected(key, previous, PreviousSteppedDown: true));
        _bench.Commit(core, new ControlChange.UnitTypeHosted(key, "t", 3));
    }

    private void Fill(LogCore core, int entries)
    {
        for (var i = 0; i < entries; i++) _bench.Propose(core, $"{core.View.Version} {i}");
        for (var i = 0; i < 50 + (6 * entries) && _bench.Step(core); i++) { }
        _bench.Run(core);
    }
}
