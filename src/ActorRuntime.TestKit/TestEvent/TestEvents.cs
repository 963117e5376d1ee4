namespace ActorRuntime.TestKit.TestEvent;

/// <summary>Published on the event stream of a system under test: keeps what the filters pick out of the test's output.</summary>
/// <param name="filters">What to mute, until <see cref="Unmute"/>.</param>
public sealed class Mute(params EventFilterBase[] filters)
{
    /// <summary>What to mute.</summary>
    public IReadOnlyCollection<EventFilterBase> Filters { get; } = filters;
}

/// <summary>Published on the event stream of a system under test: ends a <see cref="Mute"/>.</summary>
/// <param name="filters">The same instances.</param>
public sealed class Unmute(params EventFilterBase[] filters)
{
    /// <summary>What not to mute any more.</summary>
    public IReadOnlyCollection<EventFilterBase> Filters { get; } = filters;
}
