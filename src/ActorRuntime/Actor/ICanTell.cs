namespace ActorRuntime.Actor;

/// <summary>Something messages can be sent to: a reference or a selection.</summary>
public interface ICanTell
{
    /// <summary>Sends and forgets. Delivery is at most once; messages of one sender to one receiver keep their order.</summary>
    /// <param name="message">Must be immutable.</param>
    /// <param name="sender">Where replies go; null means nobody.</param>
    void Tell(object? message, IActorRef? sender);
}
