using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Event;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Tests.Dispatch;

/// <summary>Systems under virtual time with a configuration of the test's own.</summary>
public abstract class ConfiguredTest : IDisposable
{
    private readonly List<ActorSystem> _systems = [];

    protected ManualEnvironment Environment { get; } = new();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        foreach (var ended in _systems.Select(system => system.Terminate()))
        {
            Assert.True(Environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(5)), "the system does not terminate");
        }

        Assert.Equal(0, Environment.TimerCount);
    }

    protected ActorSystem Start(string hocon)
    {
        var setup = ActorSystemSetup.Create(new EnvironmentSetup(Environment), BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(hocon)));
        var system = ActorSystem.Create("test", setup);
        _systems.Add(system);
        return system;
    }

    /// <summary>Collects what the system drops from now on.</summary>
    protected static List<Dropped> DroppedOf(ActorSystem system)
    {
        var collector = new Collector(system);
        system.EventStream.Subscribe(collector, typeof(Dropped));
        return collector.Dropped;
    }

    private sealed class Collector(ActorSystem system) : MinimalActorRef
    {
        public List<Dropped> Dropped { get; } = [];

        public override ActorPath Path { get; } = new RootActorPath(new Address("test", "x")) / "collector";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        protected override void TellInternal(object? message, IActorRef? sender) => Dropped.Add((Dropped)message!);
    }
}
