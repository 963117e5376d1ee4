using ActorRuntime.Cluster.Sharding.Replicas.Behind;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>
/// Goal: the store gets committed blocks in order, above the height read under the own term, and a height is said to be reached only when the store
/// said so; batches keep their bounds; a store that is down or does not fit stops nothing it need not stop.
/// Method: the core alone, on times made up here; and a store with lost answers and late writes, from seeds.
/// </summary>
public sealed class WriteBehindCoreTests
{
    private static readonly WriteBehindOptions Options = new()
    {
        CommitInterval = TimeSpan.FromMilliseconds(100), CommitBlocks = 10, CommitBytes = 1 << 10, LagBlocksMax = 25, LagBytesMax = 1 << 20,
        RetryAfter = TimeSpan.FromMilliseconds(100), RetryAfterMax = TimeSpan.FromMilliseconds(300),
    };

    private readonly List<WriteBehindEffect> _effects = [];
    private MonotonicTime _now = new(1_000_000);

    [Fact, Trait("Requirement", "SR-4")]
    public void The_fence_is_raised_first_and_writing_goes_on_above_the_height_it_tells()
    {
        var core = Opened(term: 7, committed: 12);
        Assert.Equal([new WriteBehindEffect.Raise(7)], Take());

        core.OnHeight(7, 9, 4, static _ => 100, _now, _effects);
        Assert.Equal([new WriteBehindEffect.Reached(9)], Take());
        Pass(core, 99);
        Assert.Empty(Take());
        Pass(core, 1);
        Assert.Equal([new WriteBehindEffect.Write(7, 9, 12)], Take());

        core.OnHeight(7, 12, 4, static _ => 100, _now, _effects);
        Assert.Equal([new WriteBehindEffect.Reached(12)], Take());
        Assert.Null(core.Deadline);
    }

    [Fact]
    public void A_full_batch_is_written_at_once_and_none_is_larger()
    {
        var core = Opened(term: 7, committed: 0);
        core.OnHeight(7, 0, 0, static _ => 1, _now, _effects);
        Take();
        Commit(core, 1, 9, bytes: 1);
        Assert.Empty(Take());
        Commit(core, 10, 23, bytes: 1);
        Assert.Equal([new WriteBehindEffect.Write(7, 0, 10)], Take());
        core.OnHeight(7, 10, 0, static _ => 1, _now, _effects);
        Assert.Equal([new WriteBehindEffect.Reached(10), new WriteBehindEffect.Write(7, 10, 20)], Take());
        core.OnHeight(7, 20, 0, static _ => 1, _now, _effects);
        Assert.Equal([new WriteBehindEffect.Reached(20)], Take()); // The rest has time.

        Commit(core, 24, 25, bytes: 600);
        Assert.Equal([new WriteBehindEffect.Write(7, 20, 24)], Take()); // 25 does not fit.
        core.OnHeight(7, 24, 0, static _ => 1, _now, _effects);
        Commit(core, 26, 26, bytes: 5_000);
        core.OnHeight(7, 24, 0, static _ => 1, _now, _effects);
        Assert.Contains(new WriteBehindEffect.Write(7, 24, 25), Take());
        core.OnHeight(7, 25, 0, static _ => 1, _now, _effects);
        Assert.Equal([new WriteBehindEffect.Reached(25), new WriteBehindEffect.Write(7, 25, 26)], Take()); // A large one goes alone.
    }

    [Fact]
    public void While_the_store_is_out_of_reach_the_lag_grows_to_its_bound_and_attempts_get_rarer()
    {
        var core = Opened(term: 7, committed: 0);
        core.OnFailed(7, "no way", _now);
        Take();
        Commit(core, 1, 24, bytes: 10);
        Assert.True(core.MayGrow);
        Commit(core, 25, 25, bytes: 10);
        Assert.False(core.MayGrow);
        Assert.Equal((25L, 250L, "no way"), (core.LagAt(_now).Blocks, core.LagAt(_now).Bytes, core.Failure));

        foreach (var wait in (int[])[100, 200, 300, 300])
        {
            Pass(core, wait - 1);
            Assert.Empty(Take());
            Pass(core, 1);
            Assert.Equal([new WriteBehindEffect.Raise(7)], Take());
            core.OnFailed(7, "no way", _now);
        }
        Pass(core, 300);
        core.OnHeight(7, 0, 0, static _ => 10, _now, _effects);
        Assert.Contains(new WriteBehindEffect.Write(7, 0, 10), Take());
        core.OnHeight(7, 10, 0, static _ => 10, _now, _effects);
        Assert.True(core.MayGrow);
        Assert.Null(core.Failure);
    }

