using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.TestKit;
using Greenhouse.Alarms;
using Greenhouse.Devices;
using Xunit;
using Xunit.Abstractions;

namespace Greenhouse.Tests;

/// <summary>A device's unit, with a probe in place of the alarm desk.</summary>
public sealed class DeviceActorTests : GreenhouseTestKit
{
    private readonly TestProbe _desk;

    public DeviceActorTests(ITestOutputHelper output)
        : base(output) => _desk = CreateTestProbe("desk");

    [Fact]
    public void Reading_of_a_device_nobody_registered_is_refused()
    {
        var device = Start();
        device.Tell(new StoreReading(1, 20));
        ExpectMsg(new DeviceUnknown("d1"));
        device.Tell(new GetReport());
        ExpectMsg(new DeviceUnknown("d1"));
    }

    [Fact]
    public void Readings_are_stored_once_and_answered_each_time()
    {
        var device = Registered();
        foreach (var (sequence, celsius) in new[] { (1, 20.0), (2, 21.5), (2, 21.5), (1, 20.0) })
        {
            device.Tell(new StoreReading(sequence, celsius));
            ExpectMsg(new ReadingStored(sequence));
        }

        Assert.Equal(new DeviceReport("d1", "tomatoes", 26, 2, 21.5, false, 0), Report(device));
    }

    [Fact]
    public void Registering_again_changes_the_limit_and_keeps_the_readings()
    {
        var device = Registered();
        device.Tell(new StoreReading(1, 25));
        ExpectMsg<ReadingStored>();
        device.Tell(new RegisterDevice("tomatoes", 22));
        Assert.Equal((22.0, 1L), ExpectMsg<DeviceReport>() is var report ? (report.LimitCelsius, report.Readings) : default);
        device.Tell(new StoreReading(2, 23));
        ExpectMsg<ReadingStored>();
        Assert.True(Report(device).IsTooWarm);
    }

    [Fact]
    public void Alarm_is_sent_again_until_the_desk_confirms_it()
    {
        var device = Registered();
        device.Tell(new StoreReading(1, 27));
        var first = ExpectAlarm();
        Assert.Equal(("d1", "tomatoes", 27.0), (first.DeviceId, first.Place, first.Celsius));
        Assert.Equal(first, ExpectAlarm());
        _desk.Reply(new AlarmConfirmed("d1", first.DeliveryId));
        _desk.ExpectNoMsg(Seconds(60));
        ExpectMsg<ReadingStored>();
        Assert.Equal(0, Report(device).AlarmsUnderWay);
    }

    [Fact]
    public void Confirmation_of_another_device_confirms_nothing()
    {
        var device = Registered();
        device.Tell(new StoreReading(1, 27));
        var alarm = ExpectAlarm();
        _desk.Reply(new AlarmConfirmed("d2", alarm.DeliveryId));
        Assert.Equal(alarm, ExpectAlarm());
    }

    [Fact]
    public void Alarm_under_way_survives_the_end_of_the_unit_and_a_confirmed_one_is_not_sent_again()
    {
        var device = Registered();
        device.Tell(new StoreReading(1, 27));
        var alarm = ExpectAlarm();
        End(device);

        device = Start();
        Assert.Equal(alarm, ExpectAlarm());
        _desk.Reply(new AlarmConfirmed("d1", alarm.DeliveryId));
        AwaitAssert(() => Assert.Equal(0, Report(device).AlarmsUnderWay));
        End(device);

        device = Start();
        Assert.Equal((1L, true, 0), Report(device) is var report ? (report.Readings, report.IsTooWarm, report.AlarmsUnderWay) : default);
        _desk.ExpectNoMsg(Seconds(60));
    }

    [Fact]
    public void Device_recovers_from_a_snapshot_and_numbers_its_alarms_on()
    {
        var device = Registered();
        device.Tell(new StoreReading(1, 27));
        var first = ExpectAlarm();
        _desk.Reply(new AlarmConfirmed("d1", first.DeliveryId));
        for (var i = 2; i <= 1200; i++) device.Tell(new StoreReading(i, 20));
        FishForMessage<ReadingStored>(stored => stored.Sequence == 1200);
        End(device);

        device = Start();
        Assert.Equal(new DeviceReport("d1", "tomatoes", 26, 1200, 20, false, 0), Report(device));
        device.Tell(new StoreReading(1201, 28));
        Assert.Equal(first.DeliveryId + 1, ExpectAlarm().DeliveryId);
    }

    [Fact]
    public void Desk_that_never_answers_is_a_warning_in_the_log() =>
        EventFilter.Warning(contains: "has not confirmed 1 alarms of device d1").ExpectOne(
            Seconds(120), () => Registered().Tell(new StoreReading(1, 27)));

    private IActorRef Start() => ActorOf(Props.Create(() => new DeviceActor("d1", _desk.Path)));

    private IActorRef Registered()
    {
        var device = Start();
        device.Tell(new RegisterDevice("tomatoes", 26));
        ExpectMsg<DeviceReport>();
        return device;
    }

    private RaiseAlarm ExpectAlarm() => (RaiseAlarm)_desk.ExpectMsg<ShardingEnvelope>(Seconds(60)).Message;

    private DeviceReport Report(IActorRef device)
    {
        device.Tell(new GetReport());
        return FishForMessage<DeviceReport>(_ => true);
    }
}
