using ActorRuntime.Serialization;

namespace Greenhouse.Alarms;

/// <summary>It is too warm at a device. Answer: <see cref="AlarmConfirmed"/>, each time.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="DeliveryId">The device's number for it: with the device's id it tells a repetition from another alarm.</param>
/// <param name="Place">Where it hangs.</param>
/// <param name="Celsius">The temperature.</param>
[WireType("greenhouse-raise-alarm")]
public sealed record RaiseAlarm(string DeviceId, long DeliveryId, string Place, double Celsius);

/// <summary>The alarm is durable at the desk.</summary>
[WireType("greenhouse-alarm-confirmed")]
public sealed record AlarmConfirmed(string DeviceId, long DeliveryId);

/// <summary>Asks for <see cref="OpenAlarms"/>.</summary>
[WireType("greenhouse-list-alarms")]
public sealed record ListAlarms;

/// <summary>Somebody has looked after the alarms of a device. Answer: <see cref="OpenAlarms"/>.</summary>
[WireType("greenhouse-close-alarms")]
public sealed record CloseAlarms(string DeviceId);

/// <summary>Alarms that nobody has looked after yet, in the order in which they came.</summary>
[WireType("greenhouse-open-alarms")]
public sealed record OpenAlarms(IReadOnlyList<OpenAlarm> Alarms);

/// <summary>One of <see cref="OpenAlarms"/>.</summary>
[WireType("greenhouse-open-alarm")]
public sealed record OpenAlarm(string DeviceId, string Place, double Celsius);