    [Theory, Trait("Requirement", "AR-5")]
    [InlineData(3, "begins above")]
    [InlineData(13, "another log")]
    public void A_store_that_does_not_fit_the_log_is_refused(long height, string why)
    {
        var core = Opened(term: 7, committed: 12);
        Take();
        core.OnHeight(7, height, 4, static _ => 1, _now, _effects);

        Assert.Contains(why, Assert.IsType<WriteBehindEffect.Refuse>(Assert.Single(Take())).Why, StringComparison.Ordinal);
        Assert.NotNull(core.Refusal);
        Pass(core, 10_000);
        Assert.Empty(Take());
    }

    [Fact]
    public void Who_does_not_lead_asks_for_nothing_and_holds_up_nobody()
    {
        var core = new WriteBehindCore(Options);
        IsIdle();
        core.OnOpened(7, 0, 30, _now, _effects);
        Assert.Equal((true, false, null), (core.IsOn, core.MayGrow, core.Deadline)); // Asked, and not answered yet.
        Pass(core, 10_000);
        Assert.Equal([new WriteBehindEffect.Raise(7)], Take());
        core.OnDeposed();
        IsIdle();

        void IsIdle()
        {
            core.OnCommitted(31, 1, _now, _effects);
            core.OnFailed(0, "no way", _now);
            Pass(core, 10_000);
            Assert.Empty(Take());
            Assert.Equal((false, true, null, default, null), (core.IsOn, core.MayGrow, core.Deadline, core.LagAt(_now), core.Failure));
        }
    }

    [Fact]
    public void A_failure_of_an_earlier_term_holds_nothing_up()
    {
        var core = Opened(term: 7, committed: 0);
        core.OnOpened(9, 0, 0, _now, _effects);
        core.OnHeight(9, 0, 0, static _ => 1, _now, _effects);
        core.OnFailed(7, "no way", _now);
        Take();
        Commit(core, 1, 10, bytes: 1);

        Assert.Null(core.Failure);
        Assert.Equal([new WriteBehindEffect.Write(9, 0, 10)], Take());
    }

    [Fact]
    public void The_lag_counts_what_the_store_lacks_from_the_oldest_on()
    {
        var core = Opened(term: 7, committed: 4);
        var opened = _now;
        Pass(core, 5);
        Assert.Equal((4L, 0L, _now - opened), Lag()); // Its bytes are known once the store has told its height.
        core.OnHeight(7, 2, 2, height => height > 2 ? 10 : throw new ArgumentOutOfRangeException(nameof(height), "given up"), _now, _effects);
        Assert.Equal((2L, 20L, _now - opened), Lag());
        Assert.Equal(opened + Options.CommitInterval, core.Deadline);
        Pass(core, 95);
        Assert.Equal(new WriteBehindEffect.Write(7, 2, 4), Take()[^1]);
        Assert.Null(core.Deadline);
        Commit(core, 5, 5, bytes: 7);
        Commit(core, 5, 5, bytes: 7); // Told twice.
        var newest = _now;
        Pass(core, 5);
        core.OnHeight(7, 4, 2, static _ => 10, _now, _effects);
        Assert.Equal((1L, 7L, _now - newest), Lag());
        core.OnFailed(7, "no way", _now); // Late, or of a write that was never sent: only the next question is put off.
        Assert.Equal(_now + Options.RetryAfter, core.Deadline);
        core.OnHeight(7, 5, 2, static _ => 10, _now, _effects);
        Assert.Equal(default, core.LagAt(_now));
        Assert.Throws<InvariantException>(() => core.OnCommitted(7, 1, _now, _effects)); // 6 is missing.

        (long, long, TimeSpan) Lag() => (core.LagAt(_now).Blocks, core.LagAt(_now).Bytes, core.LagAt(_now).Age);
    }

