using ActorRuntime.Configuration;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.TestKit;

/// <summary>The clock a test kit gives the actor system it starts.</summary>
public enum TestClock
{
    /// <summary>That of the machine; actors run on the thread pool.</summary>
    Real,

    /// <summary>Virtual, on the test's thread: each wait runs the system and moves the clock to what is due next, up to its time-out. Nothing sleeps.</summary>
    Auto,

    /// <summary>Virtual, on the test's thread: waits run the system, but only <see cref="TestScheduler.Advance"/> moves the clock. Nothing sleeps.</summary>
    Manual,
}

/// <summary>Settings of the test kit, read from <c>actor-runtime.test</c>.</summary>
public sealed record TestKitSettings
{
    /// <summary>All durations that a test states, and the defaults here, are multiplied by this: more for a slow machine. Above 0 to 1,000, default 1.</summary>
    public double TestTimeFactor { get; init; } = 1;

    /// <summary>Wait of latches, barriers and of the shutdown. Above 0 to 1 h, default 10 s.</summary>
    public TimeSpan DefaultTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait of an expectation that names none, outside of <c>Within</c>. Above 0 to 1 h, default 5 s: it costs time only when it fails.</summary>
    public TimeSpan SingleExpectDefault { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence that <c>ExpectNoMsg</c> waits for unless told otherwise. Above 0 to 1 h, default 100 ms.</summary>
    public TimeSpan ExpectNoMessageDefault { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Wait of an event filter for the last event after the action has run. Above 0 to 1 h, default 5 s.</summary>
    public TimeSpan TestEventFilterLeeway { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock. Default <see cref="TestClock.Real"/>. A system that was given a <see cref="ManualEnvironment"/> has virtual time in any case.</summary>
    public TestClock Clock { get; init; }

    /// <summary>Messages that a failure lists with sender and time, the newest ones. 0 to 1,000, default 20.</summary>
    public int FailureMessages { get; init; } = 20;

    /// <summary>The lowest level that goes to the test's output. Event filters see every level. Default information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Reads the settings; what is missing keeps its default.</summary>
    /// <param name="config">The whole configuration.</param>
    public static TestKitSettings FromConfig(Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var section = config.GetConfig("actor-runtime.test");
        var defaults = new TestKitSettings();
        return new TestKitSettings
        {
            TestTimeFactor = section.GetDouble("timefactor", defaults.TestTimeFactor),
            DefaultTimeout = section.GetTimeSpan("default-timeout", defaults.DefaultTimeout),
            SingleExpectDefault = section.GetTimeSpan("single-expect-default", defaults.SingleExpectDefault),
            ExpectNoMessageDefault = section.GetTimeSpan("expect-no-message-default", defaults.ExpectNoMessageDefault),
            TestEventFilterLeeway = section.GetTimeSpan("filter-leeway", defaults.TestEventFilterLeeway),
            Clock = section.GetEnum<TestClock>("clock", defaults.Clock),
            FailureMessages = section.GetInt("failure-messages", defaults.FailureMessages),
            LogLevel = section.GetEnum<LogLevel>("log-level", defaults.LogLevel),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public TestKitSettings Validated()
    {
        new OptionErrors("actor-runtime.test")
            .Require(TestTimeFactor is > 0 and <= 1000, "timefactor: above 0 to 1,000")
            .Require(IsWait(DefaultTimeout), "default-timeout: above 0 to 1 h")
            .Require(IsWait(SingleExpectDefault), "single-expect-default: above 0 to 1 h")
            .Require(IsWait(ExpectNoMessageDefault), "expect-no-message-default: above 0 to 1 h")
            .Require(IsWait(TestEventFilterLeeway), "filter-leeway: above 0 to 1 h")
            .Require(FailureMessages is >= 0 and <= 1000, "failure-messages: 0 to 1,000 messages")
            .ThrowIfAny();
        return this;

        static bool IsWait(TimeSpan time) => time > TimeSpan.Zero && time <= TimeSpan.FromHours(1);
    }
}
