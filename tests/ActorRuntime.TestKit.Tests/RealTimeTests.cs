using ActorRuntime.Actor;
using ActorRuntime.TestKit.TestActors;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>The same expectations on the machine's clock, with actors on the thread pool: nothing here measures time.</summary>
public sealed class RealTimeTests() : KitTest("actor-runtime.test { single-expect-default = 30s, filter-leeway = 30s, default-timeout = 30s }")
{
    [Fact]
    public void Blocking_expectation_wakes_up_for_a_message()
    {
        GetLater(Ms(20), "a");
        Kit.ExpectMsg("a");
        GetLater(Ms(20), "b");
        Assert.Equal("b", Kit.PeekOne());
        Assert.Equal(["b"], Kit.ReceiveN(1));
    }

    [Fact]
    public async Task Awaiting_expectation_wakes_up_for_a_message()
    {
        GetLater(Ms(20), "a");
        await Kit.ExpectMsgAsync("a");
        GetLater(Ms(20), "b");
        Assert.Equal("b", await Kit.FishForMessageAsync<string>(text => text == "b"));
    }

    [Fact]
    public async Task Silence_ends_both_forms()
    {
        Failing.With(["nothing came"], () => Kit.ExpectMsg("a", Ms(20)));
        Assert.Contains("nothing came", await Failing.WithAsync(async () => await Kit.ExpectMsgAsync("a", Ms(20))), StringComparison.Ordinal);
        Kit.ExpectNoMsg(Ms(20));
        await Kit.ExpectNoMsgAsync(20);
        Failing.With(["the condition did not hold within 0.02 s"], () => Kit.AwaitCondition(() => false, Ms(20)));
    }

    [Fact]
    public async Task Cancellation_ends_every_wait()
    {
        var start = new Func<CancellationToken, Task>[]
        {
            token => Task.Run(() => Kit.ExpectMsg("never", cancellationToken: token), CancellationToken.None),
            token => Kit.ExpectMsgAsync("never", cancellationToken: token).AsTask(),
            token => Task.Run(() => Kit.AwaitCondition(() => false, token), CancellationToken.None),
            token => Kit.AwaitConditionAsync(() => false, cancellationToken: token),
            token => Kit.AwaitAssertAsync(() => Assert.Fail("no"), cancellationToken: token),
            token => Kit.EventFilter.Info("never").ExpectOneAsync(() => Task.CompletedTask, token),
        };
        foreach (var wait in start)
        {
            // Late enough that the wait has usually begun; when it has not, that is cancelled all the same.
            using var source = new CancellationTokenSource(Ms(100));
            var waiting = wait(source.Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait(new CancellationToken(canceled: true)));
        }
    }

    [Fact]
    public async Task Block_or_condition_that_hangs_fails_and_does_not_hang_the_test()
    {
        var kit = new PlainKit("actor-runtime.test.default-timeout = 50ms");
        var never = new TaskCompletionSource<bool>().Task;
        Assert.Contains("does not end within 0.06 s", await Failing.WithAsync(() => kit.WithinAsync(Ms(10), () => never)), StringComparison.Ordinal);
        Assert.Contains("does not end within 0.01 s", await Failing.WithAsync(() => kit.AwaitConditionAsync(() => never, Ms(10))), StringComparison.Ordinal);
        await Assert.ThrowsAsync<TimeoutException>(() => Kit.WithinAsync(Ms(10_000), () => Task.FromException(new TimeoutException("the block's own"))));
        kit.Shutdown(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Conditions_are_looked_at_until_they_hold()
    {
        var count = 0;
        Kit.AwaitCondition(() => ++count > 3);
        await Kit.AwaitConditionAsync(() => ++count > 6);
        await Kit.AwaitConditionAsync(() => Task.FromResult(++count > 9));
        Kit.AwaitAssert(() => Assert.True(++count > 12));
        await Kit.AwaitAssertAsync(() => Assert.True(++count > 15));
        Assert.InRange(count, 16, 40);
    }

    [Fact]
    public async Task Events_of_other_threads_are_counted()
    {
        var actor = Kit.ActorOf(Props.CreateBy(() => new FailingActor()));
        Kit.EventFilter.Exception<InvalidDataException>().Expect(5, () =>
        {
            for (var i = 0; i < 5; i++) actor.Tell("fail");
        });
        await Kit.EventFilter.DeadLetter<string>().ExpectOneAsync(async () =>
        {
            await actor.GracefulStop(TimeSpan.FromSeconds(30));
            actor.Tell("gone");
        });
    }

    [Fact]
    public async Task Latch_and_barrier_join_threads()
    {
        var latch = Kit.CreateTestLatch();
        using var barrier = Kit.CreateTestBarrier(2);
        var other = Task.Run(() =>
        {
            latch.Ready();
            barrier.Await();
        });
        latch.CountDown();
        barrier.Await();
        await other;
        Assert.Throws<TimeoutException>(() => barrier.Await(Ms(10)));
        Assert.Throws<TimeoutException>(() => Kit.CreateTestLatch().Ready(Ms(10)));
        new TestLatch(0).Ready();
    }

    [Fact]
    public async Task Ask_is_awaited_with_the_test_still_the_sender_afterwards()
    {
        var echo = Kit.ActorOf(SimpleEchoActor.Props());
        Assert.Equal("a", await echo.Ask<string>("a"));
        Assert.Equal("b", Kit.Result(echo.Ask<string>("b")));
        echo.Tell("c");
        await Kit.ExpectMsgFromAsync(echo, "c");
    }

    private sealed class FailingActor : UntypedActor
    {
        protected override void OnReceive(object message) => throw new InvalidDataException("fails");
    }
}
