using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Dispatch;

/// <summary>What a dispatcher may build on.</summary>
public interface IDispatcherPrerequisites
{
    /// <summary>Settings of the system.</summary>
    Settings Settings { get; }

    /// <summary>Clocks, executor, threads.</summary>
    RuntimeEnvironment Environment { get; }
}

/// <summary>Makes the dispatchers of one section of the configuration; named there by <c>type = "Namespace.Type, Assembly"</c>.</summary>
/// <remarks>Its constructor takes <c>(Config, IDispatcherPrerequisites)</c>.</remarks>
public abstract class MessageDispatcherConfigurator
{
    /// <param name="config">The dispatcher's section.</param>
    /// <param name="prerequisites">What it may build on.</param>
    /// <exception cref="ConfigurationException">Settings that cannot be used.</exception>
    protected MessageDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(prerequisites);
        (Config, Prerequisites) = (config, prerequisites);
        Options = DispatcherOptions.FromConfig(config, prerequisites.Settings.Options);
    }

    /// <summary>The dispatcher's section.</summary>
    public Config Config { get; }

    /// <summary>What it may build on.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>The dispatcher's path in the configuration; set before <see cref="Dispatcher"/> is called.</summary>
    public string Id { get; internal set; } = "";

    /// <summary>The settings every dispatcher has.</summary>
    public DispatcherOptions Options { get; }

    /// <summary>Its own section when that describes a mailbox, too.</summary>
    internal string? MailboxId => Config.HasPath("mailbox-type") ? Id : null;

    /// <summary>The dispatcher for one more actor: the shared one, or a new one where each actor has its own. Any thread.</summary>
    public abstract MessageDispatcher Dispatcher();

    /// <summary>The last actor has ended.</summary>
    protected internal virtual void Close()
    {
    }
}

/// <summary>Settings of one dispatcher.</summary>
public sealed record DispatcherOptions
{
    private static readonly TimeSpan DeadlineMax = TimeSpan.FromMinutes(1);

    /// <summary><c>Dispatcher</c>, <c>PinnedDispatcher</c>, <c>ForkJoinDispatcher</c>, or the class of a configurator. Default <c>Dispatcher</c>.</summary>
    public string Type { get; init; } = "Dispatcher";

    /// <summary>Messages one actor handles before others get their turn. 1 to 100,000, default <c>actor-runtime.actor.throughput</c>.</summary>
    public int Throughput { get; init; } = 100;

    /// <summary>Time after which a turn ends early. 0 to 1 min; 0, the default: no limit.</summary>
    public TimeSpan ThroughputDeadlineTime { get; init; }

    /// <summary>Threads of a <c>ForkJoinDispatcher</c>. 1 to 1,024, default one per processor.</summary>
    public int ThreadCount { get; init; }

    internal static DispatcherOptions FromConfig(Config section, ActorOptions actor)
    {
        var defaults = new DispatcherOptions { Throughput = actor.Throughput };
        var options = new DispatcherOptions
        {
            Type = section.GetString("type", defaults.Type),
            Throughput = section.GetInt("throughput", defaults.Throughput),
            ThroughputDeadlineTime = section.GetTimeSpan("throughput-deadline-time", defaults.ThroughputDeadlineTime),
            ThreadCount = section.GetInt("dedicated-thread-pool.thread-count", defaults.ThreadCount),
        };
        return options;
    }

    internal void Validate(string id)
    {
        try
        {
            new OptionErrors(id)
                .Require(Throughput is >= 1 and <= 100_000, "throughput: 1 to 100,000 messages per turn")
                .Require(ThroughputDeadlineTime >= TimeSpan.Zero && ThroughputDeadlineTime <= DeadlineMax, "throughput-deadline-time: 0 (no limit) to 1 min")
                .Require(ThreadCount is >= 0 and <= 1024, "dedicated-thread-pool.thread-count: 1 to 1,024, or 0 for one per processor")
                .ThrowIfAny();
        }
        catch (OptionsException broken)
        {
            throw new ConfigurationException(broken.Message);
        }
    }
}

/// <summary>One dispatcher on the environment's executor for all.</summary>
internal sealed class SharedConfigurator(Config config, IDispatcherPrerequisites prerequisites) : MessageDispatcherConfigurator(config, prerequisites)
{
    private MessageDispatcher? _dispatcher;

    public override MessageDispatcher Dispatcher()
    {
        if (Volatile.Read(ref _dispatcher) is { } made) return made;
        return Interlocked.CompareExchange(ref _dispatcher, new MessageDispatcher(this), null) ?? _dispatcher;
    }
}

/// <summary>A thread for each actor.</summary>
internal sealed class PinnedConfigurator(Config config, IDispatcherPrerequisites prerequisites) : MessageDispatcherConfigurator(config, prerequisites)
{
    public override MessageDispatcher Dispatcher() => new PinnedDispatcher(this);
}

/// <summary>One dispatcher on threads of its own; they start with the first actor and end with the system.</summary>
internal sealed class ForkJoinConfigurator(Config config, IDispatcherPrerequisites prerequisites) : MessageDispatcherConfigurator(config, prerequisites)
{
    private readonly Lock _lock = new();
    private IDedicatedExecutor? _threads;
    private MessageDispatcher? _dispatcher;

    public override MessageDispatcher Dispatcher()
    {
        lock (_lock)
        {
            if (_dispatcher is not null) return _dispatcher;
            var environment = Prerequisites.Environment;
            _threads = environment.StartThreads(Id, Options.ThreadCount > 0 ? Options.ThreadCount : environment.Host.ProcessorCount);
            return _dispatcher = new MessageDispatcher(this, _threads);
        }
    }

    protected internal override void Close()
    {
        lock (_lock) _threads?.Dispose();
    }
}
