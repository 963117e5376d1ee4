using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using Xunit.Abstractions;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>Base of test classes for persistent actors: journal and snapshot store in memory, which fail when a test tells them to.</summary>
/// <remarks>A behaviour lasts while the execution it was chosen for runs, nested ones included; afterwards the store is healthy again.</remarks>
public class PersistenceTestKit : ActorRuntime.TestKit.Xunit2.TestKit
{
    private readonly TestJournal _journal;
    private readonly TestSnapshotStore _snapshots;

    /// <summary>In a system with a configuration.</summary>
    /// <param name="config">Settings, those under <c>actor-runtime.persistence</c> included.</param>
    /// <param name="actorSystemName">Name of the system. Default <c>test</c>.</param>
    /// <param name="output">Output of the test; null shows no log.</param>
    public PersistenceTestKit(Config config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : this(config, new TestJournal(), new TestSnapshotStore(), actorSystemName, output)
    {
    }

    /// <summary>In a system with default settings.</summary>
    /// <inheritdoc cref="PersistenceTestKit(Config, string, ITestOutputHelper)"/>
    public PersistenceTestKit(string? actorSystemName = null, ITestOutputHelper? output = null)
        : this(Config.Empty, actorSystemName, output)
    {
    }

    private PersistenceTestKit(
        Config config, TestJournal journal, TestSnapshotStore snapshots, string? actorSystemName, ITestOutputHelper? output)
        : base(Setup(config, journal, snapshots), actorSystemName, output)
    {
        (_journal, _snapshots) = (journal, snapshots);
        var time = ((ExtendedActorSystem)Sys).Environment.Time;
        StoreBehavior[] all = [journal.Writes, journal.Recoveries, snapshots.Saves, snapshots.Loads, snapshots.Deletions];
        foreach (var behavior in all) behavior.Time = time;
    }

    /// <summary>Runs <paramref name="execution"/> while writes of events are answered as chosen.</summary>
    /// <param name="behaviorSelector">Chooses, for example <c>write => write.Fail()</c>.</param>
    /// <param name="execution">The test, or a part of it.</param>
    public Task WithJournalWrite(Func<JournalWriteBehavior, Task> behaviorSelector, Func<Task> execution) =>
        WithAsync(_journal.Writes, behaviorSelector, execution);

    /// <summary>Runs <paramref name="execution"/> while reads of events are answered as chosen.</summary>
    /// <inheritdoc cref="WithJournalWrite"/>
    public Task WithJournalRecovery(Func<JournalRecoveryBehavior, Task> behaviorSelector, Func<Task> execution) =>
        WithAsync(_journal.Recoveries, behaviorSelector, execution);

    /// <summary>Runs <paramref name="execution"/> while saves of snapshots are answered as chosen.</summary>
    /// <inheritdoc cref="WithJournalWrite"/>
    public Task WithSnapshotSave(Func<SnapshotStoreSaveBehavior, Task> behaviorSelector, Func<Task> execution) =>
        WithAsync(_snapshots.Saves, behaviorSelector, execution);

    /// <summary>Runs <paramref name="execution"/> while loads of snapshots are answered as chosen.</summary>
    /// <inheritdoc cref="WithJournalWrite"/>
    public Task WithSnapshotLoad(Func<SnapshotStoreLoadBehavior, Task> behaviorSelector, Func<Task> execution) =>
        WithAsync(_snapshots.Loads, behaviorSelector, execution);

    /// <summary>Runs <paramref name="execution"/> while deletions of snapshots are answered as chosen.</summary>
    /// <inheritdoc cref="WithJournalWrite"/>
    public Task WithSnapshotDelete(Func<SnapshotStoreDeleteBehavior, Task> behaviorSelector, Func<Task> execution) =>
        WithAsync(_snapshots.Deletions, behaviorSelector, execution);

    private static async Task WithAsync<T>(T behavior, Func<T, Task> select, Func<Task> execution)
        where T : StoreBehavior
    {
        try
        {
            await select(behavior);
            await execution();
        }
        finally
        {
            behavior.Reset();
        }
    }

    private static ActorSystemSetup Setup(Config config, TestJournal journal, TestSnapshotStore snapshots) => ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(config),
        PersistenceSetup.Create().WithJournal(_ => journal).WithSnapshotStore(_ => snapshots));
}
