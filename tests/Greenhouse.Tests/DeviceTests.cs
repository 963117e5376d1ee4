using Greenhouse.Devices;
using Xunit;

namespace Greenhouse.Tests;

/// <summary>The rules of a device, without an actor around them.</summary>
public sealed class DeviceTests
{
    private static readonly Device Registered = Device.Unknown.Apply(new DeviceEvent.Registered("tomatoes", 26));

    [Fact]
    public void Getting_too_warm_is_one_alarm_until_it_has_cooled()
    {
        var device = Registered;
        Assert.Equal([Measured(1, 25)], Store(ref device, 1, 25));
        Assert.Equal([Measured(2, 27), new DeviceEvent.Alarmed(27)], Store(ref device, 2, 27));
        Assert.Equal([Measured(3, 28)], Store(ref device, 3, 28));
        Assert.Equal([Measured(4, 25.5)], Store(ref device, 4, 25.5));
        Assert.True(device.IsTooWarm);
        Assert.Equal([Measured(5, 25), new DeviceEvent.Cooled()], Store(ref device, 5, 25));
        Assert.Equal([Measured(6, 27), new DeviceEvent.Alarmed(27)], Store(ref device, 6, 27));
    }

    [Fact]
    public void Number_seen_before_changes_nothing()
    {
        var device = Registered;
        Store(ref device, 5, 20);
        Assert.Empty(Store(ref device, 5, 30));
        Assert.Empty(Store(ref device, 4, 30));
        Assert.Equal((1, 20.0), (device.Readings, device.LastCelsius));
    }

    private static DeviceEvent.Measured Measured(long sequence, double celsius) => new(sequence, celsius);

    private static IReadOnlyList<DeviceEvent> Store(ref Device device, long sequence, double celsius)
    {
        var facts = device.Decide(new StoreReading(sequence, celsius));
        device = facts.Aggregate(device, (at, fact) => at.Apply(fact));
        return facts;
    }
}
