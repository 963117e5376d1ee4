using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Event;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;
using Greenhouse.Alarms;

namespace Greenhouse.Devices;

/// <summary>One device: stores its readings, and sends its alarms to the alarm desk until the desk confirms them, whatever ends in between.</summary>
/// <remarks>A unit of the sharded type <see cref="TypeName"/>: it runs on one node at a time and is reached by its id through the region.</remarks>
public sealed class DeviceActor : AtLeastOnceDeliveryReceiveActor
{
    /// <summary>Name of the sharded type.</summary>
    public const string TypeName = "device";

    private const int EventsPerSnapshot = 500;

    private readonly string _deviceId;
    private readonly ActorPath _alarmDesk;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Device _device = Device.Unknown;
    private long _snapshotAt;

    /// <param name="deviceId">Id of the device.</param>
    /// <param name="alarmDesk">The region of the alarm desk.</param>
    public DeviceActor(string deviceId, ActorPath alarmDesk)
    {
        (_deviceId, _alarmDesk) = (deviceId, alarmDesk);
        Recover<SnapshotOffer>(offer => Restore((DeviceSnapshot)offer.Snapshot, offer.Metadata.SequenceNr));
        Recover<DeviceEvent>(Apply);
        Command<RegisterDevice>(Register);
        Command<StoreReading>(Store);
        Command<GetReport>(_ => Sender.Tell(_device.IsKnown ? Report() : new DeviceUnknown(_deviceId)));
        Command<AlarmConfirmed>(Confirm);
        Command<UnconfirmedWarning>(warning => _log.Warning(
            "The alarm desk has not confirmed {Count} alarms of device {DeviceId}; they are sent again", warning.UnconfirmedDeliveries.Length, _deviceId));
        Command<SaveSnapshotSuccess>(_ => { });
        Command<SaveSnapshotFailure>(failure => _log.Warning(failure.Cause, "No snapshot of device {DeviceId}: recovery will take longer", _deviceId));
    }

    /// <inheritdoc/>
    public override string PersistenceId => $"{TypeName}/{_deviceId}";

    /// <summary>Addresses a message to a device: tell it to the region.</summary>
    public static ShardingEnvelope To(string deviceId, object message) => new(deviceId, message);

    private void Register(RegisterDevice register)
    {
        if (_device.Place == register.Place && _device.LimitCelsius.Equals(register.LimitCelsius))
        {
            Sender.Tell(Report());
            return;
        }

        Persist<DeviceEvent>(new DeviceEvent.Registered(register.Place, register.LimitCelsius), registered =>
        {
            Apply(registered);
            Sender.Tell(Report());
        });
    }

    private void Store(StoreReading reading)
    {
        if (!_device.IsKnown)
        {
            Sender.Tell(new DeviceUnknown(_deviceId));
            return;
        }

        // A gateway repeats what it saw no answer to; a repetition is answered and not stored again.
        PersistAll(_device.Decide(reading), Apply);
        DeferAsync(reading.Sequence, sequence =>
        {
            Sender.Tell(new ReadingStored(sequence));
            SaveNowAndThen();
        });
    }

    // Not while an alarm is under way: its destination is that of this node, and the unit may recover on another.
    private void SaveNowAndThen()
    {
        if (LastSequenceNr - _snapshotAt < EventsPerSnapshot || UnconfirmedCount > 0) return;
        _snapshotAt = LastSequenceNr;
        SaveSnapshot(new DeviceSnapshot(_device, GetDeliverySnapshot()));
    }

    private void Restore(DeviceSnapshot snapshot, long sequenceNr)
    {
        (_device, _snapshotAt) = (snapshot.Device, sequenceNr);
        SetDeliverySnapshot(snapshot.Deliveries);
    }

    private void Confirm(AlarmConfirmed confirmed)
    {
        if (confirmed.DeviceId != _deviceId) return;
        Persist<DeviceEvent>(new DeviceEvent.AlarmDelivered(confirmed.DeliveryId), Apply);
    }

    // The one way in which events act, when they are new and when they are recovered.
    private void Apply(DeviceEvent fact)
    {
        _device = _device.Apply(fact);
        switch (fact)
        {
            case DeviceEvent.Alarmed alarmed:
                Deliver(_alarmDesk, deliveryId => AlarmDeskActor.To(new RaiseAlarm(_deviceId, deliveryId, _device.Place!, alarmed.Celsius)));
                break;
            case DeviceEvent.AlarmDelivered delivered:
                ConfirmDelivery(delivered.DeliveryId);
                break;
        }
    }

    private DeviceReport Report() => new(
        _deviceId, _device.Place!, _device.LimitCelsius, _device.Readings, _device.LastCelsius, _device.IsTooWarm, UnconfirmedCount);

    [WireType("greenhouse-device-snapshot")]
    internal sealed record DeviceSnapshot(Device Device, AtLeastOnceDeliverySnapshot Deliveries);
}
