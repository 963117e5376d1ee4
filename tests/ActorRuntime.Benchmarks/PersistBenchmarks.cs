using System.Diagnostics;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Tests.Postgres;
using ActorRuntime.Serialization;

namespace ActorRuntime.Benchmarks;

/// <summary>Persistent units: one JSON event for each command, written under the fence of one of ten shards, as sharded units do.</summary>
/// <remarks>SQLite and PostgreSQL with default settings: an event counts once it survives a power cut. The PostgreSQL server is one of the
/// benchmark's own on this machine; its processor time counts.</remarks>
internal static class PersistBenchmarks
{
    private const int Units = 100;
    private const int History = 100_000;
    private const int InFlight = 100;

    /// <summary>Where the events go.</summary>
    internal enum Store
    {
        Memory,
        Sqlite,
        Postgres,
    }

    private static readonly Lazy<ThrowawayServer> Server = new(ThrowawayServer.Start);

    /// <summary>Those that are measured; PostgreSQL where there is a server on this machine.</summary>
    public static IReadOnlyList<Store> Stores { get; set; } =
        ThrowawayServer.WhyMissing is null ? [Store.Memory, Store.Sqlite, Store.Postgres] : [Store.Memory, Store.Sqlite];

    /// <summary>Writing by many units and by one, and recovery.</summary>
    public static IEnumerable<Case> Persist()
    {
        foreach (var store in Stores)
        {
            if (store == Store.Memory)
            {
                yield return new("100 units, in memory", "events/s", () => WriteAsync(store, new(Units, 5_000)));
                continue;
            }
            var name = store == Store.Sqlite ? "SQLite" : "PostgreSQL";
            yield return new($"100 units, {name}", "events/s", () => WriteAsync(store, new(Units, 2_000)));
            yield return new($"100 units, {name}, PersistAsync", "events/s", () => WriteAsync(store, new(Units, 5_000, IsAsync: true)));
            yield return new($"1 unit, {name}", "µs/event", () => WriteAsync(store, new(1, 5_000)),
                sample => sample.Elapsed.TotalMicroseconds / sample.Operations);
            yield return new($"1 unit, {name}, {InFlight} in flight", "events/s", () => WriteAsync(store, new(1, 50_000, IsAsync: true, InFlight)));
            using var place = new Place(store);
            yield return new($"recovery of {History:N0} events, {name}", "s", () => RecoverAsync(place), sample => sample.Elapsed.TotalSeconds);
        }
    }

