using System.Diagnostics;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Remote;
using ActorRuntime.Serialization;

namespace ActorRuntime.Benchmarks;

/// <summary>Requests to units over two node processes. The second node is this program again, with the verb <c>shard-node</c>.</summary>
/// <remarks>Default settings, one control log and one journal in SQLite; every second request goes to a unit on the other node.</remarks>
internal static class ShardBenchmarks
{
    private const string Type = "bench-unit";

    private static HashCodeMessageExtractor Extractor { get; } = HashCodeMessageExtractor.Create(20, _ => null);

    /// <summary>Requests that await their reply.</summary>
    public static IEnumerable<Case> Ask()
    {
        using var pair = new Pair();
        yield return new("1 in flight", "requests/s", () => pair.AskAsync(1, 20_000));
        yield return new("100 in flight", "requests/s", () => pair.AskAsync(100, 300_000));
        yield return new("1,000 in flight", "requests/s", () => pair.AskAsync(1_000, 500_000));
    }

    /// <summary>The far node, until standard input ends.</summary>
    public static async Task ServeAsync(string name, string directory)
    {
        var (system, _) = await StartNodeAsync(name, directory).ConfigureAwait(false);
        Console.WriteLine("up");
        await Console.In.ReadToEndAsync().ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
    }

    private static async Task<(ActorSystem System, IActorRef Region)> StartNodeAsync(string name, string directory)
    {
        var environment = new ProductionEnvironment();
        var journal = new SqliteJournalOptions { Path = Path.Combine(directory, "journal.db") };
        var store = new SqliteControlLogStore(new() { Path = Path.Combine(directory, "control-log.db") }, environment);
        var options = new ClusterOptions { Name = name, DataDir = directory, SignalBindAddress = "127.0.0.1" };
        var system = ActorSystem.Create("benchmark", ActorSystemSetup.Create(
                new EnvironmentSetup(environment), PersistenceSetup.Create().WithJournal(_ => new SqliteJournal(journal, environment)))
            .WithCluster(new ClusterSetup(store, options), new RemoteOptions()));
        await Cluster.Cluster.Get(system).WhenUp.WaitAsync(TimeSpan.FromMinutes(1)).ConfigureAwait(false);
        var settings = ClusterShardingSettings.Create(system);
        return (system, ClusterSharding.Get(system).Start(Type, Props.Create(() => new Unit()), settings, Extractor));
    }

    [WireType("bench-question")]
    internal sealed record Question(int Number);

    [WireType("bench-answer")]
    internal sealed record Answer(int Number);

    private sealed class Unit : ReceiveActor
    {
        public Unit() => Receive<Question>(question => Sender.Tell(new Answer(question.Number), Self));
    }

    /// <summary>The two nodes, from the first run on.</summary>
    private sealed class Pair : IDisposable
    {
        private const int Units = 1_000;
        private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(1);

        private readonly string _directory = Directory.CreateTempSubdirectory("actor-runtime-bench-").FullName;
        private ActorSystem? _system;
        private IActorRef _region = ActorRefs.Nobody;
        private Process? _peer;
        private string[] _units = [];

        public async Task<Sample> AskAsync(int inFlight, int requests)
        {
            if (_system is null) await StartAsync().ConfigureAwait(false);
            var each = requests / inFlight;
            var meter = Meter.Start(_peer!);
            var askers = Enumerable.Range(0, inFlight).Select(first => Task.Run(() => AskOnAsync(first, each)));
            await Task.WhenAll(askers).ConfigureAwait(false);
            return meter.Stop((long)each * inFlight);
        }

        public void Dispose()
        {
            _peer?.StandardInput.Close();
            _peer?.WaitForExit();
            _peer?.Dispose();
            _system?.Terminate().Wait(StartMax);
            Directory.Delete(_directory, recursive: true);
        }

        private async Task AskOnAsync(int first, int requests)
        {
            for (var i = 0; i < requests; i++)
            {
                var question = new ShardingEnvelope(_units[(first + i) % Units], new Question(i));
                var answer = await _region.Ask<Answer>(question).ConfigureAwait(false);
                if (answer.Number != i) throw new InvalidOperationException($"asked {i}, was answered {answer.Number}");
            }
        }

        private async Task StartAsync()
        {
            (_system, _region) = await StartNodeAsync("near", _directory).ConfigureAwait(false);
            _peer = Helper.Start("shard-node", "far", _directory);
            if (await _peer.StandardOutput.ReadLineAsync().ConfigureAwait(false) is null)
                throw new InvalidOperationException("the second node did not start");
            var cluster = Cluster.Cluster.Get(_system);
            for (var start = Stopwatch.GetTimestamp(); ; await Task.Delay(50).ConfigureAwait(false))
            {
                if (cluster.View.Types.TryGetValue(Type, out var type) && type.Shards.Count == Extractor.MaxNumberOfShards
                    && type.Shards.Values.Count(shard => shard.Leader == cluster.SelfKey) * 2 == type.Shards.Count)
                {
                    _units = Interleaved(id => type.Shards[Extractor.ShardId(id)].Leader == cluster.SelfKey);
                    return;
                }
                if (Stopwatch.GetElapsedTime(start) > StartMax) throw new TimeoutException("The shards were not spread over both nodes");
            }
        }

        /// <summary>Ids of units, every second one on the other node.</summary>
        private static string[] Interleaved(Predicate<string> isNear)
        {
            var ids = Enumerable.Range(0, Units * 4).Select(i => $"unit-{i}").ToLookup(id => isNear(id));
            return [.. ids[true].Take(Units / 2).Zip(ids[false]).SelectMany(pair => (string[])[pair.First, pair.Second])];
        }
    }
}
