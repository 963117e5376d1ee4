using System.Collections.Concurrent;
using ActorRuntime.Actor;

namespace ActorRuntime.Event;

/// <summary>Publishes events within one system to subscribers of their class, a base class or an interface. Any thread.</summary>
public sealed class EventStream
{
    private readonly Lock _lock = new();
    private readonly List<(IActorRef Subscriber, Type Channel)> _subscriptions = [];
    private readonly ConcurrentDictionary<Type, IActorRef[]> _receivers = [];
    private readonly DebugLog? _debug;

    /// <summary>Without subscribers.</summary>
    public EventStream()
    {
    }

    internal EventStream(DebugLog? debug) => _debug = debug;

    /// <summary>Delivers all events of <paramref name="channel"/> and its subclasses from now on. A subscriber that ends is taken off.</summary>
    /// <returns>False when the subscription, or one to a base of it, is there already.</returns>
    public bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(channel);
        var local = subscriber as LocalActorRef;
        if (local is not null) local.Cell.HasSubscribed = true;
        lock (_lock)
        {
            if (_subscriptions.Exists(s => s.Channel.IsAssignableFrom(channel) && s.Subscriber.Equals(subscriber))) return false;
            _subscriptions.Add((subscriber, channel));
            _receivers.Clear();
        }

        _debug?.Subscribed(subscriber, channel);

        // It ended while it was being added, and nobody else will take it off.
        if (local is { IsTerminated: true }) Unsubscribe(subscriber);
        return true;
    }

    /// <summary>Ends a subscription, with those to subclasses.</summary>
    /// <returns>False when there was none.</returns>
    public bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        if (!Remove(s => channel.IsAssignableFrom(s.Channel) && s.Subscriber.Equals(subscriber))) return false;
        _debug?.Unsubscribed(subscriber, channel);
        return true;
    }

    /// <summary>Ends all subscriptions of <paramref name="subscriber"/>.</summary>
    /// <returns>False when there was none.</returns>
    public bool Unsubscribe(IActorRef subscriber)
    {
        if (!Remove(s => s.Subscriber.Equals(subscriber))) return false;
        _debug?.Unsubscribed(subscriber, channel: null);
        return true;
    }

    /// <summary>Sends <paramref name="eventMessage"/> to all who subscribed.</summary>
    public void Publish(object eventMessage)
    {
        ArgumentNullException.ThrowIfNull(eventMessage);
        var type = eventMessage.GetType();
        if (!_receivers.TryGetValue(type, out var receivers)) receivers = ReceiversOf(type);
        foreach (var receiver in receivers) receiver.Tell(eventMessage, ActorRefs.NoSender);
        if (eventMessage is AddressTerminated gone) Remove(s => s.Subscriber.Path.Address == gone.Address);
    }

    private bool Remove(Predicate<(IActorRef Subscriber, Type Channel)> match)
    {
        lock (_lock)
        {
            if (_subscriptions.RemoveAll(match) == 0) return false;
            _receivers.Clear();
            return true;
        }
    }

    private IActorRef[] ReceiversOf(Type type)
    {
        lock (_lock)
        {
            IActorRef[] receivers = [.. _subscriptions.Where(s => s.Channel.IsAssignableFrom(type)).Select(s => s.Subscriber).Distinct()];
            _receivers[type] = receivers;
            return receivers;
        }
    }
}
