using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Event;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;

namespace Greenhouse.Alarms;

/// <summary>Keeps the alarms of all devices. One in the cluster: the only unit of the sharded type <see cref="TypeName"/>.</summary>
public sealed class AlarmDeskActor : ReceivePersistentActor
{
    /// <summary>Name of the sharded type.</summary>
    public const string TypeName = "alarm-desk";

    private const string OnlyId = "desk";
    private const int EventsPerSnapshot = 100;

    private readonly List<OpenAlarm> _open = [];
    private readonly Dictionary<string, SeenNumbers> _seen = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public AlarmDeskActor()
    {
        Recover<Opened>(Apply);
        Recover<Closed>(Apply);
        Recover<SnapshotOffer>(offer => Restore((Desk)offer.Snapshot));
        Command<RaiseAlarm>(Raise);
        Command<ListAlarms>(_ => Sender.Tell(new OpenAlarms([.. _open])));
        Command<CloseAlarms>(Close);
        Command<SaveSnapshotSuccess>(_ => { });
        Command<SaveSnapshotFailure>(failure => _log.Warning(failure.Cause, "No snapshot of the alarm desk: recovery will take longer"));
    }

    /// <inheritdoc/>
    public override string PersistenceId => $"{TypeName}/{OnlyId}";

    /// <summary>Addresses a message to the desk: tell it to the region.</summary>
    public static ShardingEnvelope To(object message) => new(OnlyId, message);

    private void Raise(RaiseAlarm alarm)
    {
        var confirmed = new AlarmConfirmed(alarm.DeviceId, alarm.DeliveryId);
        // What was here already comes again when its confirmation was lost. Not by "newer than the last": an alarm may be lost on the way and come after the next.
        if (SeenOf(alarm.DeviceId).Contains(alarm.DeliveryId))
        {
            Sender.Tell(confirmed);
            return;
        }

        Persist(new Opened(alarm.DeviceId, alarm.DeliveryId, alarm.Place, alarm.Celsius), opened =>
        {
            Apply(opened);
            _log.Warning("Too warm in {Place}: {Celsius} °C at device {DeviceId}", opened.Place, opened.Celsius, opened.DeviceId);
            Sender.Tell(confirmed);
            SaveNowAndThen();
        });
    }

    private void Close(CloseAlarms close)
    {
        if (!_open.Exists(alarm => alarm.DeviceId == close.DeviceId))
        {
            Sender.Tell(new OpenAlarms([.. _open]));
            return;
        }

        Persist(new Closed(close.DeviceId), closed =>
        {
            Apply(closed);
            Sender.Tell(new OpenAlarms([.. _open]));
            SaveNowAndThen();
        });
    }

    private void Apply(Opened opened)
    {
        _seen[opened.DeviceId] = SeenOf(opened.DeviceId).With(opened.DeliveryId);
        _open.Add(new OpenAlarm(opened.DeviceId, opened.Place, opened.Celsius));
    }

    private void Apply(Closed closed) => _open.RemoveAll(alarm => alarm.DeviceId == closed.DeviceId);

    private SeenNumbers SeenOf(string deviceId) => _seen.GetValueOrDefault(deviceId, SeenNumbers.None);

    private void SaveNowAndThen()
    {
        if (LastSequenceNr % EventsPerSnapshot == 0) SaveSnapshot(new Desk([.. _open], new Dictionary<string, SeenNumbers>(_seen)));
    }

    private void Restore(Desk desk)
    {
        _open.AddRange(desk.Open);
        foreach (var (deviceId, seen) in desk.Seen) _seen[deviceId] = seen;
    }

    [WireType("greenhouse-event-alarm-opened")]
    internal sealed record Opened(string DeviceId, long DeliveryId, string Place, double Celsius);

    [WireType("greenhouse-event-alarms-closed")]
    internal sealed record Closed(string DeviceId);

    /// <summary>Everything the desk knows, as a snapshot.</summary>
    [WireType("greenhouse-desk")]
    internal sealed record Desk(IReadOnlyList<OpenAlarm> Open, IReadOnlyDictionary<string, SeenNumbers> Seen);
}
