using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Simulation.Stores;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation;

/// <summary>The stores all nodes share: control log, journal, snapshots.</summary>
internal sealed class SharedStores
{
    private readonly SimulatedWorld _world;
    private readonly Prng _random;

    public SharedStores(SimulatedWorld world)
    {
        (_world, _random) = (world, world.Random("stores"));
        var secret = new byte[32];
        for (var i = 0; i < secret.Length; i++) secret[i] = (byte)_random.Next();
        Log = new InMemoryControlLog(new ControlLogIdentity(_random.Next(), secret), new TrueTime(world.Agenda));
    }

    public InMemoryControlLog Log { get; }

    public InMemoryJournal Journal { get; } = new();

    public InMemorySnapshotStore Snapshots { get; } = new();

    /// <summary>Of the control log and its witness rows.</summary>
    public StoreConditions LogConditions { get; } = new();

    /// <summary>Of journal and snapshots.</summary>
    public StoreConditions JournalConditions { get; } = new();

    /// <summary>What is applied at the journal.</summary>
    public JournalNews JournalNews { get; } = new();

    /// <summary>Puts another implementation in the place of the control log's (a broken one, to see it caught).</summary>
    public Func<InMemoryControlLog, StoreLine, StoreLine, IControlLogStore> MakeControlLog { get; set; } =
        static (log, logLine, witnessLine) => new SimulatedControlLogStore(log, logLine, witnessLine);

    /// <summary>As <see cref="MakeControlLog"/>, for the journal.</summary>
    public Func<InMemoryJournal, StoreLine, JournalNews, IJournal> MakeJournal { get; set; } =
        static (journal, line, news) => new SimulatedJournal(journal, line, news);

    public IControlLogStore OpenControlLog(SimulatedProcess process) =>
        MakeControlLog(Log, Line(process, LogConditions), Line(process, LogConditions));

    /// <summary>As <see cref="MakeControlLog"/>, for the nodes' local stores.</summary>
    public Func<SimulatedWorld, SimulatedProcess, Prng, IBlockStore> MakeBlockStore { get; set; } =
        static (world, process, random) => new SimulatedBlockStore(world, process, random);

    public IBlockStore OpenBlocks(SimulatedProcess process) => MakeBlockStore(_world, process, new Prng(_random.Next()));

    public IJournal OpenJournal(SimulatedProcess process) =>
        MakeJournal(Journal, Line(process, JournalConditions), JournalNews);

    public ISnapshotStore OpenSnapshots(SimulatedProcess process) => new SimulatedSnapshotStore(Snapshots, Line(process, JournalConditions));

    private StoreLine Line(SimulatedProcess process, StoreConditions conditions) => new(_world, process, conditions, new Prng(_random.Next()));

    private sealed class TrueTime(Agenda agenda) : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => agenda.Now;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(agenda.Now);
    }
}
