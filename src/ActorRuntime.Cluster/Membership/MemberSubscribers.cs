using ActorRuntime.Actor;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Membership;

/// <summary>Who is told which member events; belongs to the cluster actor, which watches the subscribers.</summary>
internal sealed class MemberSubscribers
{
    private readonly List<IActorRef> _subscribers = [];
    private readonly List<(IActorRef Subscriber, Type Channel)> _subscriptions = [];

    /// <summary>Adds a subscriber and tells it the state there is, as it asked for.</summary>
    public void Add(SubscribeMembers subscribe, ClusterView view, IActorContext context)
    {
        if (!_subscribers.Contains(subscribe.Subscriber)) _subscribers.Add(subscribe.Subscriber);
        context.WatchWith(subscribe.Subscriber, new UnsubscribeMembers(subscribe.Subscriber, null));
        foreach (var channel in subscribe.To) _subscriptions.Add((subscribe.Subscriber, channel));
        if (subscribe.Mode == ClusterEvent.InitialStateAsSnapshot)
        {
            subscribe.Subscriber.Tell(ClusterEvent.StateOf(view), ActorRefs.NoSender);
            return;
        }
        foreach (var happened in ClusterEvent.Between(ClusterView.Empty, view))
            if (subscribe.To.Any(channel => channel.IsInstanceOfType(happened))) subscribe.Subscriber.Tell(happened, ActorRefs.NoSender);
    }

    public void Remove(UnsubscribeMembers unsubscribe, IActorContext context)
    {
        _subscriptions.RemoveAll(s => s.Subscriber.Equals(unsubscribe.Subscriber) && (unsubscribe.From?.IsAssignableFrom(s.Channel) ?? true));
        if (_subscriptions.Exists(s => s.Subscriber.Equals(unsubscribe.Subscriber))) return;
        if (_subscribers.Remove(unsubscribe.Subscriber)) context.Unwatch(unsubscribe.Subscriber);
    }

    /// <summary>Tells each subscriber of such events once.</summary>
    public void Publish(object happened)
    {
        foreach (var subscriber in _subscribers)
            if (_subscriptions.Exists(s => s.Subscriber.Equals(subscriber) && s.Channel.IsInstanceOfType(happened)))
                subscriber.Tell(happened, ActorRefs.NoSender);
    }
}
