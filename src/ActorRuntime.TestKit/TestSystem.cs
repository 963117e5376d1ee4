using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.TestKit.Configs;

namespace ActorRuntime.TestKit;

/// <summary>Starts actor systems for tests: with the clock that the configuration names, and with a log that event filters can look at.</summary>
public static class TestSystem
{
    /// <summary>Starts a system.</summary>
    /// <param name="setup">Its setups; those for environment and logging are respected and added to.</param>
    /// <param name="name">Default <c>test</c>.</param>
    public static ActorSystem Start(ActorSystemSetup setup, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(setup);
        var given = setup.Get<BootstrapSetup>() is { HasValue: true, Value.Config: { HasValue: true } there } ? there.Value : Config.Empty;
        var config = given.WithFallback(TestConfigs.DefaultConfig);
        var settings = TestKitSettings.FromConfig(config).Validated();
        var logs = setup.Get<LoggerSetup>();
        var listener = new TestEventListener(logs.HasValue ? logs.Value.LoggerFactory : null, settings.LogLevel);
        var all = setup.WithSetup(BootstrapSetup.Create().WithConfig(config)).WithSetup(new LoggerSetup(listener));
        var environment = setup.Get<EnvironmentSetup>() is { HasValue: true } chosen ? chosen.Value.Environment
            : settings.Clock == TestClock.Real ? new ProductionEnvironment() : new ManualEnvironment();
        all = all.WithSetup(new EnvironmentSetup(environment));
        if (environment is ManualEnvironment manual) all = all.WithSetup(new SchedulerSetup(timers => new TestScheduler(manual, timers)));
        var system = ActorSystem.Create(name ?? "test", all);
        listener.Attach(system);
        return system;
    }
}
