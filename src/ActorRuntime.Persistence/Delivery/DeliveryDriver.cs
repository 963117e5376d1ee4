using ActorRuntime.Actor;

namespace ActorRuntime.Persistence;

/// <summary>Carries out what <see cref="AtLeastOnceDeliverySemantic"/> decides, for both base classes. The actor's alone.</summary>
internal sealed class DeliveryDriver
{
    private readonly Eventsourced _actor;
    private readonly ActorSystem _system;
    private readonly PersistenceSettings.AtLeastOnceDeliverySettings _settings;
    private readonly AtLeastOnceDeliverySemantic _semantic;
    private readonly List<UnconfirmedDelivery> _warnings = [];
    private ICancelable? _ticks;

    private DeliveryDriver(Eventsourced actor, PersistenceSettings.AtLeastOnceDeliverySettings settings)
    {
        (_actor, _system, _settings) = (actor, actor.Cell.System, settings.Validated());
        _semantic = new AtLeastOnceDeliverySemantic(_settings);
    }

    public int UnconfirmedCount => _semantic.UnconfirmedCount;

    public static DeliveryDriver For(
        Eventsourced actor, Func<PersistenceSettings.AtLeastOnceDeliverySettings, PersistenceSettings.AtLeastOnceDeliverySettings> overrideSettings) =>
        new(actor, overrideSettings(Persistence.Instance.Get(actor.Cell.System).Options.AtLeastOnceDelivery));

    public void Deliver(ActorPath destination, Func<long, object> toMessage)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(toMessage);
        var delivery = _semantic.Add(destination, toMessage, _actor.IsRecovering ? null : _system.Environment.Now);
        if (!_actor.IsRecovering) Send(delivery);
    }

    public void Deliver(ActorSelection destination, Func<long, object> toMessage)
    {
        var path = destination.Anchor.Path;
        foreach (var element in destination.PathString.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (element.AsSpan().ContainsAny('*', '?'))
            {
                throw new NotSupportedException($"{destination}: a message that one actor has to confirm cannot go to many; name one destination");
            }
            path = element == ".." ? path.Parent : path / element;
        }
        Deliver(path, toMessage);
    }

    public bool Confirm(long deliveryId) => _semantic.Confirm(deliveryId);

    public AtLeastOnceDeliverySnapshot GetSnapshot() => _semantic.GetSnapshot();

    public void SetSnapshot(AtLeastOnceDeliverySnapshot snapshot) => _semantic.SetSnapshot(snapshot);

    /// <summary>From here on messages leave: first those that no event of the replay confirmed.</summary>
    public void Start()
    {
        SendDue();
        var period = _settings.RedeliverInterval / 2; // A message waits one and a half intervals at most.
        _ticks = _system.Scheduler.ScheduleTellRepeatedlyCancelable(period, period, _actor.Self, Tick.Instance, ActorRefs.NoSender);
    }

    public void Stop() => _ticks?.Cancel();

    /// <returns>True when the message was a reminder.</returns>
    public bool TryHandle(object message)
    {
        if (message is not Tick) return false;
        SendDue();
        return true;
    }

    private void SendDue()
    {
        foreach (var delivery in _semantic.TakeDue(_system.Environment.Now, _warnings)) Send(delivery);
        if (_warnings.Count == 0) return;
        _actor.Self.Tell(new UnconfirmedWarning([.. _warnings]), ActorRefs.NoSender);
        _warnings.Clear();
    }

    private void Send(UnconfirmedDelivery delivery) => _system.ActorSelection(delivery.Destination).Tell(delivery.Message, _actor.Self);

    private sealed class Tick : INotInfluenceReceiveTimeout
    {
        public static readonly Tick Instance = new();
    }
}
