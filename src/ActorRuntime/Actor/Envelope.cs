namespace ActorRuntime.Actor;

/// <summary>A message and its sender.</summary>
/// <param name="message">The message.</param>
/// <param name="sender">Null when nobody is to get replies.</param>
public readonly struct Envelope(object message, IActorRef? sender)
{
    /// <summary>The message.</summary>
    public object Message { get; } = message;

    /// <summary>Null when nobody is to get replies.</summary>
    public IActorRef? Sender { get; } = sender;

    /// <inheritdoc/>
    public override string ToString() => $"<{Message}> from {Sender?.ToString() ?? "nobody"}";
}
