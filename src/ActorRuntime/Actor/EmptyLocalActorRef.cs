using ActorRuntime.Event;

namespace ActorRuntime.Actor;

/// <summary>A path where nobody lives: messages become dead letters, watchers learn at once.</summary>
public sealed class EmptyLocalActorRef : MinimalActorRef
{
    private readonly DeadLetterActorRef _deadLetters;

    internal EmptyLocalActorRef(IActorRefProvider provider, ActorPath path, DeadLetterActorRef deadLetters) =>
        (Provider, Path, _deadLetters) = (provider, path, deadLetters);

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IActorRefProvider Provider { get; }

    /// <inheritdoc/>
    public override bool IsTerminated => true;

    /// <inheritdoc/>
    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (message is null) throw new InvalidMessageException($"The message to {this} is null");
        _deadLetters.Publish(message, sender, this);
    }
}
