using ActorRuntime.Serialization;

namespace Greenhouse.Devices;

/// <summary>A fact about a device, as it stands in the journal.</summary>
public abstract record DeviceEvent
{
    private DeviceEvent()
    {
    }

    [WireType("greenhouse-event-registered")]
    public sealed record Registered(string Place, double LimitCelsius) : DeviceEvent;

    [WireType("greenhouse-event-measured")]
    public sealed record Measured(long Sequence, double Celsius) : DeviceEvent;

    /// <summary>It became too warm; the alarm desk has to hear of it.</summary>
    [WireType("greenhouse-event-alarmed")]
    public sealed record Alarmed(double Celsius) : DeviceEvent;

    /// <summary>It is cool again; the next time it gets too warm is another alarm.</summary>
    [WireType("greenhouse-event-cooled")]
    public sealed record Cooled : DeviceEvent;

    /// <summary>The alarm desk has the alarm.</summary>
    [WireType("greenhouse-event-alarm-delivered")]
    public sealed record AlarmDelivered(long DeliveryId) : DeviceEvent;
}

/// <summary>A device as its events made it. Decides without an actor around it, so its rules are tested without one.</summary>
public sealed record Device(string? Place, double LimitCelsius, long Readings, long LastSequence, double? LastCelsius, bool IsTooWarm)
{
    /// <summary>Degrees below the limit at which too warm ends; between the two nothing changes, so that a value at the limit does not raise alarm after alarm.</summary>
    public const double CoolingCelsius = 1;

    /// <summary>A device nobody has registered.</summary>
    public static Device Unknown { get; } = new(null, 0, 0, 0, null, false);

    /// <summary>Whether somebody has registered it.</summary>
    public bool IsKnown => Place is not null;

    /// <summary>What follows from a reading; nothing when it was stored before.</summary>
    public IReadOnlyList<DeviceEvent> Decide(StoreReading reading)
    {
        if (reading.Sequence <= LastSequence) return [];
        var measured = new DeviceEvent.Measured(reading.Sequence, reading.Celsius);
        if (!IsTooWarm && reading.Celsius > LimitCelsius) return [measured, new DeviceEvent.Alarmed(reading.Celsius)];
        if (IsTooWarm && reading.Celsius <= LimitCelsius - CoolingCelsius) return [measured, new DeviceEvent.Cooled()];
        return [measured];
    }

    /// <summary>The device after <paramref name="fact"/>.</summary>
    public Device Apply(DeviceEvent fact) => fact switch
    {
        DeviceEvent.Registered registered => this with { Place = registered.Place, LimitCelsius = registered.LimitCelsius },
        DeviceEvent.Measured measured => this with { Readings = Readings + 1, LastSequence = measured.Sequence, LastCelsius = measured.Celsius },
        DeviceEvent.Alarmed => this with { IsTooWarm = true },
        DeviceEvent.Cooled => this with { IsTooWarm = false },
        _ => this,
    };
}
