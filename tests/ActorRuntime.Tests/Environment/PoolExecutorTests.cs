using Xunit;

namespace ActorRuntime.Tests.Environment;

/// <summary>The chains of work items on one thread: what is kept is run, by somebody, whatever its thread does.</summary>
[Trait("Requirement", "AR-1")]
public sealed class PoolExecutorTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Treadmill _treadmill = new();

    public void Dispose() => _treadmill.Stop();

    [Fact]
    public async Task What_waits_behind_a_blocked_item_runs_elsewhere()
    {
        for (var round = 0; round < 20; round++)
        {
            using var second = new ManualResetEventSlim();
            var outcome = await OnLane(lane => Kept(lane, new Item(second.Set)) ? second.Wait(Patience) : null);
            Assert.True(outcome, "an item is stranded behind a blocked one");
        }
    }

    [Fact]
    public async Task A_second_successor_goes_to_the_pool_at_once()
    {
        using var other = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var outcome = await OnLane(lane =>
        {
            // The one in the slot is not needed for the second to run.
            if (!Kept(lane, new Item(() => release.Wait(Patience)))) return null;
            PoolExecutor.Instance.Execute(new Item(other.Set), preferLocal: true);
            var ran = other.Wait(Patience);
            release.Set();
            return ran;
        });
        Assert.True(outcome);
    }

    [Fact]
    public void Endless_chains_give_way_to_each_other()
    {
        // Many more than the pool has threads; it adds one or two a second by itself, so without giving way most would not begin in time.
        var chains = Enumerable.Range(0, 300).Select(_ => new Treadmill(spinsPerTurn: 60_000)).ToArray();
        Assert.True(SpinWait.SpinUntil(() => Array.TrueForAll(chains, chain => chain.Turns > 0), Patience), $"{chains.Count(chain => chain.Turns == 0)} chains starve");
        foreach (var chain in chains) chain.Stop();
    }

    [Fact]
    public async Task Ambient_context_does_not_leak_into_the_next_item()
    {
        var local = new AsyncLocal<string>();
        for (var round = 0; round < 20; round++)
        {
            var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            await OnLane(lane =>
            {
                local.Value = "mine";
                return Kept(lane, new Item(() => seen.TrySetResult(local.Value))) ? true : null;
            });
            Assert.Null(await seen.Task.WaitAsync(Patience));
        }
    }

    [Fact]
    public void The_watch_sleeps_when_nothing_is_kept()
    {
        Assert.True(SpinWait.SpinUntil(() => LaneWatch.IsAwake, Patience), "it never woke");
        _treadmill.Stop();
        Assert.True(SpinWait.SpinUntil(() => !LaneWatch.IsAwake, Patience), "it never sleeps");
    }

    // Tries until the watch is awake and the item under test is in the slot.
    private static async Task<bool?> OnLane(Func<Lane, bool?> test)
    {
        while (true)
        {
            var done = new TaskCompletionSource<bool?>(TaskCreationOptions.RunContinuationsAsynchronously);
            PoolExecutor.Instance.Execute(new Item(() => done.SetResult(test(Lane.Current!))), preferLocal: false);
            if (await done.Task.WaitAsync(TimeSpan.FromMinutes(1)) is { } outcome) return outcome;
        }
    }

    private static bool Kept(Lane lane, Item item) => lane.TryKeep(item);

    private sealed class Item(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }

    /// <summary>A chain that never ends by itself; keeps the watch awake.</summary>
    private sealed class Treadmill : IThreadPoolWorkItem
    {
        private readonly int _spinsPerTurn;
        private volatile bool _isStopped;
        private int _turns;

        public Treadmill(int spinsPerTurn = 0)
        {
            _spinsPerTurn = spinsPerTurn;
            PoolExecutor.Instance.Execute(this, preferLocal: false);
        }

        public int Turns => Volatile.Read(ref _turns);

        public void Stop() => _isStopped = true;

        public void Execute()
        {
            _turns++;
            Thread.SpinWait(_spinsPerTurn);
            if (!_isStopped) PoolExecutor.Instance.Execute(this, preferLocal: true);
        }
    }
}
