using ActorRuntime.Actor;

namespace ActorRuntime.Benchmarks;

/// <summary>Figures of the core inside one process.</summary>
internal static class LocalBenchmarks
{
    /// <summary>One thread tells one actor.</summary>
    public static IEnumerable<Case> Tell()
    {
        yield return new("1 producer", "msgs/s", () => Told(1, 10_000_000));
    }

    /// <summary>Four threads tell one actor, and four actors do.</summary>
    public static IEnumerable<Case> FanIn()
    {
        yield return new("4 threads", "msgs/s", () => Told(4, 8_000_000));
        yield return new("4 actors", "msgs/s", () => ToldByActors(4, 8_000_000));
    }

    /// <summary>Pairs of actors send a message to and fro.</summary>
    public static IEnumerable<Case> PingPong()
    {
        yield return new("1 pair, 1 in flight", "msgs/s", () => Volley(1, 1, 4_000_000));
        yield return new("8 pairs, 1 in flight", "msgs/s", () => Volley(8, 1, 8_000_000));
        yield return new("8 pairs, 100 in flight", "msgs/s", () => Volley(8, 100, 24_000_000));
    }

    /// <summary>Requests that await their reply.</summary>
    public static IEnumerable<Case> Ask()
    {
        yield return new("1 outstanding", "asks/s", () => Asks(1, 1_000_000));
        yield return new("100 outstanding", "asks/s", () => Asks(100, 1_000_000));
    }

    /// <summary>Creates many actors and waits until the last has started.</summary>
    public static IEnumerable<Case> Spawn()
    {
        const int count = 1_000_000;
        yield return new("1,000,000 actors", "actors/s", () => Spawned(count));
        yield return new("memory", "bytes/actor", () => Spawned(count), sample => sample.Found);
    }

    /// <summary>An idle system.</summary>
    public static IEnumerable<Case> Idle()
    {
        yield return new("1,000 actors after a burst", "% of a processor", Rest, sample => sample.Found, WarmsUp: false);
    }

    private static async Task<Sample> Told(int producers, int messages)
    {
        using var run = new SystemRun();
        var counter = run.System.ActorOf(Props.Create(() => new Counter(messages, run.Done)));
        var meter = Meter.Start();
        var threads = Enumerable.Range(0, producers).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < messages / producers; i++) counter.Tell(Ball.Instance, ActorRefs.NoSender);
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        await run.Done.Task.ConfigureAwait(false);
        return meter.Stop(messages);
    }

    private static async Task<Sample> ToldByActors(int producers, int messages)
    {
        using var run = new SystemRun();
        var counter = run.System.ActorOf(Props.Create(() => new Counter(messages, run.Done)));
        var tellers = Enumerable.Range(0, producers).Select(_ => run.System.ActorOf(Props.Create(() => new Teller(counter, messages / producers)))).ToArray();
        var meter = Meter.Start();
        foreach (var teller in tellers) teller.Tell(Start.Instance, ActorRefs.NoSender);
        await run.Done.Task.ConfigureAwait(false);
        return meter.Stop(messages);
    }

    // What a system costs that has worked hard and has nothing to do any more.
    private static async Task<Sample> Rest()
    {
        using var run = new SystemRun();
        for (var i = 0; i < 1000; i++) run.System.ActorOf(Props.Create(() => new Echo()));
        var pong = run.System.ActorOf(Props.Create(() => new Echo()));
        run.System.ActorOf(Props.Create(() => new Pinger(pong, 1_000_000, 10, () => run.Done.TrySetResult()))).Tell(Start.Instance, ActorRefs.NoSender);
        await run.Done.Task.ConfigureAwait(false);
        // The pool's threads spin for a moment before they sleep.
        await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        var meter = Meter.Start();
        await Task.Delay(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        var sample = meter.Stop(1);
        return sample with { Found = 100 * sample.Cpu / sample.Elapsed };
    }

    private static async Task<Sample> Volley(int pairs, int inFlight, int messages)
    {
        using var run = new SystemRun();
        var perPair = messages / pairs / 2;
        var left = pairs;
        Action finished = () =>
        {
            if (Interlocked.Decrement(ref left) == 0) run.Done.TrySetResult();
        };
        var players = Enumerable.Range(0, pairs).Select(_ =>
        {
            var pong = run.System.ActorOf(Props.Create(() => new Echo()));
            return run.System.ActorOf(Props.Create(() => new Pinger(pong, perPair, inFlight, finished)));
        }).ToArray();
        var meter = Meter.Start();
        foreach (var player in players) player.Tell(Start.Instance, ActorRefs.NoSender);
        await run.Done.Task.ConfigureAwait(false);
        return meter.Stop(2L * perPair * pairs);
    }

    private static async Task<Sample> Asks(int outstanding, int messages)
    {
        using var run = new SystemRun();
        var echo = run.System.ActorOf(Props.Create(() => new Echo()));
        var meter = Meter.Start();
        await Task.WhenAll(Enumerable.Range(0, outstanding).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < messages / outstanding; i++) await echo.Ask<Ball>(Ball.Instance).ConfigureAwait(false);
        }))).ConfigureAwait(false);
        return meter.Stop(messages);
    }

    private static async Task<Sample> Spawned(int count)
    {
        using var run = new SystemRun();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var meter = Meter.Start();
        run.System.ActorOf(Props.Create(() => new Nursery(count, run.Done)));
        await run.Done.Task.ConfigureAwait(false);
        var sample = meter.Stop(count);
        return sample with { Found = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / count };
    }

    private sealed class Ball
    {
        public static readonly Ball Instance = new();
    }

    private sealed class Start
    {
        public static readonly Start Instance = new();
    }

    private sealed class Counter(int expected, TaskCompletionSource done) : UntypedActor
    {
        private int _left = expected;

        protected override void OnReceive(object message)
        {
            if (--_left == 0) done.TrySetResult();
        }
    }

    private sealed class Teller(IActorRef target, int messages) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            for (var i = 0; i < messages; i++) target.Tell(Ball.Instance, Self);
        }
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }

    private sealed class Pinger(IActorRef pong, int rounds, int inFlight, Action done) : UntypedActor
    {
        private int _toSend = rounds;
        private int _toReceive = rounds;

        protected override void OnReceive(object message)
        {
            if (message is Start)
            {
                for (var i = 0; i < inFlight; i++) Send();
                return;
            }

            if (--_toReceive == 0) done();
            else Send();
        }

        private void Send()
        {
            if (_toSend == 0) return;
            _toSend--;
            pong.Tell(Ball.Instance, Self);
        }
    }

    private sealed class Nursery : UntypedActor
    {
        private readonly TaskCompletionSource _done;
        private int _left;

        public Nursery(int count, TaskCompletionSource done)
        {
            (_left, _done) = (count, done);
            var props = Props.Create(() => new Newborn());
            for (var i = 0; i < count; i++) Context.ActorOf(props);
        }

        protected override void OnReceive(object message)
        {
            if (--_left == 0) _done.TrySetResult();
        }
    }

    private sealed class Newborn : UntypedActor
    {
        protected override void PreStart() => Context.Parent.Tell(Ball.Instance, ActorRefs.NoSender);

        protected override void OnReceive(object message) => Unhandled(message);
    }
}

/// <summary>An actor system that lives for one run.</summary>
internal sealed class SystemRun : IDisposable
{
    public ActorSystem System { get; } = ActorSystem.Create("benchmark");

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => System.Terminate().Wait(TimeSpan.FromMinutes(1));
}
