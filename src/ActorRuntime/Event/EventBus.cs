using ActorRuntime.Actor;

namespace ActorRuntime.Event;

/// <summary>A bus for an application's own events: subscribers by classifier, where a classifier may cover others. Any thread.</summary>
/// <remarks>Subclasses say what classifies an event. Subscribers are called on the publisher's thread, in the order they subscribed, outside of all locks.</remarks>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
    where TClassifier : notnull
    where TSubscriber : notnull
{
    private readonly Lock _lock = new();
    private volatile Subscription[] _subscriptions = [];

    /// <summary>Subscribes.</summary>
    /// <returns>False when it was subscribed to that classifier already.</returns>
    public virtual bool Subscribe(TSubscriber subscriber, TClassifier classifier)
    {
        var subscription = new Subscription(subscriber, classifier);
        lock (_lock)
        {
            if (_subscriptions.Contains(subscription)) return false;
            _subscriptions = [.. _subscriptions, subscription];
            return true;
        }
    }

    /// <summary>Undoes one subscription.</summary>
    /// <returns>False when there was none.</returns>
    public virtual bool Unsubscribe(TSubscriber subscriber, TClassifier classifier)
    {
        var subscription = new Subscription(subscriber, classifier);
        return RemoveAll(each => each == subscription);
    }

    /// <summary>Undoes all subscriptions of a subscriber.</summary>
    /// <returns>False when there was none.</returns>
    public virtual bool Unsubscribe(TSubscriber subscriber) => RemoveAll(each => EqualityComparer<TSubscriber>.Default.Equals(each.Subscriber, subscriber));

    /// <summary>Hands an event to everybody whose classifier covers it; once to each, however often subscribed.</summary>
    public virtual void Publish(TEvent @event)
    {
        var classifier = GetClassifier(@event);
        var subscriptions = _subscriptions;
        for (var i = 0; i < subscriptions.Length; i++)
        {
            if (!Covers(subscriptions[i], @event, classifier)) continue;
            var isRepeated = false;
            for (var before = 0; before < i && !isRepeated; before++)
            {
                isRepeated = EqualityComparer<TSubscriber>.Default.Equals(subscriptions[before].Subscriber, subscriptions[i].Subscriber)
                    && Covers(subscriptions[before], @event, classifier);
            }

            if (!isRepeated) Publish(@event, subscriptions[i].Subscriber);
        }
    }

    /// <summary>Hands an event to one subscriber.</summary>
    protected abstract void Publish(TEvent @event, TSubscriber subscriber);

    /// <summary>Whether an event belongs to a classifier it was not found under by <see cref="GetClassifier"/>.</summary>
    protected abstract bool Classify(TEvent @event, TClassifier classifier);

    /// <summary>The classifier of an event.</summary>
    protected abstract TClassifier GetClassifier(TEvent @event);

    /// <summary>Whether <paramref name="parent"/> covers <paramref name="child"/>; a classifier covers itself.</summary>
    protected abstract bool IsSubClassification(TClassifier parent, TClassifier child);

    private bool Covers(in Subscription subscription, TEvent @event, TClassifier classifier) =>
        IsSubClassification(subscription.Classifier, classifier) || Classify(@event, subscription.Classifier);

    private bool RemoveAll(Predicate<Subscription> which)
    {
        lock (_lock)
        {
            var left = Array.FindAll(_subscriptions, each => !which(each));
            if (left.Length == _subscriptions.Length) return false;
            _subscriptions = left;
            return true;
        }
    }

    private readonly record struct Subscription(TSubscriber Subscriber, TClassifier Classifier);
}

/// <summary>An <see cref="EventBus{TEvent, TClassifier, TSubscriber}"/> whose subscribers are actors.</summary>
public abstract class ActorEventBus<TEvent, TClassifier> : EventBus<TEvent, TClassifier, IActorRef>
    where TClassifier : notnull
{
    /// <inheritdoc/>
    protected override void Publish(TEvent @event, IActorRef subscriber) => subscriber.Tell(@event!, ActorRefs.NoSender);
}
