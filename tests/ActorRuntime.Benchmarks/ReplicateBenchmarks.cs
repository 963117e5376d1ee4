using System.Diagnostics;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Local;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Snapshot;
using ActorRuntime.Remote;
using ActorRuntime.Serialization;

namespace ActorRuntime.Benchmarks;

/// <summary>Sharded persistent units whose events go to replicated logs. The other nodes are this program again, with the verb
/// <c>replica-node</c>.</summary>
/// <remarks>Default settings: every log flushed by group commit before it is acknowledged, all on one disk; hot standbys. Each unit tells
/// itself its commands, so that nothing but replication crosses the network.</remarks>
internal static class ReplicateBenchmarks
{
    private const string Type = "bench-unit";
    private const int Units = 100;

    private static HashCodeMessageExtractor Extractor { get; } = HashCodeMessageExtractor.Create(10, _ => null);

    /// <summary>Writing by many units and by one.</summary>
    public static IEnumerable<Case> Replicate()
    {
        foreach (var nodes in (int[])[1, 3])
        {
            using var cluster = new Nodes(nodes);
            var where = nodes == 1 ? "1 node" : $"{nodes} processes";
            yield return new($"100 units, {where}", "events/s", () => cluster.WriteAsync(Units, 2_000, isAsync: false));
            yield return new($"100 units, {where}, PersistAsync", "events/s", () => cluster.WriteAsync(Units, 5_000, isAsync: true));
            yield return new($"1 unit, {where}", "µs/event", () => cluster.WriteAsync(1, 2_000, isAsync: false),
                sample => sample.Elapsed.TotalMicroseconds / sample.Operations);
        }
    }

    /// <summary>The longest time between two answers of a unit that is asked without pause while its shard moves to another node.</summary>
    public static IEnumerable<Case> Transfer()
    {
        using var cluster = new Nodes(3);
        yield return new("1 unit, 3 processes", "ms silence", cluster.MoveAsync, sample => sample.Found);
    }

