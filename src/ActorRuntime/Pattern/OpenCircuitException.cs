using ActorRuntime.Actor;

namespace ActorRuntime.Pattern;

/// <summary>A call was refused by a <see cref="CircuitBreaker"/> and not made.</summary>
/// <param name="message">What happened.</param>
/// <param name="remainingDuration">Time until a call may be tried; zero while one is being tried.</param>
public sealed class OpenCircuitException(string message, TimeSpan remainingDuration) : ActorRuntimeException(message)
{
    /// <summary>Time until a call may be tried; zero while one is being tried.</summary>
    public TimeSpan RemainingDuration { get; } = remainingDuration;
}