    [Fact]
    public void Bytes_bound_the_lag_and_a_batch_as_blocks_do()
    {
        var core = Opened(term: 7, committed: 0);
        core.OnHeight(7, 0, 0, static _ => 1, _now, _effects);
        Take();
        Commit(core, 1, 3, bytes: 256);
        Assert.Empty(Take());
        Commit(core, 4, 4, bytes: 256);
        Assert.Equal([new WriteBehindEffect.Write(7, 0, 4)], Take()); // Just as much as a batch may have.
        Commit(core, 5, 5, bytes: (1 << 20) - 1_025);
        Assert.True(core.MayGrow);
        Commit(core, 6, 6, bytes: 1);
        Assert.False(core.MayGrow);
        core.OnOpened(8, 0, 6, _now, _effects); // What was counted in the term before counts no more.
        Assert.True(core.MayGrow);
    }

    [Fact]
    public void Answers_of_another_term_count_for_nothing()
    {
        var core = Opened(term: 7, committed: 12);
        core.OnDeposed();
        core.OnHeight(7, 12, 0, static _ => 1, _now, _effects);
        core.OnOpened(9, 0, 13, _now, _effects);
        core.OnHeight(7, 12, 0, static _ => 1, _now, _effects);

        Assert.Equal([new WriteBehindEffect.Raise(7), new WriteBehindEffect.Raise(9)], Take());
        Assert.Equal(0, core.Height);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void Whatever_becomes_of_writes_the_store_holds_each_block_once_in_order()
    {
        for (var seed = 1UL; seed <= 500; seed++)
        {
            var random = Prng.For(seed, "write-behind");
            Take();
            var core = Opened(term: 7, committed: 0);
            var (store, committed, late) = (0L, 0L, new List<(long After, long To)>());
            for (var step = 0; step < 400 || store < committed; step++)
            {
                if (step < 400 && random.Chance(40)) core.OnCommitted(++committed, 1 + (int)(random.Next() % 500), _now, _effects);
                Pass(core, 20);
                foreach (var effect in Take())
                {
                    if (effect is WriteBehindEffect.Reached(var height)) Assert.True(height <= store, $"seed {seed}: {height} is said to be reached, the store has {store}");
                    var (isLost, isDone) = (step < 400 && random.Chance(30), random.Chance(50));
                    if (effect is WriteBehindEffect.Write(_, var after, var to))
                    {
                        Assert.True(to <= committed && after < to);
                        if (isLost && !isDone) late.Add((after, to));
                        else if (store == after) store = to; // The fence: one row or nothing.
                    }
                    if (effect is WriteBehindEffect.Reached) continue;
                    if (isLost) core.OnFailed(7, "unknown", _now);
                    else core.OnHeight(7, store, 0, static _ => 250, _now, _effects);
                }
                if (late.Count > 0 && random.Chance(20))
                {
                    if (late[0].After == store) store = late[0].To;
                    late.RemoveAt(0);
                }
                Assert.True(step < 10_000, $"seed {seed}: the store stays at {store} of {committed}");
            }
        }
    }

    private WriteBehindCore Opened(long term, long committed)
    {
        var core = new WriteBehindCore(Options);
        core.OnOpened(term, 0, committed, _now, _effects);
        return core;
    }

    private void Commit(WriteBehindCore core, long from, long to, int bytes)
    {
        for (var height = from; height <= to; height++) core.OnCommitted(height, bytes, _now, _effects);
    }

    private void Pass(WriteBehindCore core, int milliseconds)
    {
        _now += TimeSpan.FromMilliseconds(milliseconds);
        core.OnTime(_now, _effects);
    }

    private WriteBehindEffect[] Take()
    {
        WriteBehindEffect[] taken = [.. _effects];
        _effects.Clear();
        return taken;
    }
}