    /// <summary>A node, until standard input ends.</summary>
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
        var local = new LocalStoreOptions { Directory = Path.Combine(directory, name + ".blocks") };
        var options = new ClusterOptions { Name = name, DataDir = directory, SignalBindAddress = "127.0.0.1" };
        var system = ActorSystem.Create("benchmark", ActorSystemSetup.Create(
                new EnvironmentSetup(environment),
                PersistenceSetup.Create().WithJournal(_ => new SqliteJournal(journal, environment))
                    .WithSnapshotStore(_ => new SqliteSnapshotStore(journal, environment)).WithBlockStore(_ => new SegmentStore(local, environment)),
                new ShardingSetup(new ShardingOptions { Durability = ShardDurability.Replicated }))
            .WithCluster(new ClusterSetup(store, options), new RemoteOptions()));
        await Cluster.Cluster.Get(system).WhenUp.WaitAsync(TimeSpan.FromMinutes(1)).ConfigureAwait(false);
        var settings = ClusterShardingSettings.Create(system);
        return (system, ClusterSharding.Get(system).Start(Type, id => Props.Create(() => new Unit(id)), settings, Extractor));
    }

    [WireType("bench-write")]
    internal sealed record Write(int Events, bool IsAsync);

    [WireType("bench-written")]
    internal sealed record Written(int Sum);

    [WireType("bench-rose")]
    internal sealed record Rose(int Amount);

    private sealed class Unit : ReceivePersistentActor
    {
        private IActorRef? _asker;
        private int _sum;
        private int _left;

        public Unit(string id)
        {
            PersistenceId = $"{Type}/{id}";
            Recover<Rose>(rose => _sum += rose.Amount);
            Command<Write>(write =>
            {
                _asker = Sender;
                _left = write.Events;
                for (var i = 0; i < write.Events; i++) Self.Tell(write.IsAsync, ActorRefs.NoSender);
            });
            Command<bool>(isAsync =>
            {
                if (isAsync) PersistAsync(new Rose(1), OnRose);
                else Persist(new Rose(1), OnRose);
            });
        }

        public override string PersistenceId { get; }

        private void OnRose(Rose rose)
        {
            _sum += rose.Amount;
            if (--_left == 0) _asker!.Tell(new Written(_sum), Self);
        }
    }

    /// <summary>The nodes, from the first run on; the first is in this process.</summary>
    private sealed class Nodes(int count) : IDisposable
    {
        private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(2), Rest = TimeSpan.FromMilliseconds(300);

        private readonly string _directory = Directory.CreateTempSubdirectory("actor-runtime-bench-").FullName;
        private readonly List<Process> _peers = [];
        private ActorSystem? _system;
        private IActorRef _region = ActorRefs.Nobody;

        public async Task<Sample> WriteAsync(int units, int eventsEach, bool isAsync)
        {
            if (_system is null) await StartAsync().ConfigureAwait(false);
            await AskAllAsync(units, 1, isAsync: false).ConfigureAwait(false); // They run.
            var meter = Meter.Start([.. _peers]);
            await AskAllAsync(units, eventsEach, isAsync).ConfigureAwait(false);
            return meter.Stop((long)units * eventsEach);
        }

        /// <summary>From one of the other nodes to the next: the client is on the first.</summary>
        public async Task<Sample> MoveAsync()
        {
            const string unit = "moving";
            if (_system is null) await StartAsync().ConfigureAwait(false);
            var (cluster, shard) = (Cluster.Cluster.Get(_system!), Extractor.ShardId(unit));
            await AskAsync().ConfigureAwait(false);
            var meter = Meter.Start([.. _peers]);
            var moved = MoveAsync();
            var (asked, longest, restBegun) = (0, TimeSpan.Zero, 0L);
            for (var last = Stopwatch.GetTimestamp(); restBegun == 0 || Stopwatch.GetElapsedTime(restBegun) < Rest; asked++)
            {
                await AskAsync().ConfigureAwait(false);
                var now = Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(last, now) is var silence && silence > longest) longest = silence;
                last = now;
                if (restBegun == 0 && moved.IsCompleted) restBegun = now;
            }
            await moved.ConfigureAwait(false);
            return meter.Stop(asked) with { Found = longest.TotalMilliseconds };

            Task<Written> AskAsync() => _region.Ask<Written>(new ShardingEnvelope(unit, new Write(1, IsAsync: false)), StartMax);

            Cluster.View.ShardState State(Cluster.View.ClusterView view) => view.Types[Type].Shards[shard];

            async Task MoveAsync()
            {
                await Task.Delay(Rest).ConfigureAwait(false);
                var before = State(cluster.View).Leader!.Value;
                var next = cluster.View.Members.Values.Select(member => member.Key).OrderBy(node => node.Name).First(node => node != before && node != cluster.SelfKey);
                var asked = await cluster.ProposeAsync(
                    view => [new ControlChange.TransfersChanged(Type, [new TransferChange(shard, State(view).Term, next)])], "benchmark").ConfigureAwait(false);
                if (!asked.IsAccepted) throw new InvalidOperationException(string.Join("; ", asked.Rejections));
                while (State(cluster.View).Leader != next) await Task.Delay(1).ConfigureAwait(false);
            }
        }

        public void Dispose()
        {
            foreach (var peer in _peers)
            {
                peer.StandardInput.Close();
                peer.WaitForExit();
                peer.Dispose();
            }
            _system?.Terminate().Wait(StartMax);
            Directory.Delete(_directory, recursive: true);
        }

        private async Task AskAllAsync(int units, int eventsEach, bool isAsync)
        {
            var written = await Task.WhenAll(Enumerable.Range(0, units).Select(unit => _region.Ask<Written>(
                new ShardingEnvelope($"unit-{units}-{unit}", new Write(eventsEach, isAsync)), StartMax))).ConfigureAwait(false);
            if (Array.Exists(written, answer => answer.Sum < eventsEach)) throw new InvalidOperationException($"a unit has fewer than {eventsEach} events");
        }

        private async Task StartAsync()
        {
            (_system, _region) = await StartNodeAsync("node-1", _directory).ConfigureAwait(false);
            for (var i = 2; i <= count; i++)
            {
                var peer = Helper.Start("replica-node", $"node-{i}", _directory);
                _peers.Add(peer);
                if (await peer.StandardOutput.ReadLineAsync().ConfigureAwait(false) is null) throw new InvalidOperationException($"node-{i} did not start");
            }
            var cluster = Cluster.Cluster.Get(_system);
            for (var start = Stopwatch.GetTimestamp(); ; await Task.Delay(50).ConfigureAwait(false))
            {
                if (cluster.View.Types.TryGetValue(Type, out var type)
                    && type.Shards.Values.All(shard => shard.Replicas is { } set && set.InSync.Length == count)
                    && type.Shards.Values.Select(shard => shard.Leader).Distinct().Count() == count) return;
                if (Stopwatch.GetElapsedTime(start) > StartMax) throw new TimeoutException("The logs did not come in sync, or the shards were not spread");
            }
        }
    }
}
