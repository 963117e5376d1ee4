using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.ControlLog;

public sealed class LogCoreTests
{
    private readonly LogBench _bench = new();

    [Fact]
    public void A_proposal_is_committed_and_pushed()
    {
        var core = _bench.Core("a");
        _bench.Run(core);
        _bench.Propose(core, "one");
        _bench.Run(core);
        var outcome = Assert.Single(_bench.Replies);
        Assert.Equal((ProposalResult.Committed, 1L, "one"), (outcome.Result, outcome.Version, outcome.Detail));
        Assert.Equal(1, Assert.Single(_bench.Pushed).Version);
    }

    [Fact]
    public void After_a_conflict_it_is_decided_anew_on_the_newer_view()
    {
        var (a, b) = (_bench.Core("a"), _bench.Core("b"));
        _bench.Run(a);
        _bench.Run(b);
        _bench.Propose(a, "first");
        _bench.Run(a);
        var seen = new List<long>();
        b.Propose(
            view =>
            {
                seen.Add(view.Version);
                return view.Version == 0 ? LogBench.Change(view, "stale") : null;
            },
            _bench.Now, _bench.Effects(b));
        _bench.Run(b);
        Assert.Equal([0L, 1L], seen.Distinct());
        Assert.Equal(ProposalResult.NotNeeded, _bench.Replies[^1].Result);
        Assert.Equal(1, _bench.Log.Head);
    }

    [Theory]
    [InlineData(LossKind.LockFile)]
    [InlineData(LossKind.Operator)]
    public async Task Every_end_of_an_incarnation_fences_its_witness_row_so_that_its_successor_renews(LossKind kind)
    {
        var (old, core) = (new NodeKey("n1", 1), _bench.Core("a"));
        await _bench.Store.RenewWitnessAsync(old.Name, old.Incarnation, default);
        Assert.False(await _bench.Store.RenewWitnessAsync(old.Name, 2, default));

        _bench.Run(core);
        var loss = new LossEvidence(kind, [], null, null, null, "");
        core.Propose(view => view.Version > 0 ? null : new Decision(view.Version, 0, [new ControlChange.NodeDown(old, loss)], "lost"), _bench.Now,
            _bench.Effects(core));
        _bench.Run(core);

        Assert.False(await _bench.Store.RenewWitnessAsync(old.Name, old.Incarnation, default));
        Assert.True(await _bench.Store.RenewWitnessAsync(old.Name, 2, default));
    }

    [Theory]
    [InlineData(AppendFault.Applied)]
    [InlineData(AppendFault.Lost)]
    [InlineData(AppendFault.AppliedLate)]
    public void An_unknown_outcome_is_settled_by_what_occupies_the_version(AppendFault fault)
    {
        var core = _bench.Core("a");
        _bench.Run(core);
        _bench.Store.FailNextAppend(fault);
        _bench.Propose(core, "one");
        _bench.Run(core);
        Assert.Equal(ProposalResult.Committed, Assert.Single(_bench.Replies).Result);
        _bench.Log.DeliverLate();
        _bench.Propose(core, "two");
        _bench.Run(core);
        Assert.Equal(["one", "two"], _bench.Whys());
    }

    [Fact]
    public void An_unknown_outcome_whose_place_another_took_is_decided_anew()
    {
        var (a, b) = (_bench.Core("a"), _bench.Core("b"));
        _bench.Run(a);
        _bench.Run(b);
        _bench.Store.FailNextAppend(AppendFault.AppliedLate);
        _bench.Propose(a, "mine");
        _bench.Step(a); // The append; its outcome is unknown.
        _bench.Propose(b, "other");
        _bench.Run(b);
        Assert.Equal(AppendOutcome.Conflict, _bench.Log.DeliverLate());
        _bench.Run(a);
        Assert.Equal(["other", "mine"], _bench.Whys());
    }

    [Fact]
    public void An_unreachable_store_is_told_after_its_timeout_and_the_proposal_waits()
    {
        var core = _bench.Core("a");
        _bench.Run(core);
        _bench.Store.IsUnreachable = true;
        _bench.Propose(core, "one");
        _bench.RunFor(core, TimeSpan.FromSeconds(1));
        Assert.Empty(_bench.Reachable);
        _bench.RunFor(core, TimeSpan.FromSeconds(2));
        Assert.Equal([false], _bench.Reachable);
        _bench.Store.IsUnreachable = false;
        _bench.Run(core);
        Assert.Equal([false, true], _bench.Reachable);
        Assert.Equal(ProposalResult.Committed, Assert.Single(_bench.Replies).Result);
    }

    [Fact]
    public void A_proposal_gives_up_without_a_trace_when_the_store_stays_away()
    {
        var core = _bench.Core("a");
        _bench.Run(core);
        _bench.Store.IsUnreachable = true;
        _bench.Propose(core, "one");
        _bench.RunFor(core, TimeSpan.FromSeconds(11));
        Assert.Equal(ProposalResult.NotApplied, Assert.Single(_bench.Replies).Result);
        _bench.Store.IsUnreachable = false;
        _bench.RunFor(core, TimeSpan.FromSeconds(1));
        Assert.Equal(0, _bench.Log.Head);
    }

