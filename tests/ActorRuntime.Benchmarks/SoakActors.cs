using ActorRuntime.Actor;

namespace ActorRuntime.Benchmarks;

/// <summary>What the soak's loops are made of.</summary>
internal static class SoakActors
{
    private const int InFlight = 20;
    private const int FloodSize = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Two actors and some messages that never come to rest.</summary>
    public static Task StartVolley(ActorSystem system, SoakBenchmark.Loop loop)
    {
        var (left, right) = (system.ActorOf(Props.CreateBy(() => new Echo(loop))), system.ActorOf(Props.CreateBy(() => new Echo(loop))));
        for (var i = 0; i < InFlight; i++) left.Tell(new object(), right);
        return Task.CompletedTask;
    }

    /// <summary>Requests one after the other.</summary>
    public static async Task AskAsync(ActorSystem system, SoakBenchmark.Loop loop)
    {
        var echo = system.ActorOf(Props.CreateBy(() => new Echo(loop)));
        while (!loop.IsStopped) await echo.Ask<object>(new object(), Patience).ConfigureAwait(false);
    }

    /// <summary>Actors with children that fail once, are watched, and end.</summary>
    public static async Task LiveAsync(ActorSystem system, SoakBenchmark.Loop loop)
    {
        while (!loop.IsStopped)
        {
            var parent = system.ActorOf(Props.CreateBy(() => new Parent()));
            await parent.Ask<object>("restarted?", Patience).ConfigureAwait(false);
            if (!await parent.GracefulStop(Patience).ConfigureAwait(false)) throw new InvalidOperationException("an actor does not end");
            loop.Passed();
        }
    }

    /// <summary>Timers that are set anew all the time.</summary>
    public static Task StartTimers(ActorSystem system, SoakBenchmark.Loop loop)
    {
        for (var i = 0; i < 100; i++) system.ActorOf(Props.CreateBy(() => new Ticking(loop)));
        return Task.CompletedTask;
    }

    /// <summary>Stashes that fill and empty.</summary>
    public static async Task StashAsync(ActorSystem system, SoakBenchmark.Loop loop)
    {
        var stashing = system.ActorOf(Props.CreateBy(() => new Stashing()));
        while (!loop.IsStopped)
        {
            for (var i = 0; i < 50; i++) stashing.Tell(i, ActorRefs.NoSender);
            await stashing.Ask<object>("open", Patience).ConfigureAwait(false);
            loop.Passed();
        }
    }

    /// <summary>More than a bounded mailbox takes: some of it is dropped.</summary>
    public static async Task FloodAsync(ActorSystem system, SoakBenchmark.Loop loop)
    {
        var narrow = system.ActorOf(Props.CreateBy(() => new Echo(loop)).WithMailbox("narrow"));
        while (!loop.IsStopped)
        {
            for (var i = 0; i < FloodSize; i++) narrow.Tell(new byte[100], ActorRefs.NoSender);
            try
            {
                await narrow.Ask<object>(new object(), TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                // The request was among what was dropped.
            }
        }
    }

    private sealed class Echo(SoakBenchmark.Loop loop) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            loop.Passed();
            if (!loop.IsStopped || Sender is FutureActorRef) Sender.Tell(message, Self);
        }
    }

    private sealed class Parent : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Terminated) return;
            var child = Context.Watch(Context.ActorOf(Props.CreateBy(() => new FailingOnce())));
            child.Tell("fail", Self);
            child.Forward(message);
        }
    }

    private sealed class FailingOnce : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is "fail") throw new InvalidOperationException("as planned");
            Sender.Tell(message, Self);
            Context.Stop(Self);
        }
    }

    private sealed class Ticking(SoakBenchmark.Loop loop) : ReceiveActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Become(() => Receive<string>(Tick));
            Tick("first");
        }

        private void Tick(string key)
        {
            loop.Passed();
            if (loop.IsStopped) return;
            Timers.StartSingleTimer("replaced", "never", TimeSpan.FromHours(1));
            Timers.StartSingleTimer("next", "next", TimeSpan.FromMilliseconds(5));
        }
    }

    private sealed class Stashing : ReceiveActor, IWithStash
    {
        private int _opened;

        public Stashing()
        {
            Receive<int>(_ => _opened == 0, _ => Stash.Stash());
            Receive<int>(_ => _opened--);
            Receive<string>(_ =>
            {
                _opened = Stash.Count;
                Stash.UnstashAll();
                Sender.Tell("opened", Self);
            });
        }

        public IStash Stash { get; set; } = null!;
    }
}
