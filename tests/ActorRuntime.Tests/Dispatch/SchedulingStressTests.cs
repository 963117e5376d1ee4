using System.Collections.Concurrent;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Event;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Tests.Dispatch;

/// <summary>
/// Goal: no wake-up is lost and nobody runs twice at once while actors tell, fail, stop, are watched and block at random.
/// Method: a crowd of actors passes tokens on; every token has a number of hops, and at its end, or where it falls into dead letters, it is counted. The crowd is at rest only when
/// every token is accounted for, on the shared pool as well as on threads of its own. Seeded: decisions repeat, interleavings do not.
/// </summary>
[Trait("Requirement", "AR-1")]
public sealed class SchedulingStressTests
{
    private const int Actors = 40;
    private const int Tokens = 400;
    private const int Hops = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1, "actor-runtime.actor.default-dispatcher", false)]
    [InlineData(2, "actor-runtime.actor.default-dispatcher", true)]
    [InlineData(3, "actor-runtime.actor.default-dispatcher", true)]
    [InlineData(4, "fork", true)]
    [InlineData(5, "pinned", true)]
    public async Task Every_token_arrives_or_is_a_dead_letter(ulong seed, string dispatcher, bool withTrouble)
    {
        var system = ActorSystem.Create("crowd", ConfigurationFactory.ParseString("""
            fork { type = ForkJoinDispatcher, dedicated-thread-pool { thread-count = 3 } }
            pinned { type = PinnedDispatcher }
            actor-runtime.actor { throughput = 5, log-dead-letters = 0 }
            """));
        var crowd = new Crowd(system, withTrouble);
        system.EventStream.Subscribe(crowd, typeof(DeadLetter));
        for (var i = 0; i < Actors; i++) crowd.Members[i] = system.ActorOf(Props.CreateBy(() => new Member(crowd)).WithDispatcher(dispatcher));

        var random = new Prng(seed);
        for (var i = 0; i < Tokens; i++) crowd.Members[(int)(random.Next() % Actors)].Tell(new Token(new Prng(random.Next())), ActorRefs.NoSender);
        Assert.Equal(Tokens, await crowd.Finished.Task.WaitAsync(Patience));
        Assert.False(crowd.HasOverlap, "an actor ran on two threads at once");
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_blocked_handler_does_not_hold_up_the_others()
    {
        await using var system = ActorSystem.Create("blocked");
        var crowd = new Crowd(system, withTrouble: false);
        using var release = new ManualResetEventSlim();
        var blocker = system.ActorOf(Actor.FunctionActor.Props((_, _) => release.Wait(Patience)));
        for (var i = 0; i < Actors; i++) crowd.Members[i] = system.ActorOf(Props.CreateBy(() => new Member(crowd)));
        for (var i = 0; i < Tokens; i++) crowd.Members[i % Actors].Tell(new Token(new Prng((ulong)i + 1)), ActorRefs.NoSender);
        blocker.Tell("wait", ActorRefs.NoSender);
        Assert.Equal(Tokens, await crowd.Finished.Task.WaitAsync(Patience));
        Assert.False(release.IsSet);
        release.Set();
    }

    [Fact]
    public async Task A_system_terminates_while_its_actors_tell_each_other_without_end()
    {
        for (var round = 0; round < 5; round++)
        {
            var system = ActorSystem.Create("endless", ConfigurationFactory.ParseString("actor-runtime.actor.log-dead-letters = 0"));
            using var started = new CountdownEvent(16);
            for (var pair = 0; pair < 8; pair++)
            {
                var left = system.ActorOf(Props.CreateBy(() => new Endless(started)));
                system.ActorOf(Props.CreateBy(() => new Endless(started))).Tell("go", left);
            }

            Assert.True(started.Wait(Patience));
            await system.Terminate().WaitAsync(Patience);
        }
    }

    private sealed class Endless(CountdownEvent started) : UntypedActor
    {
        private int _handled;

        protected override void OnReceive(object message)
        {
            if (++_handled == 1000) started.Signal();
            Sender.Tell(message, Self);
        }
    }

    private sealed class Token(Prng random)
    {
        public Prng Random { get; } = random;

        public int Hops { get; set; } = SchedulingStressTests.Hops;
    }

    private sealed class Crowd(ActorSystem system, bool withTrouble) : MinimalActorRef
    {
        private readonly ConcurrentDictionary<Token, bool> _ended = [];

        public IActorRef[] Members { get; } = new IActorRef[Actors];

        public TaskCompletionSource<int> Finished { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HasOverlap { get; set; }

        public bool WithTrouble { get; } = withTrouble;

        public override ActorPath Path { get; } = new RootActorPath(new Address("test", "x")) / "crowd";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        public void End(Token token)
        {
            if (_ended.TryAdd(token, true) && _ended.Count == Tokens) Finished.TrySetResult(_ended.Count);
        }

        protected override void TellInternal(object? message, IActorRef? sender)
        {
            if (message is DeadLetter { Message: Token token }) End(token);
        }
    }

    private sealed class Member(Crowd crowd) : UntypedActor
    {
        private int _inside;

        protected override void OnReceive(object message)
        {
            if (Interlocked.Increment(ref _inside) != 1) crowd.HasOverlap = true;
            try
            {
                if (message is Token token) Pass(token);
            }
            finally
            {
                Interlocked.Decrement(ref _inside);
            }
        }

        private void Pass(Token token)
        {
            if (--token.Hops == 0)
            {
                crowd.End(token);
                return;
            }

            var next = crowd.Members[(int)(token.Random.Next() % Actors)];
            var trouble = token.Random.Next() % 4000;
            next.Tell(token, Self);
            if (!crowd.WithTrouble) return;
            // The token is on its way, and somebody else's now, so nothing of this may cost it.
            switch (trouble)
            {
                case < 4: throw new InvalidOperationException("fails, and restarts with its mailbox");
                case < 8: Context.Stop(next); break;
                case < 40: Context.Watch(next); break;
                case < 60: Context.Unwatch(next); break;
                case < 64: Task.Run(() => { }).Wait(Patience); break;
            }
        }
    }
}
