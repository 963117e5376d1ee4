using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Local.Recovery;

namespace ActorRuntime.Node.Hosting;

/// <summary>The verb <c>store read</c> from its options to its exit code.</summary>
internal static class StoreReadProgram
{
    private const int IdsPage = 1_000;

    public static async Task<int> RunAsync(string configurationFile, TextWriter output, TextWriter error)
    {
        NodeConfiguration configuration;
        try
        {
            configuration = NodeConfiguration.Load(configurationFile);
        }
        catch (ConfigurationException e)
        {
            foreach (var breach in e.Errors) await error.WriteLineAsync(breach.ToString()).ConfigureAwait(false);
            return ExitCode.BadUsage;
        }
        var environment = new ProductionEnvironment();
        var system = ActorSystem.Create(
            configuration.Node.SystemName, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(configuration.Config)));
        try
        {
            var check = new StoredStateCheck(system);
            var logs = configuration.LocalStore.Directory is { Length: > 0 } directory ? StoreReading.Run(directory, environment, check.Take) : 0;
            if (check.Unreadable.Count == 0) await ReadPersistentStoreAsync(configuration.Store, environment, check).ConfigureAwait(false);
            foreach (var line in check.Unreadable) await error.WriteLineAsync(line).ConfigureAwait(false);
            if (check.Unreadable.Count > 0) return ExitCode.Failed;
            await output.WriteLineAsync($"{logs:N0} logs, {check.Events:N0} events and {check.Snapshots:N0} snapshots can be read").ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (IOException e)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Failed;
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    private static async Task ReadPersistentStoreAsync(StoreOptions store, ProductionEnvironment environment, StoredStateCheck check)
    {
        var journal = store.OpenJournal(environment);
        await using var closesJournal = journal.ConfigureAwait(false);
        var snapshots = store.OpenSnapshots(environment);
        await using var closesSnapshots = snapshots.ConfigureAwait(false);
        await journal.OpenAsync(default).ConfigureAwait(false);
        await snapshots.OpenAsync(default).ConfigureAwait(false);
        IReadOnlyList<string> ids;
        for (var after = ""; (ids = await journal.ReadPersistenceIdsAsync(after, IdsPage, default).ConfigureAwait(false)).Count > 0; after = ids[^1])
        {
            foreach (var id in ids)
            {
                var snapshot = await snapshots.LoadAsync(id, SnapshotSelectionCriteria.Latest, default).ConfigureAwait(false);
                if (snapshot is not null) check.Take(snapshot);
                var first = (snapshot?.Metadata.SequenceNr ?? 0) + 1;
                await foreach (var stored in journal.ReadAsync(id, first, long.MaxValue, default).ConfigureAwait(false)) check.Take(stored);
            }
        }
    }
}
