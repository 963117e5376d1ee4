using ActorRuntime.Configuration;

namespace ActorRuntime.TestKit.Configs;

/// <summary>Configurations of actor systems under test.</summary>
public static class TestConfigs
{
    /// <summary>
    /// What a test kit adds below the configuration it is given: messages nobody took are logged, as tests want to know of them, and there is a
    /// <see cref="CallingThreadDispatcher"/>.
    /// </summary>
    public static Config DefaultConfig { get; } = ConfigurationFactory.ParseString(
        $"""
        actor-runtime.actor.debug.unhandled = on
        {CallingThreadDispatcher.Id}.type = "{typeof(CallingThreadDispatcherConfigurator).FullName}, {typeof(TestConfigs).Assembly.GetName().Name}"
        """);

    /// <summary>Virtual time that only <see cref="TestScheduler.Advance"/> moves.</summary>
    public static Config TestSchedulerConfig { get; } = ConfigurationFactory.ParseString("actor-runtime.test.clock = manual");
}