    private static async Task<Sample> WriteAsync(Store store, Run run)
    {
        using var place = new Place(store);
        var system = place.Start();
        try
        {
            await StartUnitsAsync(system, run).ConfigureAwait(false);
            var meter = Meter.Start(place.Helpers());
            run.Begin();
            await run.Written.Task.ConfigureAwait(false);
            return meter.Stop((long)run.Units * run.EventsEach);
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    private static async Task<Sample> RecoverAsync(Place place)
    {
        if (!place.IsFilled) await FillAsync(place).ConfigureAwait(false);
        var system = place.Start();
        try
        {
            var run = new Run(1, 0);
            var meter = Meter.Start();
            await StartUnitsAsync(system, run).ConfigureAwait(false);
            var sample = meter.Stop(History);
            if (run.Recovered != History) throw new InvalidOperationException($"{run.Recovered} of {History} events recovered");
            return sample;
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    private static async Task FillAsync(Place place)
    {
        var system = place.Start();
        var run = new Run(1, History, IsAsync: true);
        await StartUnitsAsync(system, run).ConfigureAwait(false);
        run.Begin();
        await run.Written.Task.ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
        place.IsFilled = true;
    }

    /// <summary>Returns once every unit has recovered.</summary>
    private static async Task StartUnitsAsync(ActorSystem system, Run run)
    {
        var persistence = Persistence.Persistence.Instance.Get(system);
        for (var shard = 0; shard < Math.Min(10, run.Units); shard++)
        {
            var (fence, first, count) = (new WriterFence($"bench/{shard}", 1), shard * 10, Math.Min(10, run.Units));
            await persistence.RaiseFenceAsync(fence, CancellationToken.None).ConfigureAwait(false);
            var parent = system.ActorOf(Props.Create(() => new Shard(run)));
            persistence.Bind(parent, new JournalEventLog(persistence.Journal, fence));
            for (var i = first; i < first + count; i++) parent.Tell(i, ActorRefs.NoSender);
        }
        await run.Ready.Task.ConfigureAwait(false);
    }

    [WireType("bench-added")]
    internal sealed record Added(int Amount);

    private sealed record Add(int Amount)
    {
        public static Add One { get; } = new(1);
    }

    /// <summary>What the units of one run have to do, and how far they are.</summary>
    /// <param name="InFlight">Most events of a unit that are under way; 0: all are sent to it at once.</param>
    private sealed record Run(int Units, int EventsEach, bool IsAsync = false, int InFlight = 0)
    {
        private int _started;
        private int _written;

        public IActorRef[] Started { get; } = new IActorRef[Units];

        public int Recovered { get; set; }

        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Begin()
        {
            foreach (var unit in Started)
                for (var i = 0; i < (InFlight > 0 ? InFlight : EventsEach); i++) unit.Tell(Add.One, ActorRefs.NoSender);
        }

        public void OnStarted(IActorRef unit)
        {
            var number = Interlocked.Increment(ref _started);
            Started[number - 1] = unit;
            if (number == Units) Ready.TrySetResult();
        }

        public void OnWritten()
        {
            if (Interlocked.Increment(ref _written) == Units) Written.TrySetResult();
        }
    }

    private sealed class Shard : ReceiveActor
    {
        public Shard(Run run) => Receive<int>(i => Context.ActorOf(Props.Create(() => new Unit(run, $"bench-{i}"))));
    }

    private sealed class Unit : ReceivePersistentActor
    {
        private readonly Run _run;
        private int _sum;

        public Unit(Run run, string id)
        {
            (_run, PersistenceId) = (run, id);
            Recover<Added>(added => _sum += added.Amount);
            Recover<RecoveryCompleted>(_ =>
            {
                run.Recovered = _sum;
                run.OnStarted(Self);
            });
            Command<Add>(add =>
            {
                if (run.IsAsync) PersistAsync(new Added(add.Amount), OnAdded);
                else Persist(new Added(add.Amount), OnAdded);
            });
        }

        public override string PersistenceId { get; }

        private void OnAdded(Added added)
        {
            _sum += added.Amount;
            if (_sum == _run.EventsEach) _run.OnWritten();
            else if (_run.InFlight > 0 && _sum <= _run.EventsEach - _run.InFlight) Self.Tell(Add.One, ActorRefs.NoSender);
        }
    }

    /// <summary>A store that is empty at first.</summary>
    private sealed class Place(Store store) : IDisposable
    {
        private readonly string _directory = Directory.CreateTempSubdirectory("actor-runtime-bench-").FullName;
        private readonly string _schema = $"bench_{Guid.NewGuid():n}";

        public bool IsFilled { get; set; }

        public ActorSystem Start()
        {
            Func<ActorSystem, IJournal> open = store switch
            {
                Store.Memory => _ => new InMemoryJournal(),
                Store.Sqlite => system => new SqliteJournal(new() { Path = Path.Combine(_directory, "journal.db") }, system.Environment),
                _ => system => new PostgresJournal(
                    new() { Server = new() { ConnectionString = Server.Value.ConnectionString, Schema = _schema } }, system.Environment),
            };
            return ActorSystem.Create("benchmark", ActorSystemSetup.Create(PersistenceSetup.Create().WithJournal(system => open(system))));
        }

        public Process[] Helpers() => store == Store.Postgres ? [.. Server.Value.ProcessIds.Select(Process.GetProcessById)] : [];

        public void Dispose() => Directory.Delete(_directory, recursive: true);
    }
}
