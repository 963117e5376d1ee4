using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;
using Xunit;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.ControlLog;

/// <summary>A log that is not what the node remembers: refused, or adopted at an operator's word.</summary>
public sealed class LogAdoptionTests
{
    private const string Path = "/data/a.control-log";

    private readonly LogBench _bench = new();

    [Fact, Trait("Requirement", "CL-8")]
    public void A_member_writes_down_how_far_it_has_read_and_never_more_than_the_store_holds()
    {
        var a = Member("a");
        Assert.Equal(new LogMark(1, 1, a.View.Digest), Assert.Single(_bench.Remembered));

        _bench.Propose(a, "two");
        _bench.Propose(a, "three");
        _bench.Run(a);
        Assert.Single(_bench.Remembered); // Not for each entry ...
        _bench.RunFor(a, TimeSpan.FromSeconds(2));

        Assert.Equal(new LogMark(1, 3, a.View.Digest), _bench.Remembered[^1]); // ... but before long,
        _bench.RunFor(a, TimeSpan.FromSeconds(5));
        Assert.Equal(2, _bench.Remembered.Count); // and nothing while nothing happens.
    }

    [Fact]
    public void Who_is_no_member_writes_nothing_down()
    {
        Member("a");
        var count = _bench.Remembered.Count;

        var b = _bench.Core("b");
        _bench.RunFor(b, TimeSpan.FromSeconds(5));

        Assert.Equal((1, null), (b.View.Version, b.Mark));
        Assert.Equal(count, _bench.Remembered.Count);
    }

