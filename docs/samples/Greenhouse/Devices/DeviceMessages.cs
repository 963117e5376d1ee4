using ActorRuntime.Serialization;

namespace Greenhouse.Devices;

// What a device unit is asked, and what it answers. WireType lets a message go to the node that runs the unit.

/// <summary>Makes the device known, or changes the limit of one that is. Answer: <see cref="DeviceReport"/>.</summary>
/// <param name="Place">Where it hangs.</param>
/// <param name="LimitCelsius">Above it, it is too warm there.</param>
[WireType("greenhouse-register")]
public sealed record RegisterDevice(string Place, double LimitCelsius);

/// <summary>A temperature that the device measured. Answer: <see cref="ReadingStored"/>, also when it was stored before; <see cref="DeviceUnknown"/> when nobody registered it.</summary>
/// <param name="Sequence">Number that the device gave it; numbers grow. Send the next when this one is stored: what is not newer counts as stored.</param>
/// <param name="Celsius">The temperature.</param>
[WireType("greenhouse-store-reading")]
public sealed record StoreReading(long Sequence, double Celsius);

/// <summary>Asks for <see cref="DeviceReport"/>, or <see cref="DeviceUnknown"/>.</summary>
[WireType("greenhouse-get-report")]
public sealed record GetReport;

/// <summary>The reading is durable.</summary>
[WireType("greenhouse-reading-stored")]
public sealed record ReadingStored(long Sequence);

/// <summary>The device was never registered.</summary>
[WireType("greenhouse-device-unknown")]
public sealed record DeviceUnknown(string DeviceId);

/// <summary>What is known of a device.</summary>
[WireType("greenhouse-device-report")]
public sealed record DeviceReport(string DeviceId, string Place, double LimitCelsius, long Readings, double? LastCelsius, bool IsTooWarm, int AlarmsUnderWay);
