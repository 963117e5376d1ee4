using ActorRuntime.Actor;
using Greenhouse.Alarms;
using Xunit;
using Xunit.Abstractions;

namespace Greenhouse.Tests;

/// <summary>The alarm desk.</summary>
public sealed class AlarmDeskActorTests(ITestOutputHelper output) : GreenhouseTestKit(output)
{
    [Fact]
    public void Alarm_is_kept_and_confirmed_and_a_repetition_is_confirmed_only()
    {
        var desk = ActorOf<AlarmDeskActor>();
        for (var i = 0; i < 2; i++)
        {
            desk.Tell(new RaiseAlarm("d1", 1, "tomatoes", 27));
            ExpectMsg(new AlarmConfirmed("d1", 1));
        }

        Assert.Equal([new OpenAlarm("d1", "tomatoes", 27)], Open(desk));
    }

    [Fact]
    public void Devices_number_their_alarms_by_themselves()
    {
        var desk = ActorOf<AlarmDeskActor>();
        desk.Tell(new RaiseAlarm("d1", 1, "tomatoes", 27));
        desk.Tell(new RaiseAlarm("d2", 1, "orchids", 28));
        desk.Tell(new RaiseAlarm("d1", 2, "tomatoes", 29));
        ReceiveN(3);
        Assert.Equal(["d1", "d2", "d1"], Open(desk).Select(alarm => alarm.DeviceId));
    }

    [Fact]
    public void Alarm_that_was_overtaken_is_an_alarm_all_the_same()
    {
        var desk = ActorOf<AlarmDeskActor>();
        foreach (var (number, celsius) in new[] { (2, 28.0), (1, 27.0), (4, 30.0), (2, 28.0), (1, 27.0), (3, 29.0), (4, 30.0) })
        {
            desk.Tell(new RaiseAlarm("d1", number, "tomatoes", celsius));
            ExpectMsg(new AlarmConfirmed("d1", number));
        }

        Assert.Equal([28, 27, 30, 29], Open(desk).Select(alarm => alarm.Celsius));
    }

    [Fact]
    public void Closed_alarms_are_gone_and_do_not_come_back_when_repeated()
    {
        var desk = ActorOf<AlarmDeskActor>();
        desk.Tell(new RaiseAlarm("d1", 1, "tomatoes", 27));
        desk.Tell(new RaiseAlarm("d2", 1, "orchids", 28));
        desk.Tell(new CloseAlarms("d1"));
        desk.Tell(new RaiseAlarm("d1", 1, "tomatoes", 27));
        Assert.Equal(["d2"], FishForMessage<OpenAlarms>(_ => true).Alarms.Select(alarm => alarm.DeviceId));
        ExpectMsg(new AlarmConfirmed("d1", 1));
        Assert.Equal(["d2"], Open(desk).Select(alarm => alarm.DeviceId));
    }

    [Fact]
    public void Everything_is_there_again_after_its_end_also_from_a_snapshot()
    {
        var desk = ActorOf<AlarmDeskActor>();
        for (var i = 1; i <= 99; i++) desk.Tell(new RaiseAlarm("d1", i, "tomatoes", 27));
        desk.Tell(new RaiseAlarm("d1", 105, "tomatoes", 27));
        ReceiveN(100);
        desk.Tell(new CloseAlarms("d1"));
        ExpectMsg<OpenAlarms>();
        desk.Tell(new RaiseAlarm("d2", 1, "orchids", 28));
        ExpectMsg<AlarmConfirmed>();
        End(desk);

        desk = ActorOf<AlarmDeskActor>();
        Assert.Equal([new OpenAlarm("d2", "orchids", 28)], Open(desk));
        foreach (var number in new[] { 1, 99, 105 })
        {
            desk.Tell(new RaiseAlarm("d1", number, "tomatoes", 27));
            ExpectMsg(new AlarmConfirmed("d1", number));
        }

        Assert.Single(Open(desk));
    }

    [Fact]
    public void Each_new_alarm_is_a_warning_in_the_log() =>
        EventFilter.Warning(start: "Too warm in tomatoes: 27").ExpectOne(() =>
        {
            var desk = ActorOf<AlarmDeskActor>();
            desk.Tell(new RaiseAlarm("d1", 1, "tomatoes", 27));
            desk.Tell(new RaiseAlarm("d1", 1, "tomatoes", 27));
        });

    private IReadOnlyList<OpenAlarm> Open(IActorRef desk)
    {
        desk.Tell(new ListAlarms());
        return ExpectMsg<OpenAlarms>().Alarms;
    }
}
