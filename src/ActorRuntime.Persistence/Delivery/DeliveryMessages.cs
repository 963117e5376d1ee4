using ActorRuntime.Actor;
using ActorRuntime.Serialization;

namespace ActorRuntime.Persistence;

/// <summary>A message that was not confirmed yet.</summary>
/// <param name="DeliveryId">What <c>ConfirmDelivery</c> takes.</param>
/// <param name="Destination">Where it is sent.</param>
/// <param name="Message">What is sent.</param>
[WireType("unconfirmed-delivery")]
public sealed record UnconfirmedDelivery(long DeliveryId, ActorPath Destination, object Message);

/// <summary>Sent to the actor itself when messages stay unconfirmed; they are still sent again until they are confirmed.</summary>
/// <param name="UnconfirmedDeliveries">Those that have just reached the number of attempts.</param>
public sealed record UnconfirmedWarning(UnconfirmedDelivery[] UnconfirmedDeliveries);

/// <summary>State of the deliveries, to be part of the actor's own snapshots.</summary>
/// <param name="CurrentDeliveryId">The id given last.</param>
/// <param name="UnconfirmedDeliveries">In the order of their ids. Their messages have to be storable.</param>
[WireType("at-least-once-delivery-snapshot")]
public sealed record AtLeastOnceDeliverySnapshot(long CurrentDeliveryId, UnconfirmedDelivery[] UnconfirmedDeliveries);

/// <summary>Too many messages are unconfirmed; this one was neither kept nor sent.</summary>
public sealed class MaxUnconfirmedMessagesExceededException(string message) : Exception(message);
