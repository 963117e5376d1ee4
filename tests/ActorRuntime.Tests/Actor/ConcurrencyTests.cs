using ActorRuntime.Actor;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Tests.Actor;

/// <summary>
/// Goal: under real threads nothing is lost, doubled, reordered per sender, or run by two threads at once.
/// Method: the production executor, many senders, deadlines instead of durations; every actor checks that it is alone.
/// </summary>
[Trait("Requirement", "AR-1")]
public sealed class ConcurrencyTests : IAsyncLifetime
{
    private const int Senders = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ActorSystem _system = ActorSystem.Create("stress");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate().WaitAsync(Patience);

    [Fact]
    public async Task Messages_of_many_threads_all_arrive_once_in_order_per_sender_and_one_at_a_time()
    {
        const int Count = 50_000;
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = _system.ActorOf(Props.CreateBy(() => new Sequenced(Count, done)));
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 1; i <= Count; i++) actor.Tell(new Numbered(sender, i), null);
        })));
        Assert.Equal("ok", await done.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_message_that_comes_while_the_mailbox_falls_asleep_wakes_it()
    {
        // Each sender sends again in the very moment its last message was handled, when the mailbox is about to go idle.
        const int Rounds = 100_000;
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var handled = new int[1];
            var actor = _system.ActorOf(FunctionActor.Props((_, _) => Volatile.Write(ref handled[0], handled[0] + 1)));
            var message = new object();
            for (var i = 1; i <= Rounds; i++)
            {
                actor.Tell(message, null);
                if (Volatile.Read(ref handled[0]) < i && !SpinWait.SpinUntil(() => Volatile.Read(ref handled[0]) >= i, Patience)) Assert.Fail($"asleep after {i}");
            }
        })));
    }

    [Fact]
    public async Task Async_handlers_stay_alone_while_continuations_come_from_many_threads()
    {
        const int Count = 2_000;
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = _system.ActorOf(Props.CreateBy(() => new AloneAsync(Senders * Count, done)));
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < Count; i++) actor.Tell(i, null);
        })));
        Assert.Equal("ok", await done.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Failures_under_load_restart_each_time_and_lose_only_the_failing_message()
    {
        const int Count = 5_000;
        var (restarts, handled) = (new int[1], new int[1]);
        var actor = _system.ActorOf(FunctionActor.Props(
            (m, _) =>
            {
                if ((int)m % 50 == 0) throw new InvalidOperationException();
                handled[0]++;
            },
            new FunctionActor.Hooks { PostRestart = _ => restarts[0]++ }));
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Count; i++) actor.Tell(i, null);
        })));
        Assert.True(await actor.GracefulStop(Patience));
        Assert.Equal(Senders * Count / 50, restarts[0]);
        Assert.Equal(Senders * Count * 49 / 50, handled[0]);
    }

    [Fact]
    public async Task Watchers_racing_with_the_end_are_each_told_once()
    {
        for (var round = 0; round < 100; round++)
        {
            var target = _system.ActorOf(Props.Empty);
            var watchers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => target.WatchAsync()))
                .Append(Task.Run(async () =>
                {
                    _system.Stop(target);
                    return await target.WatchAsync();
                })).ToArray();
            Assert.All(await Task.WhenAll(watchers).WaitAsync(Patience), Assert.True);
        }
    }

    [Fact]
    public async Task What_is_told_around_the_end_is_either_handled_or_a_dead_letter()
    {
        const int Count = 2_000;
        for (var round = 0; round < 10; round++)
        {
            var (handled, dead) = (new int[1], new DeadLetterCounter(_system));
            var actor = _system.ActorOf(FunctionActor.Props((_, _) => handled[0]++));
            _system.EventStream.Subscribe(dead, typeof(ActorRuntime.Event.DeadLetter));
            var sending = Enumerable.Range(0, Senders).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < Count; i++) actor.Tell(i, null);
            })).ToArray();
            actor.Tell(PoisonPill.Instance, null);
            await Task.WhenAll(sending);
            Assert.True(
                SpinWait.SpinUntil(() => Volatile.Read(ref handled[0]) + dead.Count == Senders * Count, Patience),
                $"handled {handled[0]} + dead {dead.Count} of {Senders * Count}");
            _system.EventStream.Unsubscribe(dead);
        }
    }

    [Fact]
    public async Task Asks_of_many_threads_get_their_own_answers_and_leave_no_timers()
    {
        var echo = _system.ActorOf(FunctionActor.Props((m, c) => c.Sender.Tell(m)));
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++) Assert.Equal(i, await echo.Ask<int>(i, Patience));
        }))).WaitAsync(Patience);
        Assert.Equal(0, ((ActorSystemImpl)_system).TimerHeap.Count);
    }

    [Fact]
    public async Task Blocking_on_an_ask_inside_a_handler_does_not_deadlock()
    {
        var echo = _system.ActorOf(FunctionActor.Props((m, c) => c.Sender.Tell(m)));
#pragma warning disable xUnit1031 // Users do this; it must not hang.
        var blocking = _system.ActorOf(FunctionActor.Props((m, c) => c.Sender.Tell(echo.Ask<object>(m, Patience).GetAwaiter().GetResult())));
#pragma warning restore xUnit1031
        Assert.Equal("x", await blocking.Ask<string>("x", Patience));
    }

    [Fact]
    public async Task Children_are_created_and_ended_by_many_threads_and_the_system_still_terminates()
    {
        var system = ActorSystem.Create("churn");
        using var probe = new TestProbe(system);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var actor = system.ActorOf(Props.Empty);
                if (i % 2 == 0) system.Stop(actor);
            }
        })));
        await system.Terminate().WaitAsync(Patience);
    }

    private sealed record Numbered(int Sender, int Number);

    private sealed class Sequenced(int count, TaskCompletionSource<string> done) : UntypedActor
    {
        private readonly int[] _last = new int[Senders];
        private int _inside;
        private int _finished;

        protected override void OnReceive(object message)
        {
            if (Interlocked.Increment(ref _inside) != 1) done.TrySetResult("two threads at once");
            var numbered = (Numbered)message;
            if (numbered.Number != ++_last[numbered.Sender]) done.TrySetResult($"expected {_last[numbered.Sender]}, got {numbered.Number}");
            if (numbered.Number == count && ++_finished == Senders) done.TrySetResult("ok");
            Interlocked.Decrement(ref _inside);
        }
    }

    private sealed class AloneAsync : ReceiveActor
    {
        private int _inside;
        private int _handled;

        public AloneAsync(int count, TaskCompletionSource<string> done) => ReceiveAsync<int>(async n =>
        {
            if (Interlocked.Increment(ref _inside) != 1) done.TrySetResult("interleaved");
            await Task.Yield();
            await Task.Run(() => { });
            if (!ReferenceEquals(Context.Self, Self)) done.TrySetResult("lost its context");
            Interlocked.Decrement(ref _inside);
            if (++_handled == count) done.TrySetResult("ok");
        });
    }

    private sealed class DeadLetterCounter(ActorSystem system) : MinimalActorRef
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public override ActorPath Path { get; } = new RootActorPath(new Address("test", "x")) / "counter";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        protected override void TellInternal(object? message, IActorRef? sender) => Interlocked.Increment(ref _count);
    }
}
