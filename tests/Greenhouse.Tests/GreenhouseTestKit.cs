using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using Xunit.Abstractions;

namespace Greenhouse.Tests;

/// <summary>Virtual time, and a journal in memory that outlives the actors of a test: nothing here sleeps.</summary>
public abstract class GreenhouseTestKit(ITestOutputHelper output) : ActorRuntime.TestKit.Xunit2.TestKit(
    ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString("actor-runtime.test.clock = auto")),
        PersistenceSetup.Create().WithJournal(_ => new InMemoryJournal()).WithSnapshotStore(_ => new InMemorySnapshotStore())),
    output: output)
{
    protected static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>Ends an actor, as a node that goes away or a passivation would, and waits for it.</summary>
    protected void End(IActorRef actor)
    {
        Watch(actor);
        Sys.Stop(actor);
        FishForMessage<Terminated>(terminated => terminated.ActorRef.Equals(actor));
        Unwatch(actor);
    }
}
