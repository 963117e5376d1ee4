using ActorRuntime.Actor;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence;

/// <summary>Which messages of one actor are unconfirmed, and which are due to be sent (again). Sans-IO; its actor carries it out.</summary>
/// <remarks>
/// Calls of <c>Deliver</c> and <c>ConfirmDelivery</c> stand in event handlers, so replay repeats them and gives the same ids: what was sent but not
/// confirmed before a crash is unconfirmed after it. The order of ids is the order of sending, also of sending again.
/// A receiver may get a message twice, and out of order after a loss: it has to be idempotent by delivery id.
/// </remarks>
internal sealed class AtLeastOnceDeliverySemantic(PersistenceSettings.AtLeastOnceDeliverySettings settings)
{
    private readonly SortedDictionary<long, Delivery> _unconfirmed = [];
    private long _lastId;

    /// <summary>Messages that were not confirmed yet.</summary>
    public int UnconfirmedCount => _unconfirmed.Count;

    /// <summary>Keeps a message until it is confirmed.</summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="toMessage">Makes the message of its delivery id.</param>
    /// <param name="sentAt">When the caller sends it: now. Null in replay: it is due when recovery ends, unless a later event confirms it.</param>
    /// <exception cref="MaxUnconfirmedMessagesExceededException">Nothing was kept and no id used.</exception>
    public UnconfirmedDelivery Add(ActorPath destination, Func<long, object> toMessage, MonotonicTime? sentAt)
    {
        if (_unconfirmed.Count >= settings.MaxUnconfirmedMessages)
        {
            throw new MaxUnconfirmedMessagesExceededException(
                $"{_unconfirmed.Count} messages are unconfirmed already (max-unconfirmed-messages = {settings.MaxUnconfirmedMessages}); " +
                $"the one to {destination} is not delivered. Confirm some first, or stop taking commands until then");
        }
        var unconfirmed = new UnconfirmedDelivery(_lastId + 1, destination, toMessage(_lastId + 1));
        _lastId++;
        _unconfirmed.Add(_lastId, new Delivery(unconfirmed) { SentAt = sentAt, Attempts = sentAt is null ? 0 : 1 });
        return unconfirmed;
    }

    /// <summary>Forgets a message.</summary>
    /// <returns>False when it was confirmed before, or never existed.</returns>
    public bool Confirm(long deliveryId) => _unconfirmed.Remove(deliveryId);

    /// <summary>What is to be sent now, in order; counts as sent. Beyond the burst limit, what was sent least recently goes first: messages that
    /// nobody ever confirms do not starve the others.</summary>
    /// <param name="now">The clock.</param>
    /// <param name="warnings">Takes those that were sent in vain as often as the settings say.</param>
    public List<UnconfirmedDelivery> TakeDue(MonotonicTime now, List<UnconfirmedDelivery> warnings)
    {
        var due = new List<Delivery>();
        foreach (var delivery in _unconfirmed.Values)
        {
            if (delivery.SentAt is not { } sent || now - sent >= settings.RedeliverInterval) due.Add(delivery);
        }
        if (due.Count > settings.RedeliveryBurstLimit)
        {
            due.Sort(static (a, b) => a.CompareTo(b));
            due.RemoveRange(settings.RedeliveryBurstLimit, due.Count - settings.RedeliveryBurstLimit);
        }
        foreach (var delivery in due)
        {
            if (delivery.Attempts == settings.WarnAfterNumberOfUnconfirmedAttempts) warnings.Add(delivery.Unconfirmed);
            (delivery.SentAt, delivery.Attempts) = (now, delivery.Attempts + 1);
        }
        return due.ConvertAll(static delivery => delivery.Unconfirmed);
    }

    /// <summary>The state, for the actor's own snapshot.</summary>
    public AtLeastOnceDeliverySnapshot GetSnapshot() => new(_lastId, [.. _unconfirmed.Values.Select(delivery => delivery.Unconfirmed)]);

    /// <summary>Replaces the state by that of a snapshot; all of it is due.</summary>
    public void SetSnapshot(AtLeastOnceDeliverySnapshot snapshot)
    {
        _unconfirmed.Clear();
        _lastId = snapshot.CurrentDeliveryId;
        foreach (var unconfirmed in snapshot.UnconfirmedDeliveries) _unconfirmed.Add(unconfirmed.DeliveryId, new Delivery(unconfirmed));
    }

    private sealed class Delivery(UnconfirmedDelivery unconfirmed)
    {
        public UnconfirmedDelivery Unconfirmed { get; } = unconfirmed;

        /// <summary>Null: not in this life of the actor.</summary>
        public MonotonicTime? SentAt { get; set; }

        /// <summary>In this life of the actor.</summary>
        public int Attempts { get; set; }

        public int CompareTo(Delivery other)
        {
            var bySending = Nullable.Compare(SentAt, other.SentAt); // Null is the least.
            return bySending != 0 ? bySending : Unconfirmed.DeliveryId.CompareTo(other.Unconfirmed.DeliveryId);
        }
    }
}