    [Fact]
    public void Another_entry_at_an_applied_version_stops_the_node()
    {
        var core = _bench.Core("a");
        _bench.Propose(core, "one");
        _bench.Run(core);
        _bench.ReplaceStore("other history", "and more");
        _bench.RunFor(core, TimeSpan.FromSeconds(1));
        Assert.Contains("another entry 1", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
        _bench.Propose(core, "two");
        Assert.Equal(ProposalResult.NotApplied, _bench.Replies[^1].Result);
    }

    [Fact]
    public void A_younger_log_stops_the_node()
    {
        var core = _bench.Core("a");
        _bench.Propose(core, "one");
        _bench.Run(core);
        _bench.ReplaceStore();
        _bench.RunFor(core, TimeSpan.FromSeconds(1));
        Assert.Contains("older copy", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_of_a_newer_version_stops_deciding_and_keeps_the_view()
    {
        var core = _bench.Core("a");
        _bench.Run(core);
        _bench.Append("{\"version\":1,\"changes\":[{\"kind\":\"subnet-created\"}]}");
        _bench.RunFor(core, TimeSpan.FromSeconds(1));
        Assert.Contains("'subnet-created'", Assert.Single(_bench.Stopped), StringComparison.Ordinal);
        Assert.Equal(0, core.View.Version);
    }

    [Fact]
    public void A_push_is_applied_at_once_a_gap_is_pulled_and_a_foreign_history_is_not_believed()
    {
        var (a, b, c) = (_bench.Core("a"), _bench.Core("b"), _bench.Core("c"));
        foreach (var core in new[] { a, b, c }) _bench.Run(core);
        _bench.Propose(a, "one");
        _bench.Propose(a, "two");
        _bench.Run(a);
        b.OnPushed([_bench.Pushed[0]], _bench.Now, _bench.Effects(b));
        Assert.Equal(1, b.View.Version);
        c.OnPushed([_bench.Pushed[1]], _bench.Now, _bench.Effects(c));
        Assert.Equal(0, c.View.Version);
        _bench.Run(c);
        Assert.Equal(2, c.View.Version);
        var forged = _bench.Pushed[1] with { Version = 3 };
        c.OnPushed([forged], _bench.Now, _bench.Effects(c));
        _bench.Run(c);
        Assert.Equal(2, c.View.Version);
        Assert.Empty(_bench.Stopped);
    }

    [Fact]
    public void An_answer_read_before_a_push_does_not_make_the_log_look_younger()
    {
        var (a, b) = (_bench.Core("a"), _bench.Core("b"));
        _bench.Run(a);
        _bench.Run(b);
        var (effects, now) = (_bench.Effects(b), _bench.Now + new LogOptions().PollInterval);
        b.OnTime(now, effects);
        Assert.IsType<LogEffect.ReadHead>(Assert.Single(effects)); // The store reads 0 and the answer is on its way ...
        _bench.Propose(a, "one");
        _bench.Run(a);
        b.OnPushed([_bench.Pushed[0]], now, effects); // ... when the push overtakes it.
        b.OnHead(0, now, effects);
        Assert.DoesNotContain(effects, effect => effect is LogEffect.Stopped);
        Assert.Equal((1L, null), (b.View.Version, b.StopReason));
    }

    /// <summary>
    /// Goal: a proposal is in the log exactly when its proposer was told so or was told "unknown", at most once, and all views agree.
    /// Method: four nodes, a store that loses, delays and hides answers and goes away; pushes are lost and repeated; 100 seeds.
    /// </summary>
    [Fact]
    public void No_fault_of_the_store_loses_doubles_or_invents_an_entry()
    {
        var unknowns = 0;
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var bench = new LogBench();
            var random = new Prng(seed);
            LogCore[] cores = [bench.Core("a"), bench.Core("b"), bench.Core("c"), bench.Core("d")];
            var proposals = 0;
            for (var step = 0; step < 300; step++)
            {
                var core = cores[random.Next() % 4];
                if (random.Chance(10)) bench.Propose(core, $"p{proposals++}", once: true);
                if (random.Chance(8)) bench.Store.FailNextAppend((AppendFault)(random.Next() % 3));
                if (random.Chance(3)) bench.Store.IsUnreachable = !bench.Store.IsUnreachable;
                if (random.Chance(10)) bench.Log.DeliverLate();
                if (random.Chance(20) && bench.Pushed.Count > 0)
                    core.OnPushed([bench.Pushed[(int)(random.Next() % (ulong)bench.Pushed.Count)]], bench.Now, bench.Effects(core));
                if (random.Chance(60)) bench.Step(core);
                else bench.Wait(core, random.Below(TimeSpan.FromMilliseconds(200)));
            }
            bench.Store.IsUnreachable = false;
            while (bench.Log.DeliverLate() is not null) { }
            for (var i = 0; i < 100; i++)
                foreach (var core in cores) bench.RunFor(core, TimeSpan.FromMilliseconds(20));

            var whys = bench.Whys();
            Assert.True(whys.Where(w => w[0] == 'p').Distinct().Count() == whys.Count(w => w[0] == 'p'), $"seed {seed}: an entry twice");
            Assert.True(cores.All(core => core.StopReason is null), $"seed {seed}: {cores.Select(c => c.StopReason).FirstOrDefault(r => r is not null)}");
            Assert.True(cores.Select(core => core.View.Digest).Distinct().Count() == 1, $"seed {seed}: views differ");
            Assert.True(bench.Replies.Count == proposals, $"seed {seed}: {bench.Replies.Count} answers for {proposals} proposals");
            foreach (var committed in bench.Replies.Where(r => r.Result == ProposalResult.Committed))
                Assert.True(whys[(int)committed.Version - 1] == committed.Detail, $"seed {seed}: {committed.Detail} is not in the log");
            var known = bench.Replies.Count(r => r.Result == ProposalResult.Committed);
            unknowns += bench.Replies.Count(r => r.Result == ProposalResult.Unknown);
            Assert.True(
                whys.Count(w => w[0] == 'p') <= known + bench.Replies.Count(r => r.Result == ProposalResult.Unknown),
                $"seed {seed}: an entry whose proposer was told that it is not applied");
        }
    }
}
