using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Actor;

/// <summary>Settings of the actor core, read from <c>actor-runtime.actor</c>.</summary>
public sealed record ActorOptions
{
    /// <summary>Messages one actor handles before others get their turn. 1 to 100,000, default 100.</summary>
    public int Throughput { get; init; } = 100;

    /// <summary>Wait of an ask that names none. Above 0 to 1 h, default 10 s.</summary>
    public TimeSpan AskTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages a stash takes unless its props say otherwise; -1 for no bound. Default 10,000.</summary>
    public int StashCapacity { get; init; } = 10_000;

    /// <summary>Class of the <see cref="SupervisorStrategyConfigurator"/> for top-level actors. Default <see cref="DefaultSupervisorStrategy"/>.</summary>
    public string GuardianSupervisorStrategy { get; init; } = typeof(DefaultSupervisorStrategy).FullName!;

    /// <summary>Messages an <see cref="Inbox"/> keeps; more are dropped. At least 1, default 1,000.</summary>
    public int InboxSize { get; init; } = 1_000;

    /// <summary>Wait of an <see cref="Inbox"/> that is told none. Above 0 to 1 h, default 5 s.</summary>
    public TimeSpan InboxTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Dead letters logged before the log falls silent for <see cref="LogDeadLettersSuspend"/>. 0 logs none, default 10.</summary>
    public int LogDeadLetters { get; init; } = 10;

    /// <summary>Silence after <see cref="LogDeadLetters"/> lines. 1 s to 1 day, default 5 min.</summary>
    public TimeSpan LogDeadLettersSuspend { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether dead letters are logged while the system terminates. Default false.</summary>
    public bool LogDeadLettersDuringShutdown { get; init; }

    /// <summary>What is logged about single actors. Default nothing.</summary>
    public DebugOptions Debug { get; init; } = new();

    /// <summary>Reads the settings; what is missing keeps its default.</summary>
    /// <param name="config">The whole configuration.</param>
    public static ActorOptions FromConfig(Config config)
    {
        var section = config.GetConfig("actor-runtime.actor");
        var defaults = new ActorOptions();
        return new ActorOptions
        {
            Throughput = section.GetInt("throughput", defaults.Throughput),
            AskTimeout = section.GetTimeSpan("ask-timeout", defaults.AskTimeout),
            StashCapacity = section.GetInt("stash-capacity", defaults.StashCapacity),
            GuardianSupervisorStrategy = section.GetString("guardian-supervisor-strategy", defaults.GuardianSupervisorStrategy),
            InboxSize = section.GetInt("inbox.inbox-size", defaults.InboxSize),
            InboxTimeout = section.GetTimeSpan("inbox.default-timeout", defaults.InboxTimeout),
            LogDeadLetters = section.GetInt("log-dead-letters", defaults.LogDeadLetters),
            LogDeadLettersSuspend = section.GetTimeSpan("log-dead-letters-suspend", defaults.LogDeadLettersSuspend),
            LogDeadLettersDuringShutdown = section.GetBoolean("log-dead-letters-during-shutdown", defaults.LogDeadLettersDuringShutdown),
            Debug = DebugOptions.FromConfig(section.GetConfig("debug")),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public ActorOptions Validated()
    {
        new OptionErrors("actor-runtime.actor")
            .Require(Throughput is >= 1 and <= 100_000, "throughput: 1 to 100,000 messages per turn")
            .Require(AskTimeout > TimeSpan.Zero && AskTimeout <= TimeSpan.FromHours(1), "ask-timeout: above 0 to 1 h; an ask must not wait for ever")
            .Require(StashCapacity is -1 or > 0, "stash-capacity: at least 1, or -1 for no bound")
            .Require(InboxSize >= 1, "inbox.inbox-size: at least 1 message")
            .Require(InboxTimeout > TimeSpan.Zero && InboxTimeout <= TimeSpan.FromHours(1), "inbox.default-timeout: above 0 to 1 h")
            .Require(LogDeadLetters >= 0, "log-dead-letters: a number of lines, 0 to log none")
            .Require(LogDeadLettersSuspend >= TimeSpan.FromSeconds(1) && LogDeadLettersSuspend <= TimeSpan.FromDays(1), "log-dead-letters-suspend: 1 s to 1 day")
            .ThrowIfAny();
        return this;
    }
}
