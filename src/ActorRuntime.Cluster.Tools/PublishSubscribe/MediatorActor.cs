using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>Publish/subscribe on one node: the shell of <see cref="Registry"/>, and the local actors behind its keys.</summary>
internal sealed class MediatorActor : ReceiveActor, IWithTimers
{
    /// <summary>Path element below <c>/system</c>.</summary>
    public const string Name = "distributedPubSubMediator";

    private readonly DistributedPubSubSettings _settings;
    private readonly IClusterAccess _cluster;
    private readonly Registry _registry;
    private readonly Registrations _local = new();
    private readonly Dictionary<NodeKey, IActorRef> _mediators = [];
    private readonly List<RegistryEffect> _effects = [];
    private readonly Prng _random;
    private uint _turn;

    public MediatorActor(DistributedPubSubSettings settings, IClusterAccess cluster)
    {
        (_settings, _cluster) = (settings, cluster);
        var environment = Context.System.Environment;
        _random = environment.Random(Name);
        var limits = new RegistryLimits(settings.MaxDeltaElements, settings.RegistrationsMax, settings.RemovedTimeToLive);
        _registry = new Registry(cluster.Self, environment.Now.Ticks + 1, limits);

        Receive<Publish>(OnPublish);
        Receive<MediatorDelivery>(OnDelivery);
        Receive<Send>(OnSend);
        Receive<SendToAll>(OnSendToAll);
        Receive<Subscribe>(OnSubscribe);
        Receive<Unsubscribe>(OnUnsubscribe);
        Receive<Put>(OnPut);
        Receive<Remove>(OnRemove);
        Receive<GetTopics>(_ => Sender.Tell(new CurrentTopics(_registry.Keys.Select(RegistryKey.TopicOf).OfType<string>().ToImmutableHashSet())));
        Receive<Terminated>(OnTerminated);
        Receive<ClusterChanged>(_ => OnClusterChanged());
        Receive<MediatorDelta>(OnDelta);
        Receive<MediatorAck>(OnAck);
        Receive<Tick>(_ => Perform(effects => _registry.OnTick(Now, effects)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static MonotonicTime Now => Context.System.Environment.Now;

    protected override void PreStart()
    {
        _cluster.Subscribe(Self);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _settings.GossipInterval);
    }

    // Sending.
    private void OnPublish(Publish publish)
    {
        var isHeard = publish.SendOneMessageToEachGroup
            ? ToEachGroup(publish.Topic, publish.Message)
            : ToAll(RegistryKey.Of(publish.Topic, null), publish.Message, excludeSelf: false);
        if (!isHeard) Unheard(publish);
    }

    private bool ToEachGroup(string topic, object message)
    {
        var isHeard = false;
        foreach (var key in _registry.KeysBelow(RegistryKey.GroupsOf(topic))) isHeard |= ToOne(key, message, localAffinity: false);
        return isHeard;
    }

    private void OnSend(Send send)
    {
        if (!ToOne(RegistryKey.OfPath(send.Path), send.Message, send.LocalAffinity)) Unheard(send);
    }

    private void OnSendToAll(SendToAll send)
    {
        if (!ToAll(RegistryKey.OfPath(send.Path), send.Message, send.ExcludeSelf)) Unheard(send);
    }

    private bool ToAll(string key, object message, bool excludeSelf)
    {
        var isHeard = false;
        foreach (var node in _registry.HoldersOf(key))
        {
            if (node == _cluster.Self && excludeSelf) continue;
            isHeard = true;
            ToNode(node, key, message, toOne: false);
        }
        return isHeard;
    }

    private bool ToOne(string key, object message, bool localAffinity)
    {
        var holders = _registry.HoldersOf(key);
        if (holders.Count == 0) return false;
        if (localAffinity && _local.Of(key).Count > 0) ToNode(_cluster.Self, key, message, toOne: true);
        else ToNode(holders.ElementAt(Choose(holders.Count)), key, message, toOne: true);
        return true;
    }

    private void ToNode(NodeKey node, string key, object message, bool toOne)
    {
        if (node == _cluster.Self) Deliver(key, message, toOne);
        else MediatorOn(node)?.Tell(new MediatorDelivery(key, toOne, message), Sender);
    }

    private void OnDelivery(MediatorDelivery delivery)
    {
        // The registration was taken back while the message was under way.
        if (_local.Of(delivery.Key).Count == 0) Unheard(delivery.Message);
        else Deliver(delivery.Key, delivery.Message, delivery.ToOne);
    }

    private void Deliver(string key, object message, bool toOne)
    {
        var actors = _local.Of(key);
        if (toOne)
        {
            actors[Choose(actors.Count)].Tell(message, Sender);
            return;
        }
        for (var i = 0; i < actors.Count; i++) actors[i].Tell(message, Sender);
    }

    private int Choose(int count) =>
        count == 1 ? 0 : (int)((_settings.Routing == PubSubRouting.Random ? _random.Next() : _turn++) % (uint)count);

    private void Unheard(object message)
    {
        if (_settings.SendToDeadLettersWhenNoSubscribers) Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self));
    }

