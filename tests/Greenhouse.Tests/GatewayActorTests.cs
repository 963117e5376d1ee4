using ActorRuntime.Actor;
using ActorRuntime.TestKit;
using ActorRuntime.TestKit.TestActors;
using Greenhouse.Lines;
using Xunit;
using Xunit.Abstractions;

namespace Greenhouse.Tests;

/// <summary>The gateway and its lines.</summary>
public sealed class GatewayActorTests : GreenhouseTestKit
{
    private readonly TestProbe _radio;
    private readonly IActorRef _gateway;

    public GatewayActorTests(ITestOutputHelper output)
        : base(output)
    {
        _radio = CreateTestProbe("radio");
        _gateway = ActorOf(Props.Create(() => new GatewayActor(TestActor, new LineOptions())), "gateway");
    }

    [Fact]
    public void Device_gets_one_line_however_often_it_is_attached()
    {
        var line = Attach("d1");
        Assert.Equal(_gateway.Path, line.Path.Parent);
        Assert.Equal(line, Attach("d1"));
        Assert.NotEqual(line, Attach("d2"));
        _radio.ExpectMsgAllOf(new OpenChannel("d1"), new OpenChannel("d2"));
    }

    [Fact]
    public void Status_has_every_line()
    {
        Attach("d1");
        Attach("d2");
        _radio.ReceiveN(2);
        var status = Status();
        Assert.Equal(["d1", "d2"], status.Lines.Keys.Order());
        Assert.All(status.Lines.Values, line => Assert.Equal(LineState.Dialing, line.State));
        Assert.Empty(status.NotAnswering);
    }

    [Fact]
    public void Gateway_without_lines_has_an_empty_status() => Assert.Empty(Status().Lines);

    [Fact]
    public void Detached_device_has_no_line_and_can_be_attached_again()
    {
        var line = Attach("d1");
        Watch(line);
        _gateway.Tell(new DetachDevice("d1"));
        ExpectTerminated(line);
        Assert.Empty(Status().Lines);
        Assert.NotEqual(line, Attach("d1"));
    }

    [Fact]
    public void Line_that_fails_begins_anew_and_one_that_fails_again_and_again_is_given_up()
    {
        var line = Attach("d1");
        Watch(line);
        for (var i = 0; i < 3; i++)
        {
            EventFilter.Exception<ActorKilledException>().ExpectOne(() => line.Tell(Kill.Instance));
            Assert.Equal(["d1"], Status().Lines.Keys);
        }

        line.Tell(Kill.Instance);
        ExpectTerminated(line);
        Assert.Empty(Status().Lines);
    }

    [Fact]
    public void Lines_that_do_not_answer_or_end_are_named()
    {
        var (silent, ended) = (ActorOf(BlackHoleActor.Props), ActorOf(BlackHoleActor.Props));
        var answering = CreateTestProbe();
        answering.SetAutoPilot(new DelegateAutoPilot((sender, _) =>
        {
            sender.Tell(new LineStatus("d1", LineState.Online, 0, 0), answering);
            return KeepRunning.Instance;
        }));
        Sys.Stop(ended);
        var lines = new Dictionary<string, IActorRef> { ["d1"] = answering, ["d2"] = silent, ["d3"] = ended };
        ActorOf(Props.Create(() => new GatewayStatusActor(lines, TestActor, Seconds(2))));
        Within(Seconds(1.9), Seconds(2.1), () =>
        {
            var status = ExpectMsg<GatewayStatus>();
            Assert.Equal(["d1"], status.Lines.Keys);
            Assert.Equal(["d2", "d3"], status.NotAnswering);
        });
    }

    private IActorRef Attach(string deviceId)
    {
        _gateway.Tell(new AttachDevice(deviceId, _radio));
        return ExpectMsg<DeviceAttached>().Line;
    }

    private GatewayStatus Status()
    {
        _gateway.Tell(new GetGatewayStatus());
        return ExpectMsg<GatewayStatus>();
    }
}
