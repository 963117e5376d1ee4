using System.Collections.Concurrent;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Query;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Persistence;

/// <summary>The journals and snapshot stores of one actor system, and which actors write elsewhere. Any thread.</summary>
public sealed class PersistenceExtension : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly Plugins<IJournal> _journals;
    private readonly Plugins<ISnapshotStore> _snapshotStores;
    private readonly LocalStore _localStore;
    private readonly ConcurrentDictionary<IActorRef, EventLogBinding> _bindings = new();
    private readonly ConcurrentDictionary<string, EventAdapters> _adapters = new();
    private readonly PersistenceSetup _setup;

    internal PersistenceExtension(ExtendedActorSystem system)
    {
        _system = system;
        var setup = _setup = system.Setup.Get<PersistenceSetup>() is { HasValue: true } given ? given.Value : PersistenceSetup.Create();
        Options = (setup.Options ?? OptionsOf(system.Settings.Config)).Validated();
        Permits = new RecoveryPermits(Options.RecoveriesMax);
        _journals = new Plugins<IJournal>("journal", system, setup.Journals, static _ => new InMemoryJournal());
        _snapshotStores = new Plugins<ISnapshotStore>("snapshot store", system, setup.SnapshotStores, static _ => new InMemorySnapshotStore());
        _localStore = new LocalStore(() => setup.BlockStore is { } make ? make(system) : throw new ConfigurationException(
            "durability = replicated needs a local store on this node: PersistenceSetup.WithBlockStore"));
        system.RegisterOnTermination(() =>
        {
            _journals.Close();
            _snapshotStores.Close();
            _ = _localStore.CloseAsync(); // It finishes what it has begun by itself.
        });
    }

    /// <summary>Settings of persistent actors.</summary>
    public PersistenceOptions Options { get; }

    /// <summary>The default journal.</summary>
    public IJournal Journal => _journals.Get("");

    /// <summary>The default snapshot store.</summary>
    public ISnapshotStore SnapshotStore => _snapshotStores.Get("");

    /// <summary>The node's local store, opened; the same for everybody.</summary>
    /// <exception cref="ConfigurationException">The setup names none.</exception>
    /// <exception cref="BlockStoreException">By the task: it cannot be used.</exception>
    public Task<IBlockStore> OpenBlockStoreAsync() => _localStore.OpenAsync();

    /// <summary>Closes the node's local store, if it was opened; the system does so by itself when it terminates. Done when another system
    /// may open it.</summary>
    public Task CloseBlockStoreAsync() => _localStore.CloseAsync();

    internal RecoveryPermits Permits { get; }

    /// <summary>The journal of a plug-in id; empty is the default.</summary>
    /// <exception cref="ArgumentException">The setup names no such journal.</exception>
    public IJournal JournalFor(string pluginId) => _journals.Get(pluginId);

    /// <summary>The snapshot store of a plug-in id; empty is the default.</summary>
    /// <exception cref="ArgumentException">The setup names no such store.</exception>
    public ISnapshotStore SnapshotStoreFor(string pluginId) => _snapshotStores.Get(pluginId);

    /// <summary>Queries over the journal of a plug-in id; empty is the default.</summary>
    public ReadJournal ReadJournalFor(string pluginId) =>
        new(JournalFor(pluginId), new EventConverter(_system, AdaptersFor(pluginId)), Options, _system.Environment.Time);

    /// <summary>The event adapters of a journal: those of the setup, else those of <c>actor-runtime.persistence.journal.ID</c> in the
    /// configuration, where the default journal's id is <c>default</c>.</summary>
    /// <exception cref="ConfigurationException">The configuration names a type that cannot be found.</exception>
    public EventAdapters AdaptersFor(string journalPluginId) => _adapters.GetOrAdd(journalPluginId, id =>
    {
        if (_setup.EventAdapters.TryGetValue(id, out var given)) return given;
        var path = $"actor-runtime.persistence.journal.{(id == "" ? "default" : id)}";
        var config = _system.Settings.Config;
        return config.HasPath(path) ? EventAdapters.FromConfig(config.GetConfig(path)) : EventAdapters.None;
    });

    /// <summary>Opens the default journal and snapshot store, so that a node that cannot use them does not start.</summary>
    /// <exception cref="JournalException">What, where, what to do.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await Journal.OpenAsync(cancellationToken).ConfigureAwait(false);
        await SnapshotStore.OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes a scope to all lower terms, in the default journal and in the default snapshot store; to be done before anything is
    /// read under the term.</summary>
    /// <exception cref="FencedException">A higher term was raised already.</exception>
    /// <exception cref="JournalException">Not raised, or unknown; raise again.</exception>
    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => Task.WhenAll(
        Journal.RaiseFenceAsync(fence, cancellationToken), SnapshotStore.RaiseFenceAsync(fence, cancellationToken));

    /// <summary>Sends the events of all actors below <paramref name="ancestor"/> that start from now on to a log of their own.</summary>
    /// <param name="ancestor">For example the actor of a shard, whose units share the shard's term.</param>
    /// <param name="events">Where the events go.</param>
    /// <param name="snapshots">Where the snapshots go, under the log's fence, which must be raised there too; null for the default store.</param>
    public void Bind(IActorRef ancestor, IEventLog events, ISnapshotStore? snapshots = null) =>
        _bindings[ancestor] = new EventLogBinding(events, snapshots ?? SnapshotStore, new EventConverter(_system, AdaptersFor("")));

    /// <summary>Ends <see cref="Bind"/>; actors that run keep their log.</summary>
    public void Unbind(IActorRef ancestor) => _bindings.TryRemove(ancestor, out _);

    /// <summary>The log of an actor: that of the nearest bound ancestor, else its plug-ins.</summary>
    internal EventLogBinding LogOf(IInternalActorRef actor, string journalPluginId, string snapshotPluginId)
    {
        if (!_bindings.IsEmpty)
        {
            for (var ancestor = actor; ancestor is not null and not Nobody; ancestor = ancestor.Parent)
            {
                if (_bindings.TryGetValue(ancestor, out var binding)) return binding;
            }
        }
        var log = new JournalEventLog(JournalFor(journalPluginId), WriterFence.None);
        return new EventLogBinding(log, SnapshotStoreFor(snapshotPluginId), new EventConverter(_system, AdaptersFor(journalPluginId)));
    }

    private static PersistenceOptions OptionsOf(Config config)
    {
        const string section = "actor-runtime.persistence";
        return config.HasPath(section) ? PersistenceOptions.FromConfig(config.GetConfig(section)) : new PersistenceOptions();
    }

    private sealed class Plugins<T>(
        string kind, ExtendedActorSystem system, IReadOnlyDictionary<string, Func<ExtendedActorSystem, T>> factories, Func<ExtendedActorSystem, T> fallback)
        where T : IAsyncDisposable
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, T> _made = [];

        public T Get(string pluginId)
        {
            lock (_lock)
            {
                if (_made.TryGetValue(pluginId, out var plugin)) return plugin;
                var factory = factories.GetValueOrDefault(pluginId) ?? (pluginId == "" ? fallback : null);
                if (factory is null) throw new ArgumentException($"No {kind} '{pluginId}': name it in PersistenceSetup", nameof(pluginId));
                return _made[pluginId] = factory(system);
            }
        }

        public void Close()
        {
            lock (_lock)
            {
                foreach (var plugin in _made.Values) _ = plugin.DisposeAsync().AsTask(); // They finish what is queued by themselves.
            }
        }
    }
}

/// <summary>Where an actor's events and snapshots go, and in which form.</summary>
internal sealed record EventLogBinding(IEventLog Events, ISnapshotStore Snapshots, EventConverter Converter);