    // Registering.
    private void OnSubscribe(Subscribe subscribe)
    {
        if (TryRegister(RegistryKey.Of(subscribe.Topic, subscribe.Group), subscribe.Ref)) Sender.Tell(new SubscribeAck(subscribe));
        else Sender.Tell(new Status.Failure(new InvalidOperationException(
            $"{subscribe.Ref} is not subscribed to '{subscribe.Topic}': there are {_local.Count} registrations (registrations-max)")));
    }

    private void OnUnsubscribe(Unsubscribe unsubscribe)
    {
        Deregister(RegistryKey.Of(unsubscribe.Topic, unsubscribe.Group), unsubscribe.Ref);
        Sender.Tell(new UnsubscribeAck(unsubscribe));
    }

    private void OnPut(Put put)
    {
        var log = Context.GetLogger();
        var path = put.Ref.Path.ToStringWithoutAddress();
        if (put.Ref is not IInternalActorRef { IsLocal: true })
        {
            log.Warning("{Actor} is not registered: it lives on another node, whose mediator must be told", put.Ref);
            return;
        }
        // One actor for each path: a new incarnation takes the place of the old one.
        foreach (var before in _local.Of(RegistryKey.OfPath(path)).ToArray())
            if (!before.Equals(put.Ref)) Deregister(RegistryKey.OfPath(path), before);
        if (!TryRegister(RegistryKey.OfPath(path), put.Ref))
            log.Warning("{Actor} is not registered: there are {Count} registrations (registrations-max)", put.Ref, _local.Count);
    }

    private void OnRemove(Remove remove)
    {
        foreach (var actor in _local.Of(RegistryKey.OfPath(remove.Path)).ToArray()) Deregister(RegistryKey.OfPath(remove.Path), actor);
    }

    private bool TryRegister(string key, IActorRef actor)
    {
        if (_local.Contains(key, actor)) return true;
        if (_local.Count >= _settings.RegistrationsMax) return false;
        if (!_local.Has(actor)) Context.Watch(actor);
        _local.Add(key, actor);
        Perform(effects => _registry.Add(key, Now, effects));
        return true;
    }

    private void Deregister(string key, IActorRef actor)
    {
        if (!_local.Remove(key, actor)) return;
        if (!_local.Has(actor)) Context.Unwatch(actor);
        OnRemoved(key);
    }

    private void OnTerminated(Terminated terminated)
    {
        foreach (var key in _local.Remove(terminated.ActorRef)) OnRemoved(key);
    }

    private void OnRemoved(string key)
    {
        if (_local.Of(key).Count == 0) Perform(effects => _registry.Remove(key, Now, effects));
    }

    // The registries of the other nodes.
    private void OnClusterChanged()
    {
        var view = _cluster.View;
        var members = view.Members.Values.Where(member => member.Status != MemberStatus.Down && TakesPart(member)).Select(member => member.Key);
        foreach (var gone in _mediators.Keys.Where(node => !view.IsAlive(node)).ToArray()) _mediators.Remove(gone);
        Perform(effects => _registry.OnMembers(TakesPart(view.Find(_cluster.Self)) ? members : [], effects));
    }

    private bool TakesPart(Member? member) => member is not null && (_settings.Role is not { } role || member.HasRole(role));

    private void OnDelta(MediatorDelta message) =>
        Perform(effects => _registry.OnDelta(new NodeKey(message.Node, message.Incarnation), message.Delta, effects));

    private void OnAck(MediatorAck message) =>
        Perform(effects => _registry.OnAck(new NodeKey(message.Node, message.Incarnation), message.Ack, effects));

    private void Perform(Action<List<RegistryEffect>> step)
    {
        step(_effects);
        var (name, incarnation) = _cluster.Self;
        foreach (var effect in _effects)
        {
            switch (effect)
            {
                case RegistryEffect.Tell(var node, var delta):
                    MediatorOn(node)?.Tell(new MediatorDelta(name, incarnation, delta), Self);
                    break;
                case RegistryEffect.Acknowledge(var node, var ack):
                    MediatorOn(node)?.Tell(new MediatorAck(name, incarnation, ack), Self);
                    break;
            }
        }
        _effects.Clear();
    }

    private IActorRef? MediatorOn(NodeKey node)
    {
        if (_mediators.TryGetValue(node, out var mediator)) return mediator;
        if (_cluster.View.Find(node) is not { } member) return null;
        var provider = ((ExtendedActorSystem)Context.System).Provider;
        return _mediators[node] = provider.ResolveActorRef(new RootActorPath(member.Address) / "system" / Name);
    }

    private sealed class Tick
    {
        public static Tick Instance { get; } = new();
    }
}
