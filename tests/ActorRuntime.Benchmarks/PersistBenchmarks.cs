using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Serialization;

namespace ActorRuntime.Benchmarks;

/// <summary>Persistent units: one JSON event for each command, written under the fence of one of ten shards, as sharded units do.</summary>
/// <remarks>SQLite with default settings: write-ahead log, synchronous=FULL, so that an event counts once it survives a power
/// cut.</remarks>
internal static class PersistBenchmarks
{
    private const int Units = 100;
    private const int History = 100_000;

    private enum Store
    {
        Memory,
        Sqlite,
    }

    /// <summary>Writing by many units and by one, and recovery.</summary>
    public static IEnumerable<Case> Persist()
    {
        yield return new("100 units, in memory", "events/s", () => WriteAsync(Store.Memory, Units, 5_000, isAsync: false));
        yield return new("100 units, SQLite", "events/s", () => WriteAsync(Store.Sqlite, Units, 2_000, isAsync: false));
        yield return new("100 units, SQLite, PersistAsync", "events/s", () => WriteAsync(Store.Sqlite, Units, 5_000, isAsync: true));
        yield return new("1 unit, SQLite", "µs/event", () => WriteAsync(Store.Sqlite, 1, 5_000, isAsync: false),
            sample => sample.Elapsed.TotalMicroseconds / sample.Operations);
        using var directory = new TemporaryDirectory();
        yield return new($"recovery of {History:N0} events, SQLite", "s", () => RecoverAsync(directory),
            sample => sample.Elapsed.TotalSeconds);
    }

    private static async Task<Sample> WriteAsync(Store store, int units, int eventsEach, bool isAsync)
    {
        using var directory = new TemporaryDirectory();
        var system = Start(store, directory);
        try
        {
            var run = new Run(units, eventsEach, isAsync);
            await StartUnitsAsync(system, run).ConfigureAwait(false);
            var meter = Meter.Start();
            foreach (var unit in run.Started)
                for (var i = 0; i < eventsEach; i++) unit.Tell(Add.One, ActorRefs.NoSender);
            await run.Written.Task.ConfigureAwait(false);
            return meter.Stop((long)units * eventsEach);
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    private static async Task<Sample> RecoverAsync(TemporaryDirectory directory)
    {
        if (!directory.IsFilled) await FillAsync(directory).ConfigureAwait(false);
        var system = Start(Store.Sqlite, directory);
        try
        {
            var run = new Run(1, 0, IsAsync: false);
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

    private static async Task FillAsync(TemporaryDirectory directory)
    {
        var system = Start(Store.Sqlite, directory);
        var run = new Run(1, History, IsAsync: true);
        await StartUnitsAsync(system, run).ConfigureAwait(false);
        for (var i = 0; i < History; i++) run.Started[0].Tell(Add.One, ActorRefs.NoSender);
        await run.Written.Task.ConfigureAwait(false);
        await system.Terminate().ConfigureAwait(false);
        directory.IsFilled = true;
    }

    private static ActorSystem Start(Store store, TemporaryDirectory directory)
    {
        var options = new SqliteJournalOptions { Path = Path.Combine(directory.Path, "journal.db") };
        return ActorSystem.Create("benchmark", ActorSystemSetup.Create(PersistenceSetup.Create().WithJournal(
            system => store == Store.Memory ? new InMemoryJournal() : new SqliteJournal(options, system.Environment))));
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
    private sealed record Run(int Units, int EventsEach, bool IsAsync)
    {
        private int _started;
        private int _written;

        public IActorRef[] Started { get; } = new IActorRef[Units];

        public int Recovered { get; set; }

        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
        }
    }
}
