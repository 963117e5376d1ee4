using ActorRuntime.Actor;

namespace ActorRuntime.Persistence;

/// <summary>As <see cref="AtLeastOnceDeliveryActor"/>, with a handler per type.</summary>
public abstract class AtLeastOnceDeliveryReceiveActor : ReceivePersistentActor
{
    /// <summary>With the settings of the system.</summary>
    protected AtLeastOnceDeliveryReceiveActor()
        : this(settings => settings)
    {
    }

    /// <summary>With settings of its own.</summary>
    protected AtLeastOnceDeliveryReceiveActor(PersistenceSettings.AtLeastOnceDeliverySettings settings)
        : this(_ => settings)
    {
    }

    /// <summary>With settings derived from those of the system.</summary>
    protected AtLeastOnceDeliveryReceiveActor(
        Func<PersistenceSettings.AtLeastOnceDeliverySettings, PersistenceSettings.AtLeastOnceDeliverySettings> overrideSettings) =>
        Deliveries = DeliveryDriver.For(this, overrideSettings);

    /// <inheritdoc cref="AtLeastOnceDeliveryActor.UnconfirmedCount"/>
    public int UnconfirmedCount => Deliveries.UnconfirmedCount;

    /// <inheritdoc cref="AtLeastOnceDeliveryActor.Deliver(ActorPath, Func{long, object})"/>
    public void Deliver(ActorPath destination, Func<long, object> deliveryMessageMapper) =>
        Deliveries.Deliver(destination, deliveryMessageMapper);

    /// <inheritdoc cref="AtLeastOnceDeliveryActor.Deliver(ActorSelection, Func{long, object})"/>
    public void Deliver(ActorSelection destination, Func<long, object> deliveryMessageMapper) =>
        Deliveries.Deliver(destination, deliveryMessageMapper);

    /// <inheritdoc cref="AtLeastOnceDeliveryActor.ConfirmDelivery"/>
    public bool ConfirmDelivery(long deliveryId) => Deliveries.Confirm(deliveryId);

    /// <inheritdoc cref="AtLeastOnceDeliveryActor.GetDeliverySnapshot"/>
    public AtLeastOnceDeliverySnapshot GetDeliverySnapshot() => Deliveries.GetSnapshot();

    /// <inheritdoc cref="AtLeastOnceDeliveryActor.SetDeliverySnapshot"/>
    public void SetDeliverySnapshot(AtLeastOnceDeliverySnapshot snapshot) => Deliveries.SetSnapshot(snapshot);

    private protected sealed override DeliveryDriver Deliveries { get; }
}
