using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;
using Xunit;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.ControlLog;

/// <summary>What the core asks its store and when, call by call: the answers are given by hand.</summary>
public sealed class LogStepsTests
{
    private static readonly LogOptions Options = new() { ProposalsMax = 2 };

    private readonly LogCore _core = new(Key("a"), Options, () => DateTimeOffset.UnixEpoch, new LogMemory(1));
    private readonly List<LogEffect> _effects = [];
    private MonotonicTime _now = new(0);
    private int _decided;

    [Fact, Trait("Requirement", "AR-5")]
    public void A_row_of_unknown_outcome_is_given_again_as_it_is_until_something_occupies_its_version()
    {
        CatchUp();
        var row = Propose("one");
        _core.OnAppended(AppendOutcome.Unknown, _now, _effects);
        Read(1);
        Assert.Empty(_effects); // Nothing there yet is no failure (SAFETY 1A-2).
        Assert.Equal(_now + Options.RetryInterval, _core.Deadline);
        Assert.Same(row, Retried());
        _core.OnUnreachable("away", _now, _effects);
        Pass(Options.RetryInterval);
        Read(1);
        Assert.Same(row, Retried());
        _core.OnAppended(AppendOutcome.Conflict, _now, _effects);
        Read(1);
        var noOp = Retried(); // Its place is taken: the row could land at any time.
        Assert.Equal((0L, 1L), (noOp.Seen, noOp.Version));
        Assert.NotEqual(row.ProposalId, noOp.ProposalId);
        _core.OnAppended(AppendOutcome.Conflict, _now, _effects);
        Assert.Equal(1, _decided);

        Read(1, RowOf(row)); // It did land.

        Assert.Equal([(ProposalResult.Committed, 1L, "one")], Replies());
        Assert.Equal(row.ProposalId, Assert.Single(Took<LogEffect.Push>()).Row.ProposalId);
        Assert.Equal(1, _decided);

        ControlLogAppend Retried()
        {
            Assert.Empty(Took<LogEffect>());
            Pass(Options.RetryInterval);
            return Assert.Single(Took<LogEffect.Append>()).Row;
        }
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_row_whose_version_another_one_occupies_is_decided_anew()
    {
        CatchUp();
        Propose("one");
        _core.OnAppended(AppendOutcome.Unknown, _now, _effects);

        Read(1, Foreign());

        Assert.Equal((1, 2), (_core.View.Version, _decided));
        var anew = Assert.Single(Took<LogEffect.Append>()).Row;
        Assert.Equal(1, anew.Seen);
        Took<LogEffect>();
        _core.OnAppended(AppendOutcome.Applied, _now, _effects);
        Assert.Equal(2, Assert.Single(Took<LogEffect.ViewMoved>()).New.Version);
        Assert.Equal([(ProposalResult.Committed, 2L, "one")], Replies());
    }

    [Fact]
    public void A_row_that_never_reached_the_store_is_decided_anew_on_what_is_there_by_then()
    {
        CatchUp();
        var row = Propose("one");
        _core.OnUnreachable("away", _now, _effects);
        Assert.Empty(Took<LogEffect>());
        Pass(Options.RetryInterval);
        Read(1);

        var anew = Assert.Single(Took<LogEffect.Append>()).Row;
        Assert.Equal((2, false), (_decided, row.ProposalId == anew.ProposalId));
    }

    [Fact]
    public void A_conflict_without_a_newer_entry_waits_before_it_is_tried_again()
    {
        CatchUp();
        Propose("one");
        _core.OnAppended(AppendOutcome.Conflict, _now, _effects);
        Read(1); // A witness moved.
        Assert.Empty(_effects);
        Pass(Options.RetryInterval);
        Assert.Single(Took<LogEffect.Append>());
        _core.OnAppended(AppendOutcome.Conflict, _now, _effects);
        Read(1, Foreign());
        Assert.Single(Took<LogEffect.Append>()); // On the newer view at once.
        Assert.Equal(3, _decided);
    }

    [Fact]
    public void Whoever_was_told_that_an_outcome_is_unknown_is_told_nothing_more()
    {
        CatchUp();
        var row = Propose("one");
        _core.OnAppended(AppendOutcome.Unknown, _now, _effects);
        Read(1);
        Pass(Options.ProposeTimeout);
        Assert.Equal([(ProposalResult.Unknown, 0L, "the outcome at version 1 is not known yet")], Replies());
        Pass(Options.ProposeTimeout);
        Assert.Empty(Replies());
        _core.OnUnreachable("away", _now, _effects);
        Pass(Options.RetryInterval);
        Read(1, RowOf(row));

        Assert.Empty(Replies());
        Assert.Single(Took<LogEffect.Push>()); // The others are told: it is there.
        Assert.Equal(1, _decided);
    }

    [Fact]
    public void More_proposals_than_may_wait_are_refused_and_who_waits_too_long_is_told()
    {
        CatchUp();
        Propose("under way");
        for (var i = 0; i < Options.ProposalsMax; i++) Add("waits");
        Assert.Empty(_effects);
        Add("too many");
        Assert.Equal([(ProposalResult.NotApplied, 0L, "2 proposals wait already (control-log.proposals-max)")], Replies());

        Pass(Options.ProposeTimeout);

        Assert.Equal([ProposalResult.NotApplied, ProposalResult.NotApplied, ProposalResult.Unknown], Replies().Select(reply => reply.Result));
    }

    [Fact]
    public void The_head_is_looked_at_now_and_then_and_rows_are_read_when_it_is_newer()
    {
        CatchUp();
        Assert.Equal(_now + Options.PollInterval, _core.Deadline);
        Head(0);
        Assert.Empty(_effects);
        Head(1);
        Read(1, Foreign());
        Assert.Equal((0, 1), (Assert.Single(Took<LogEffect.ViewMoved>()).Old.Version, _core.View.Version));
        Head(1);
        Assert.Empty(_effects);
        Head(0);
        Assert.Equal(new LogEffect.ReadBase(1), Assert.Single(Took<LogEffect>())); // Younger than what was applied: where does this node stand?

        void Head(long head)
        {
            Pass(Options.PollInterval - TimeSpan.FromTicks(1));
            Assert.Empty(_effects);
            Pass(TimeSpan.FromTicks(1));
            Assert.IsType<LogEffect.ReadHead>(Assert.Single(Took<LogEffect>()));
            _core.OnHead(head, _now, _effects);
        }
    }

    [Fact]
    public void A_store_without_an_answer_is_told_after_its_timeout_and_again_when_it_answers()
    {
        CatchUp();
        Propose("one");
        Assert.Equal(_now + Options.StoreTimeout, _core.Deadline);
        Pass(Options.StoreTimeout - TimeSpan.FromTicks(1));
        Assert.Empty(_effects);
        Pass(TimeSpan.FromTicks(1));
        Assert.False(Assert.Single(Took<LogEffect.StoreReachable>()).IsReachable);
        Assert.Equal(_now + (Options.ProposeTimeout - Options.StoreTimeout), _core.Deadline); // Then the proposal gives up.
        _core.OnAppended(AppendOutcome.Applied, _now, _effects);
        Assert.True(Assert.Single(Took<LogEffect.StoreReachable>()).IsReachable);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void After_the_store_was_away_the_newest_row_is_compared_before_anything_new_is_believed()
    {
        foreach (var rows in new[] { "same", "other", "none" })
        {
            var core = new LogCore(Key("a"), Options, () => DateTimeOffset.UnixEpoch, new LogMemory(1));
            Begin(core);
            var first = Foreign(core);
            core.OnRows([first], _now, _effects);
            _now += Options.PollInterval;
            core.OnTime(_now, _effects);
            core.OnUnreachable("away", _now, _effects);
            _now += Options.RetryInterval;
            Took<LogEffect>();
            core.OnTime(_now, _effects);
            Assert.Equal(new LogEffect.Read(1), Assert.Single(Took<LogEffect>()));

            core.OnRows(rows switch { "same" => [first, Foreign(core)], "other" => [Foreign(ClusterView.Empty, "y"), Foreign(core)], _ => [] }, _now, _effects);

            Assert.Equal(rows == "same" ? 2 : 1, core.View.Version);
            Assert.Equal(rows == "other", _effects.OfType<LogEffect.Stopped>().Any(stopped => stopped.IsForked));
            Assert.Equal(rows == "none", _effects.OfType<LogEffect.ReadBase>().Any());
            _effects.Clear();
        }
    }

    [Fact]
    public void What_peers_push_is_taken_in_order_once_the_log_was_read_and_while_nothing_is_being_read()
    {
        var row = Foreign();
        _core.Start(_now, _effects);
        Push(row);
        Assert.Equal(0, _core.View.Version); // Not caught up.
        CatchUp(started: true);
        Push(row, row);
        Assert.Equal(1, Assert.Single(Took<LogEffect.ViewMoved>()).New.Version);
        Assert.Empty(_effects); // Nothing to ask for.
        var (second, third) = (Foreign(), Foreign(_core.View with { Version = 2, Digest = EntryCodec.Digest(Foreign().Text) }, "x"));
        Push(third);
        Assert.Equal((new LogEffect.Read(1), 1), (Assert.Single(Took<LogEffect>()), _core.View.Version)); // A gap: the store is asked, and compared.
        Push(second);
        Assert.Equal((0, 1), (_effects.Count, _core.View.Version)); // One source at a time.
        _core.OnRows([row], _now, _effects);
        Assert.Equal(new LogEffect.Read(2), Assert.Single(Took<LogEffect>())); // What was pushed meanwhile is read.
        _core.OnRows([second, third], _now, _effects);
        Assert.Equal(3, _core.View.Version);
    }

    [Fact]
    public void A_newer_version_told_by_a_peer_is_read_at_once()
    {
        CatchUp();
        _core.OnNewerVersion(0, _now, _effects);
        Assert.Empty(_effects);
        _core.OnNewerVersion(1, _now, _effects);
        Read(1, Foreign());
        Assert.Equal(1, _core.View.Version);
        _core.OnRefused("for good", _effects);
        Took<LogEffect>();
        _core.OnNewerVersion(2, _now, _effects);
        Assert.Empty(_effects);
        Assert.Equal(long.MaxValue, _core.Deadline.Ticks);
    }

    [Fact]
    public void Whoever_waits_when_the_store_refuses_for_good_is_told()
    {
        CatchUp();
        Propose("under way");
        Add("waits");
        _core.OnRefused("for good", _effects);

        Assert.Equal([(ProposalResult.NotApplied, 0L, "for good"), (ProposalResult.Unknown, 0L, "for good")], Replies());
        Add("late");
        Assert.Equal([(ProposalResult.NotApplied, 0L, "for good")], Replies());
    }

    [Fact]
    public void A_row_that_a_peer_pushes_before_the_store_has_answered_is_committed_once()
    {
        CatchUp();
        var row = Propose("one");
        Push(RowOf(row));
        Assert.Empty(Replies());
        _core.OnAppended(AppendOutcome.Applied, _now, _effects);

        Assert.Equal([(ProposalResult.Committed, 1L, "one")], Replies());
        Assert.Equal(new LogEffect.Read(1), Assert.Single(_effects.OfType<LogEffect.Read>())); // And compared.
        Assert.Equal(1, _core.View.Version);
    }

    [Fact]
    public void A_row_of_unknown_outcome_that_a_peer_pushes_is_committed()
    {
        CatchUp();
        var row = Propose("one");
        _core.OnAppended(AppendOutcome.Unknown, _now, _effects);
        Read(1);
        Push(RowOf(row));

        Assert.Equal([(ProposalResult.Committed, 1L, "one")], Replies());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_row_of_another_history_is_not_believed_from_a_peer_and_ends_service_when_the_store_has_it()
    {
        CatchUp();
        Push(Foreign());
        Took<LogEffect>();
        var other = Foreign(_core.View with { Digest = "another" }, "y");
        Push(other);
        Assert.Equal((1, null), (_core.View.Version, _core.StopReason));
        Read(1, Foreign(ClusterView.Empty, "x"), other);

        Assert.Equal(1, _core.View.Version);
        Assert.True(Assert.Single(Took<LogEffect.Stopped>()).IsForked);
    }

    [Fact]
    public void Pages_are_read_to_the_end_and_an_answer_nobody_asked_for_is_a_fault()
    {
        Begin(_core);
        var log = new TestLog();
        var rows = new List<ControlLogRow>();
        for (var i = 0; i < Options.ReadRows + 1; i++)
        {
            rows.Add(Foreign(log.View, "x"));
            log.Commit(Key("x"), 0);
            rows[^1] = new ControlLogRow(i + 1, $"p{i + 1}", log.Texts[^1], DateTimeOffset.UnixEpoch);
        }
        _core.OnRows(rows[..Options.ReadRows], _now, _effects);
        Assert.False(_core.HasCaughtUp);
        Assert.Equal(new LogEffect.Read(Options.ReadRows + 1), Took<LogEffect>()[^1]);
        _core.OnRows(rows[Options.ReadRows..], _now, _effects);
        Assert.True(_core.HasCaughtUp);
        Assert.Equal(Options.TailRows, _core.Tail.Count);
        Assert.Equal(2, _core.Tail.First().Version);
        Assert.Throws<InvariantException>(() => _core.OnRows([], _now, _effects));
    }

    private void Begin(LogCore core)
    {
        core.Start(_now, _effects);
        Assert.Equal(new LogEffect.ReadBase(0), Took<LogEffect>()[^1]);
        core.OnBase(new ControlLogBase(0, null, null, false), _now, _effects);
        Assert.Equal(new LogEffect.Read(1), Assert.Single(Took<LogEffect>()));
    }

    private void CatchUp(bool started = false)
    {
        if (started) _core.OnBase(new ControlLogBase(0, null, null, false), _now, _effects);
        else Begin(_core);
        Took<LogEffect>();
        _core.OnRows([], _now, _effects);
        Assert.Empty(_effects);
        Assert.True(_core.HasCaughtUp);
    }

    private void Add(string why) => _core.Propose(view =>
    {
        _decided++;
        return new Decision(view.Version, 0, [], why);
    }, _now, _effects);

    private ControlLogAppend Propose(string why)
    {
        Add(why);
        return Assert.Single(Took<LogEffect.Append>()).Row;
    }

    /// <summary>Answers the read that must be under way.</summary>
    private void Read(long from, params ControlLogRow[] rows)
    {
        Assert.Equal(new LogEffect.Read(from), Assert.Single(Took<LogEffect>().OfType<LogEffect.Read>()));
        _core.OnRows(rows, _now, _effects);
    }

    private void Push(params ControlLogRow[] rows) => _core.OnPushed(rows, _now, _effects);

    private void Pass(TimeSpan time)
    {
        _now += time;
        _core.OnTime(_now, _effects);
    }

    private ControlLogRow Foreign(LogCore? core = null) => Foreign((core ?? _core).View, "x");

    private static ControlLogRow Foreign(ClusterView view, string why)
    {
        var entry = new LogEntry(view.Version + 1, view.Digest, $"{why}{view.Version}", Key("x"), 0, default, why, []);
        return new ControlLogRow(entry.Version, entry.ProposalId, EntryCodec.Encode(entry), DateTimeOffset.UnixEpoch);
    }

    private static ControlLogRow RowOf(ControlLogAppend row) => new(row.Version, row.ProposalId, row.Text, DateTimeOffset.UnixEpoch);

    private (ProposalResult Result, long Version, string Detail)[] Replies()
    {
        var replies = _effects.OfType<LogEffect.Reply>().Select(reply => (reply.Outcome.Result, reply.Outcome.Version, reply.Outcome.Detail)).ToArray();
        _effects.RemoveAll(static effect => effect is LogEffect.Reply);
        return replies;
    }

    private T[] Took<T>()
        where T : LogEffect
    {
        T[] taken = [.. _effects.OfType<T>()];
        _effects.RemoveAll(static effect => effect is T);
        return taken;
    }
}
