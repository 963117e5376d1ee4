using ActorRuntime.Actor;
using ActorRuntime.Routing;

namespace ActorRuntime.Benchmarks;

/// <summary>What a message costs that goes through a router to one of its routees: routing, delivery and handling. Compare with <c>tell</c>.</summary>
internal static class RouterBenchmarks
{
    private const int Messages = 4_000_000;
    private const int PoolSize = 8;
    private const int Keys = 1_000;

    /// <summary>One thread tells a pool.</summary>
    public static IEnumerable<Case> Route()
    {
        yield return new("round-robin pool of 8", "msgs/s", () => Routed(new RoundRobinPool(PoolSize)));
        yield return new("consistent-hashing pool of 8, 1,000 keys", "msgs/s", () => Routed(new ConsistentHashingPool(PoolSize)));
    }

    private static async Task<Sample> Routed(Pool pool)
    {
        using var run = new SystemRun();
        var tally = new Tally(PoolSize, run.Done);
        var router = run.System.ActorOf(Props.Create(() => new Routee(tally)).WithRouter(pool));
        await router.Ask<Routees>(new GetRoutees()).ConfigureAwait(false); // They are there.
        var messages = Enumerable.Range(0, Keys).Select(key => new Keyed($"key {key}")).ToArray();
        var meter = Meter.Start();
        for (var i = 0; i < Messages; i++) router.Tell(messages[i % Keys], ActorRefs.NoSender);
        router.Tell(new Broadcast(End.Instance), ActorRefs.NoSender);
        await run.Done.Task.ConfigureAwait(false);
        var sample = meter.Stop(Messages);
        return tally.Handled == Messages ? sample : throw new InvalidOperationException($"{tally.Handled} of {Messages} messages arrived");
    }

    private sealed record Keyed(string Key) : IConsistentHashable
    {
        public object ConsistentHashKey => Key;
    }

    private sealed class End
    {
        public static readonly End Instance = new();
    }

    private sealed class Tally(int routees, TaskCompletionSource done)
    {
        private int _left = routees;
        private long _handled;

        public long Handled => Interlocked.Read(ref _handled);

        public void Add(long handled)
        {
            Interlocked.Add(ref _handled, handled);
            if (Interlocked.Decrement(ref _left) == 0) done.TrySetResult();
        }
    }

    private sealed class Routee(Tally tally) : UntypedActor
    {
        private long _handled;

        protected override void OnReceive(object message)
        {
            if (message is End) tally.Add(_handled);
            else _handled++;
        }
    }
}
