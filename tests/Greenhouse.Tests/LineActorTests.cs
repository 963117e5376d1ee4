using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.TestKit;
using Greenhouse.Devices;
using Greenhouse.Lines;
using Xunit;
using Xunit.Abstractions;

namespace Greenhouse.Tests;

/// <summary>The line to one device, with probes in place of the radio and of the devices' region.</summary>
public sealed class LineActorTests : GreenhouseTestKit
{
    private static readonly LineOptions Options = new() { WaitingMax = 3 };

    private readonly TestProbe _radio;
    private readonly TestProbe _devices;
    private readonly TestProbe _changes;

    public LineActorTests(ITestOutputHelper output)
        : base(output)
    {
        (_radio, _devices, _changes) = (CreateTestProbe("radio"), CreateTestProbe("devices"), CreateTestProbe("changes"));
        Sys.EventStream.Subscribe(_changes, typeof(LineChanged));
    }

    [Fact]
    public void Line_dials_at_once_and_is_online_when_the_channel_is_open()
    {
        Start();
        _radio.ExpectMsg(new OpenChannel("d1"));
        _radio.Reply(new ChannelOpened());
        ExpectChange(LineState.Offline, LineState.Dialing);
        ExpectChange(LineState.Dialing, LineState.Online);
    }

    [Fact]
    public void Attempts_that_fail_come_with_growing_pauses()
    {
        Start();
        _radio.ExpectMsg<OpenChannel>(Seconds(0.1));
        // Each attempt is given up after 5 s; then come pauses of 1 s, 2 s, 4 s …
        foreach (var pause in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            _radio.ExpectNoMsg(Seconds(5 + pause - 0.1));
            _radio.ExpectMsg<OpenChannel>(Seconds(0.2));
        }
    }

    [Fact]
    public void Success_makes_the_pauses_short_again()
    {
        Start();
        for (var i = 0; i < 5; i++) _radio.ExpectMsg<OpenChannel>(Seconds(60));
        _radio.Reply(new ChannelOpened());
        ExpectState(LineState.Online);
        ExpectState(LineState.Offline);
        Within(Seconds(1.1), () => _radio.FishForMessage<OpenChannel>(_ => true));
    }

    [Fact]
    public void Silence_is_watched_then_given_up_and_a_measurement_ends_it()
    {
        var line = Online();
        Within(Seconds(9.9), Seconds(10.1), () => ExpectChange(LineState.Online, LineState.Silent));
        line.Tell(new Measurement(1, 20));
        ExpectChange(LineState.Silent, LineState.Online);
        ExpectChange(LineState.Online, LineState.Silent);
        Within(Seconds(19.9), Seconds(20.1), () => ExpectChange(LineState.Silent, LineState.Offline));
        _radio.ExpectMsg<CloseChannel>();
    }

    [Fact]
    public void Each_measurement_begins_the_silence_anew()
    {
        var line = Online();
        for (var i = 1; i <= 3; i++)
        {
            _changes.ExpectNoMsg(Seconds(9.9));
            line.Tell(new Measurement(i, 20));
        }

        Within(Seconds(9.9), Seconds(10.1), () => ExpectChange(LineState.Online, LineState.Silent));
    }

    [Fact]
    public void Questions_and_answers_are_no_sign_of_life()
    {
        var line = Online();
        Sys.Scheduler.ScheduleTellRepeatedly(Seconds(1), Seconds(1), line, new GetLineStatus(), ActorRefs.NoSender);
        Within(Seconds(10.1), () => ExpectChange(LineState.Online, LineState.Silent));
    }

    [Fact]
    public void Measurement_is_sent_again_until_it_is_stored()
    {
        var line = Online();
        line.Tell(new Measurement(1, 20));
        _devices.ExpectMsg(new ShardingEnvelope("d1", new StoreReading(1, 20)));
        _devices.ExpectMsg(new ShardingEnvelope("d1", new StoreReading(1, 20)), Seconds(3.1));
        Assert.Equal(1, Status(line).Waiting);
        _devices.Reply(new ReadingStored(1));
        _devices.ExpectNoMsg(Seconds(10));
        Assert.Equal(0, Status(line).Waiting);
    }

    [Fact]
    public void Measurements_go_one_by_one_so_that_none_overtakes()
    {
        var line = Online();
        for (var i = 1; i <= 3; i++) line.Tell(new Measurement(i, 20));
        for (var i = 1; i <= 3; i++)
        {
            // Sent again meanwhile, and nothing else.
            Assert.All(_devices.ReceiveN(3, Seconds(10)), sent => Assert.Equal(new ShardingEnvelope("d1", new StoreReading(i, 20)), sent));
            _devices.Reply(new ReadingStored(i));
            _devices.Reply(new ReadingStored(i));
        }

        _devices.ExpectNoMsg(Seconds(10));
        Assert.Equal(0, Status(line).Waiting);
    }

    [Fact]
    public void Too_many_waiting_cost_the_oldest_with_a_warning()
    {
        var line = Online();
        EventFilter.Warning(start: "Measurement 1 of device d1 is lost", contains: "greenhouse.line.waiting-max").ExpectOne(() =>
        {
            for (var i = 1; i <= 4; i++) line.Tell(new Measurement(i, 20));
        });
        Assert.Equal(new LineStatus("d1", LineState.Online, 3, 1), Status(line));
    }

    [Fact]
    public void Radio_is_told_when_the_line_ends()
    {
        End(Online());
        _radio.ExpectMsg<CloseChannel>();
    }

    private IActorRef Start() => ActorOf(Props.Create(() => new LineActor("d1", _radio, _devices, Options)), "line");

    private IActorRef Online()
    {
        var line = Start();
        _radio.ExpectMsg<OpenChannel>();
        _radio.Reply(new ChannelOpened());
        ExpectState(LineState.Online);
        return line;
    }

    private LineStatus Status(IActorRef line)
    {
        line.Tell(new GetLineStatus());
        return ExpectMsg<LineStatus>();
    }

    private void ExpectChange(LineState from, LineState to) => _changes.ExpectMsg(new LineChanged("d1", from, to), Seconds(60));

    private void ExpectState(LineState state) => _changes.FishForMessage<LineChanged>(change => change.To == state, Seconds(60));
}
