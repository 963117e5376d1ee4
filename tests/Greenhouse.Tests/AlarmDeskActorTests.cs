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
        for (var i = 1; i <= 100; i++) desk.Tell(new RaiseAlarm("d1", i, "tomatoes", 27));
        ReceiveN(100);
        desk.Tell(new CloseAlarms("d1"));
        ExpectMsg<OpenAlarms>();
        desk.Tell(new RaiseAlarm("d2", 1, "orchids", 28));
        ExpectMsg<AlarmConfirmed>();
        End(desk);

        desk = ActorOf<AlarmDeskActor>();
        Assert.Equal([new OpenAlarm("d2", "orchids", 28)], Open(desk));
        desk.Tell(new RaiseAlarm("d1", 100, "tomatoes", 27));
        ExpectMsg(new AlarmConfirmed("d1", 100));
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
