using Xunit;

namespace ActorRuntime.Tests.Environment;

/// <summary>The chains of work items on one thread: what is kept is run, by somebody, whatever its thread does.</summary>
[Trait("Requirement", "AR-1")]
[Collection(SharesTheWatch.Name)]
public sealed class PoolExecutorTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

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
        var release = new ManualResetEventSlim(); // Not disposed: the item that waits for it may begin after the test.
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
    public async Task A_chain_that_the_watch_has_seen_goes_on_behind_all_that_waits()
    {
        // The pool's shared queue is first in, first out: what gives way runs when all others have begun, but for those that threads are just taking out.
        const int Others = 2_000;
        const int JustTakenMax = 100;
        var (begun, begunBefore) = (0, new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));
        await OnLane(lane =>
        {
            begun = 0;
            var successor = new Item(() => begunBefore.TrySetResult(Volatile.Read(ref begun)));
            if (!LaneWatch.IsAwake) return null;
            for (var i = 0; i < Others; i++) PoolExecutor.Instance.Execute(new Item(Other), preferLocal: false);
            if (!Kept(lane, successor)) return null;
            lane.Inspect();
            return true;
        });
        Assert.InRange(await begunBefore.Task.WaitAsync(Patience), Others - JustTakenMax, int.MaxValue);

        void Other()
        {
            Interlocked.Increment(ref begun);
            Thread.SpinWait(20_000);
        }
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
            if (await done.Task.WaitAsync(Patience) is { } outcome) return outcome;
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
        private volatile bool _isStopped;

        public Treadmill() => PoolExecutor.Instance.Execute(this, preferLocal: false);

        public void Stop() => _isStopped = true;

        public void Execute()
        {
            if (!_isStopped) PoolExecutor.Instance.Execute(this, preferLocal: true);
        }
    }
}

/// <summary>The watch over the lanes is one per process: it sleeps only while nobody else has much to do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SharesTheWatch
{
    public const string Name = "shares the watch over the lanes";
}
