using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Remote;

namespace ActorRuntime.Benchmarks;

/// <summary>Figures between two processes on loopback. The far one is this program again, with the verb <c>peer</c>.</summary>
internal static class RemoteBenchmarks
{
    /// <summary>Short strings in one direction, a credit message back per 1,000.</summary>
    public static IEnumerable<Case> OneWay()
    {
        yield return new("1 sender", "msgs/s", () => Exchange(1, 10_000, 1_000_000, "sink"));
    }

    /// <summary>Clients that keep some messages to and fro.</summary>
    public static IEnumerable<Case> PingPong()
    {
        yield return new("1 client, 1 in flight", "msgs/s", () => Exchange(1, 1, 40_000, "echo"));
        yield return new("30 clients, 50 in flight", "msgs/s", () => Exchange(30, 50, 1_500_000, "echo"));
    }

    /// <summary>The far process: an echo and a sink, until standard input ends.</summary>
    public static async Task ServeAsync()
    {
        var system = ActorSystem.Create("peer", ActorSystemSetup.Empty.WithRemoting("127.0.0.1", 0));
        system.ActorOf(Props.Create(() => new Echo()), "echo");
        system.ActorOf(Props.Create(() => new Sink()), "sink");
        Console.WriteLine(Remote.Remote.Get(system).Address);
        await Console.In.ReadToEndAsync().ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
    }

    private static async Task<Sample> Exchange(int clients, int inFlight, int messages, string target)
    {
        using var peer = Helper.Start("peer");
        var system = ActorSystem.Create("benchmark", ActorSystemSetup.Empty.WithRemoting("127.0.0.1", 0));
        try
        {
            var address = await peer.StandardOutput.ReadLineAsync().ConfigureAwait(false);
            var far = await system.ActorSelection($"{address}/user/{target}").ResolveOne(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
            await Round(system, far, clients, inFlight, messages / 10).ConfigureAwait(false);
            var meter = Meter.Start(peer);
            var carried = await Round(system, far, clients, inFlight, messages).ConfigureAwait(false);
            return meter.Stop(carried);
        }
        finally
        {
            peer.StandardInput.Close();
            await system.Terminate().ConfigureAwait(false);
            await peer.WaitForExitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Carries <paramref name="messages"/> and returns how many crossed, answers of the echo included.</summary>
    private static async Task<long> Round(ActorSystem system, IActorRef far, int clients, int inFlight, int messages)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = clients;
        Action finished = () =>
        {
            if (Interlocked.Decrement(ref left) == 0) done.TrySetResult();
        };
        var isEcho = far.Path.Name == "echo";
        var each = messages / clients / (isEcho ? 2 : 1);
        for (var i = 0; i < clients; i++) system.ActorOf(Props.Create(() => new Client(far, each, inFlight, finished)));
        await done.Task.ConfigureAwait(false);
        return (long)each * clients * (isEcho ? 2 : 1);
    }

    private sealed class Client : UntypedActor
    {
        private readonly IActorRef _far;
        private readonly Action _finished;
        private int _toSend;
        private int _toConfirm;

        public Client(IActorRef far, int messages, int inFlight, Action finished)
        {
            (_far, _finished, _toSend, _toConfirm) = (far, finished, messages, messages);
            for (var i = 0; i < inFlight; i++) Send();
        }

        protected override void OnReceive(object message)
        {
            var credit = message is int many ? many : 1;
            _toConfirm -= credit;
            if (_toConfirm <= 0)
            {
                _finished();
                Context.Stop(Self);
                return;
            }

            for (var i = 0; i < credit; i++) Send();
        }

        private void Send()
        {
            if (_toSend == 0) return;
            _toSend--;
            _far.Tell("a short message", Self);
        }
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }

    private sealed class Sink : UntypedActor
    {
        private const int Credit = 1_000;
        private int _count;

        protected override void OnReceive(object message)
        {
            if (++_count % Credit == 0) Sender.Tell(Credit, Self);
        }
    }
}
