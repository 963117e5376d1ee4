using ActorRuntime.Configuration;

namespace ActorRuntime.Actor;

/// <summary>What the runtime logs about single actors, read from <c>actor-runtime.actor.debug</c>. At debug level, unless it says otherwise; all off by default.</summary>
public sealed record DebugOptions
{
    /// <summary>Each message that an <see cref="ILogReceive"/> actor receives.</summary>
    public bool Receive { get; init; }

    /// <summary>Messages the runtime handles itself: <see cref="PoisonPill"/>, <see cref="Kill"/>, <see cref="Identify"/>, <see cref="Terminated"/>, selections.</summary>
    public bool AutoReceive { get; init; }

    /// <summary>Starts, restarts and ends of actors; children and watchers they get.</summary>
    public bool Lifecycle { get; init; }

    /// <summary>Subscriptions to the event stream.</summary>
    public bool EventStream { get; init; }

    /// <summary>Messages no behaviour took, as warnings.</summary>
    public bool Unhandled { get; init; }

    internal static DebugOptions FromConfig(Config section)
    {
        var defaults = new DebugOptions();
        return new DebugOptions
        {
            Receive = section.GetBoolean("receive", defaults.Receive),
            AutoReceive = section.GetBoolean("autoreceive", defaults.AutoReceive),
            Lifecycle = section.GetBoolean("lifecycle", defaults.Lifecycle),
            EventStream = section.GetBoolean("event-stream", defaults.EventStream),
            Unhandled = section.GetBoolean("unhandled", defaults.Unhandled),
        };
    }
}
