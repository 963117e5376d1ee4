using ActorRuntime.Cluster.Sharding.Shards.Memory;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Shards.Memory;

public sealed class UnitMemoryTests
{
    private readonly UnitMemory _memory = new();

    [Fact]
    public void A_unit_runs_only_after_the_record_holds_it()
    {
        _memory.OnLoaded([]);
        Assert.False(_memory.Remember("a"));
        var batch = _memory.TryNext();
        Assert.Equal(["a"], batch!.Value.Started);
        Assert.False(_memory.Remember("a"));
        Assert.Null(_memory.TryNext());

        Assert.Equal(["a"], _memory.OnRecorded());
        Assert.True(_memory.Remember("a"));
        Assert.Null(_memory.TryNext());
    }

    [Fact]
    public void Nothing_is_known_before_the_record_was_read()
    {
        Assert.False(_memory.Remember("a"));
        Assert.Null(_memory.TryNext());

        _memory.OnLoaded(["a"]);
        Assert.True(_memory.Remember("a"));
        Assert.Null(_memory.TryNext());
    }

    [Fact]
    public void What_is_asked_last_wins_also_while_the_opposite_is_under_way()
    {
        _memory.OnLoaded(["a"]);
        _memory.Forget("a");
        Assert.Equal(["a"], _memory.TryNext()!.Value.Stopped);
        Assert.False(_memory.Remember("a"));
        Assert.Empty(_memory.OnRecorded());

        Assert.Equal(["a"], _memory.TryNext()!.Value.Started);
        Assert.Equal(["a"], _memory.OnRecorded());
    }

    [Fact]
    public void Changes_go_in_batches_of_bounded_size()
    {
        _memory.OnLoaded([]);
        for (var i = 0; i < UnitMemory.BatchMax + 10; i++) _memory.Remember($"u{i}");
        Assert.Equal(UnitMemory.BatchMax, _memory.TryNext()!.Value.Started.Count);
        Assert.Equal(UnitMemory.BatchMax, _memory.OnRecorded().Count);
        Assert.Equal(10, _memory.TryNext()!.Value.Started.Count);
    }

    /// <summary>
    /// Goal: whatever is asked and whatever fails, a unit that counts as remembered is in the record, and in the end the record holds what
    /// was asked last.
    /// Method: random wishes, answers, and losses after which the batch under way is or is not in the record; 500 seeds.
    /// </summary>
    [Fact, Trait("Requirement", "AR-3")]
    public void The_record_holds_what_counts_as_remembered_and_ends_up_with_what_was_asked_last()
    {
        for (ulong seed = 1; seed <= 500; seed++)
        {
            var failure = Run(seed);
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }

    private static string? Run(ulong seed)
    {
        var (random, memory) = (new Prng(seed), new UnitMemory());
        var record = new SortedSet<string>(StringComparer.Ordinal);
        var wished = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        (IReadOnlyList<string> Started, IReadOnlyList<string> Stopped)? underWay = null;
        for (var step = 0; step < 300; step++)
        {
            var id = $"u{random.Next() % 6}";
            switch (random.Next() % 6)
            {
                case 0 or 1:
                    wished[id] = true;
                    if (memory.Remember(id) && !record.Contains(id)) return $"{id} may run at step {step} and is not recorded";
                    break;
                case 2:
                    wished[id] = false;
                    memory.Forget(id);
                    break;
                case 3 when underWay is { } done:
                    Store(done);
                    underWay = null;
                    foreach (var started in memory.OnRecorded())
                        if (!record.Contains(started)) return $"{started} may run at step {step} and is not recorded";
                    break;
                case 4 when random.Chance(20):
                    if (underWay is { } lost && random.Chance(50)) Store(lost);
                    underWay = null;
                    memory.OnLost();
                    break;
                case 5 when !memory.IsLoaded:
                    memory.OnLoaded([.. record]);
                    break;
            }
            underWay ??= memory.TryNext();
            foreach (var unit in wished.Keys)
                if (memory.IsLoaded && memory.IsRemembered(unit) && !record.Contains(unit)) return $"{unit} counts as remembered at step {step}";
        }
        if (!memory.IsLoaded) memory.OnLoaded([.. record]);
        while ((underWay ??= memory.TryNext()) is { } rest)
        {
            Store(rest);
            memory.OnRecorded();
            underWay = null;
        }
        var expected = wished.Where(wish => wish.Value).Select(wish => wish.Key);
        return expected.SequenceEqual(record) ? null : $"recorded {string.Join(",", record)}, asked {string.Join(",", expected)}";

        void Store((IReadOnlyList<string> Started, IReadOnlyList<string> Stopped) batch)
        {
            record.UnionWith(batch.Started);
            record.ExceptWith(batch.Stopped);
        }
    }
}
