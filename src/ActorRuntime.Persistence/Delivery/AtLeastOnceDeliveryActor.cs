using ActorRuntime.Actor;

namespace ActorRuntime.Persistence;

/// <summary>A persistent actor that sends messages again until their receivers confirm them.</summary>
/// <remarks>
/// In the handler of one event <see cref="Deliver(ActorPath, Func{long, object})"/>, with the delivery id in the message; the receiver answers with
/// that id; in the handler of a second event <see cref="ConfirmDelivery"/>. Both handlers run in recovery, too: what was unconfirmed before a
/// crash is sent again after it. Receivers may get a message more than once.
/// </remarks>
public abstract class AtLeastOnceDeliveryActor : PersistentActor
{
    /// <summary>With the settings of the system.</summary>
    protected AtLeastOnceDeliveryActor()
        : this(settings => settings)
    {
    }

    /// <summary>With settings of its own.</summary>
    protected AtLeastOnceDeliveryActor(PersistenceSettings.AtLeastOnceDeliverySettings settings)
        : this(_ => settings)
    {
    }

    /// <summary>With settings derived from those of the system.</summary>
    protected AtLeastOnceDeliveryActor(
        Func<PersistenceSettings.AtLeastOnceDeliverySettings, PersistenceSettings.AtLeastOnceDeliverySettings> overrideSettings) =>
        Deliveries = DeliveryDriver.For(this, overrideSettings);

    /// <summary>Messages that were not confirmed yet.</summary>
    public int UnconfirmedCount => Deliveries.UnconfirmedCount;

    /// <summary>Sends a message until it is confirmed; in recovery only afterwards, unless it was confirmed.</summary>
    /// <param name="destination">The receiver, found again with every attempt: a new incarnation under the path gets it, too.</param>
    /// <param name="deliveryMessageMapper">Makes the message of its delivery id, which is unique for this persistence id.</param>
    /// <exception cref="MaxUnconfirmedMessagesExceededException">Too many are unconfirmed; this one is not sent.</exception>
    public void Deliver(ActorPath destination, Func<long, object> deliveryMessageMapper) =>
        Deliveries.Deliver(destination, deliveryMessageMapper);

    /// <inheritdoc cref="Deliver(ActorPath, Func{long, object})"/>
    /// <exception cref="NotSupportedException">The selection has wildcards.</exception>
    public void Deliver(ActorSelection destination, Func<long, object> deliveryMessageMapper) =>
        Deliveries.Deliver(destination, deliveryMessageMapper);

    /// <summary>The message arrived and is not sent again.</summary>
    /// <returns>False when it was confirmed before.</returns>
    public bool ConfirmDelivery(long deliveryId) => Deliveries.Confirm(deliveryId);

    /// <summary>State of the deliveries, to be saved with the state of the actor.</summary>
    public AtLeastOnceDeliverySnapshot GetDeliverySnapshot() => Deliveries.GetSnapshot();

    /// <summary>Takes over the state of a snapshot that recovery offers.</summary>
    public void SetDeliverySnapshot(AtLeastOnceDeliverySnapshot snapshot) => Deliveries.SetSnapshot(snapshot);

    private protected sealed override DeliveryDriver Deliveries { get; }
}