    [Theory]
    [InlineData(2, "ends at version 1")]
    [InlineData(1, "another entry 1")]
    [Trait("Requirement", "CL-8")]
    public void A_log_that_lost_what_was_seen_is_refused_at_the_start_and_not_written_to(long seen, string reason)
    {
        Member("a");
        var mark = new LogMark(1, seen, new string('f', 64));

        var again = _bench.Core("a", memory: new LogMemory(1, mark, Path));
        _bench.Propose(again, "mine");
        _bench.RunFor(again, TimeSpan.FromSeconds(20));

        var stopped = Assert.Single(_bench.Stopped);
        Assert.Contains(reason, stopped, StringComparison.Ordinal);
        Assert.Contains(Path, stopped, StringComparison.Ordinal);
        Assert.Contains("--adopt-log", stopped, StringComparison.Ordinal);
        Assert.Equal(ProposalResult.NotApplied, _bench.Replies[^1].Result);
        Assert.Equal((1, 0), (_bench.Log.Head, again.View.Version));
        Assert.Equal(new MonotonicTime(long.MaxValue), again.Deadline);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void Another_store_is_refused_at_the_start()
    {
        var a = Member("a");

        var again = _bench.Core("a", memory: new LogMemory(1, new LogMark(2, 1, a.View.Digest), Path));
        _bench.Run(again);

        Assert.Contains("is another one (store 0000000000000001", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_that_was_seen_is_taken_with_or_without_an_operators_word()
    {
        Member("a");
        foreach (var adopts in new[] { false, true })
        {
            var again = _bench.Core("a", memory: new LogMemory(1, _bench.Marks["a"], Path, adopts));
            _bench.Propose(again, "mine");
            _bench.Run(again);
            Assert.Equal(ProposalResult.Committed, _bench.Replies[^1].Result);
        }
        Assert.Equal(3, _bench.Log.Head);
        Assert.Empty(_bench.Notices);
    }

    [Theory]
    [InlineData(100, 0, 100)]
    [InlineData(100, 5000, 5000)]
    [Trait("Requirement", "CL-8")]
    public void An_adopted_log_goes_on_above_every_version_and_term_that_was_seen(long seen, long term, long above)
    {
        Member("a");
        var memory = new LogMemory(1, new LogMark(1, seen, new string('f', 64)), Path, Adopts: true, TermMax: term);

        var again = _bench.Core("a", memory: memory);
        _bench.Run(again);
        Assert.Equal(1, _bench.Log.Head); // Nothing is written before the node has something to say: it holds its lock by then.
        _bench.Propose(again, "mine");
        _bench.RunFor(again, TimeSpan.FromSeconds(2));

        Assert.Equal(above + LogCore.JumpMargin + 1, _bench.Log.Head);
        Assert.Equal([1, above + LogCore.JumpMargin, above + LogCore.JumpMargin + 1], again.Tail.Select(row => row.Version));
        Assert.Contains("--adopt-log", _bench.Notices[0], StringComparison.Ordinal);
        Assert.Equal(ProposalResult.Committed, _bench.Replies[^1].Result);
        Assert.Equal(new LogMark(1, _bench.Log.Head, again.View.Digest), _bench.Marks["a"]);
    }

    [Theory]
    [InlineData(AppendFault.Applied)]
    [InlineData(AppendFault.Lost)]
    [InlineData(AppendFault.AppliedLate)]
    public void A_jump_of_unknown_outcome_is_made_once(AppendFault fault)
    {
        Member("a");
        var again = _bench.Core("a", memory: new LogMemory(1, new LogMark(1, 100, new string('f', 64)), Path, Adopts: true));
        _bench.Run(again);
        _bench.Store.FailNextAppend(fault);
        _bench.Propose(again, "mine");
        _bench.RunFor(again, TimeSpan.FromSeconds(1));
        while (_bench.Log.DeliverLate() is not null) { }
        _bench.RunFor(again, TimeSpan.FromSeconds(1));

        Assert.Equal([1, 100 + LogCore.JumpMargin, 101 + LogCore.JumpMargin], again.Tail.Select(row => row.Version));
        Assert.Empty(_bench.Stopped);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void The_others_follow_an_adoption_that_jumps_over_what_they_saw_and_refuse_one_that_does_not()
    {
        Member("a");
        var again = _bench.Core("a", memory: new LogMemory(1, new LogMark(1, 100, new string('f', 64)), Path, Adopts: true));
        _bench.Propose(again, "mine");
        _bench.Run(again);

        var b = _bench.Core("b", memory: new LogMemory(1, new LogMark(1, 120, new string('e', 64)), "/data/b.control-log"));
        _bench.Run(b);
        Assert.Equal(again.View.Digest, b.View.Digest);
        Assert.Empty(_bench.Stopped);

        var c = _bench.Core("c", memory: new LogMemory(1, new LogMark(1, 3 * LogCore.JumpMargin, new string('e', 64)), "/data/c.control-log"));
        _bench.Run(c);
        Assert.Contains("--adopt-log", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void A_running_node_stops_deciding_on_a_younger_log_and_resumes_when_the_newer_one_is_back()
    {
        var a = Member("a");
        var backup = _bench.Log.Copy();
        _bench.Propose(a, "two");
        _bench.RunFor(a, TimeSpan.FromSeconds(2));
        var newer = _bench.Log;

        _bench.Restore(backup);
        _bench.RunFor(a, TimeSpan.FromSeconds(1));
        Assert.Contains("older copy", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
        Assert.False(Assert.Single(_bench.Forked));
        _bench.Propose(a, "refused");
        Assert.Equal(ProposalResult.NotApplied, _bench.Replies[^1].Result);
        _bench.RunFor(a, TimeSpan.FromSeconds(5));
        Assert.Single(_bench.Stopped);

        _bench.Restore(newer);
        _bench.RunFor(a, TimeSpan.FromSeconds(1));
        Assert.Equal((1, null), (_bench.Resumed, a.StopReason));
        _bench.Propose(a, "three");
        _bench.Run(a);
        Assert.Equal(ProposalResult.Committed, _bench.Replies[^1].Result);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Requirement", "CL-8")]
    public void A_running_node_that_others_go_on_without_must_not_serve(bool isAdopted)
    {
        var a = Member("a");
        var backup = _bench.Log.Copy();
        _bench.Propose(a, "two");
        _bench.Run(a);
        _bench.Restore(backup);
        _bench.RunFor(a, TimeSpan.FromSeconds(1));
        var b = _bench.Core("b", memory: isAdopted ? new LogMemory(1, new LogMark(1, 2, a.View.Digest), Path, Adopts: true) : null);
        foreach (var why in new[] { "other two", "other three" }) _bench.Propose(b, why);
        _bench.Run(b);

        _bench.RunFor(a, TimeSpan.FromSeconds(1));

        Assert.Equal([false, true], _bench.Forked);
        Assert.Equal(2, a.View.Version);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public void A_forked_node_cannot_append_to_the_other_history()
    {
        var a = Member("a");
        var backup = _bench.Log.Copy();
        _bench.Propose(a, "two");
        _bench.Run(a);
        _bench.Restore(backup);
        var b = _bench.Core("b");
        _bench.Propose(b, "other two");
        _bench.Run(b);

        _bench.Propose(a, "three"); // Before it has looked: its head and the store's have the same version.
        _bench.Run(a);

        Assert.Equal(["test", "other two"], _bench.Whys());
        Assert.True(Assert.Single(_bench.Forked));
        Assert.NotEqual(ProposalResult.Committed, _bench.Replies[^1].Result);
    }

    [Theory]
    [InlineData(5, "a", 9, false, LogStanding.Same)]
    [InlineData(5, "b", 9, false, LogStanding.Forked)]
    [InlineData(5, null, 4, false, LogStanding.Younger)]
    [InlineData(5, null, 9, true, LogStanding.Skipped)]
    [InlineData(5, null, 9, false, LogStanding.Forgotten)]
    [InlineData(0, null, 9, false, LogStanding.Same)]
    internal void Every_log_has_a_standing(long known, string? found, long head, bool isSkipped, LogStanding expected) =>
        Assert.Equal(expected, LogJudge.Judge(known, "a", new ControlLogBase(head, null, found, isSkipped)));

    [Fact]
    public void A_mark_survives_its_text_and_a_damaged_one_is_refused()
    {
        var mark = new LogMark(0xfedc_ba98_7654_3210, 1_000_001, EntryCodec.Digest("x"));
        var text = mark.ToString();
        Assert.Equal(mark, LogMark.Parse(text));
        for (var length = 0; length < text.Length; length++) Assert.Throws<FormatException>(() => LogMark.Parse(text[..length]));
        Assert.Throws<FormatException>(() => LogMark.Parse(text.Replace("mark 1", "mark 2", StringComparison.Ordinal)));
        Assert.Throws<FormatException>(() => LogMark.Parse(text.Replace("version 1", "version -1", StringComparison.Ordinal)));
    }

    private LogCore Member(string name)
    {
        var core = _bench.Core(name);
        _bench.Run(core);
        _bench.Commit(core, new ControlChange.NodeJoined(Facts(Key(name)), null, null));
        return core;
    }
}
