using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Persistence;

/// <summary>Where the actors of a system keep their events and snapshots; without it in memory.</summary>
public sealed class PersistenceSetup : Setup
{
    private readonly Dictionary<string, Func<ExtendedActorSystem, IJournal>> _journals = [];
    private readonly Dictionary<string, Func<ExtendedActorSystem, ISnapshotStore>> _snapshotStores = [];
    private readonly Dictionary<string, EventAdapters> _eventAdapters = [];

    /// <summary>Settings of persistent actors; null, unless given: those of the system's configuration.</summary>
    public PersistenceOptions? Options { get; private set; }

    internal Func<ExtendedActorSystem, IBlockStore>? BlockStore { get; private set; }

    internal IReadOnlyDictionary<string, Func<ExtendedActorSystem, IJournal>> Journals => _journals;

    internal IReadOnlyDictionary<string, Func<ExtendedActorSystem, ISnapshotStore>> SnapshotStores => _snapshotStores;

    internal IReadOnlyDictionary<string, EventAdapters> EventAdapters => _eventAdapters;

    /// <summary>Defaults.</summary>
    public static PersistenceSetup Create() => new();

    /// <summary>Sets the settings; those of the configuration no longer count.</summary>
    public PersistenceSetup WithOptions(PersistenceOptions options)
    {
        Options = options;
        return this;
    }

    /// <summary>Adds a journal. The system makes it on first use and disposes of it after its last actor has ended.</summary>
    /// <param name="factory">Makes it.</param>
    /// <param name="pluginId">What actors name in <see cref="Eventsourced.JournalPluginId"/>; empty for the default one.</param>
    public PersistenceSetup WithJournal(Func<ExtendedActorSystem, IJournal> factory, string pluginId = "")
    {
        _journals[pluginId] = factory;
        return this;
    }

    /// <summary>Sets the event adapters of a journal; those of the configuration no longer count for it.</summary>
    /// <param name="adapters">By class of events.</param>
    /// <param name="pluginId">Which journal; empty for the default one, which actors of shards use, too.</param>
    public PersistenceSetup WithEventAdapters(EventAdapters adapters, string pluginId = "")
    {
        _eventAdapters[pluginId] = adapters;
        return this;
    }

    /// <summary>Sets the node's local store, which replicated logs need. Made on first use, disposed of after the last actor has ended.</summary>
    public PersistenceSetup WithBlockStore(Func<ExtendedActorSystem, IBlockStore> factory)
    {
        BlockStore = factory;
        return this;
    }

    /// <summary>Adds a snapshot store, as <see cref="WithJournal"/>.</summary>
    public PersistenceSetup WithSnapshotStore(Func<ExtendedActorSystem, ISnapshotStore> factory, string pluginId = "")
    {
        _snapshotStores[pluginId] = factory;
        return this;
    }
}
