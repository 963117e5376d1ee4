using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster;
using ActorRuntime.Configuration;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Remote;
using ActorRuntime.TestKit.Xunit2;
using Greenhouse.Alarms;
using Greenhouse.Devices;
using Greenhouse.Lines;
using Xunit;
using Xunit.Abstractions;
using ClusterOptions = ActorRuntime.Cluster.ClusterOptions;

namespace Greenhouse.Tests;

/// <summary>Everything together on one real node: cluster, sharding, persistence; only the disk is in memory, and the radio is a probe.</summary>
public sealed class GreenhouseAppTests(ITestOutputHelper output) : TestKit(GreenhouseNode(), "greenhouse", output)
{
    [Fact]
    public async Task Warmth_at_a_device_becomes_an_alarm_at_the_desk()
    {
        await Cluster.Get(Sys).WhenUp.WaitAsync(RemainingOrDefault);
        var app = GreenhouseApp.Start(Sys);
        var radio = CreateTestProbe("radio");
        var report = await app.Devices.Ask<DeviceReport>(DeviceActor.To("d1", new RegisterDevice("tomatoes", 26)), RemainingOrDefault);
        Assert.Equal(("d1", 0L), (report.DeviceId, report.Readings));

        var line = (await app.Gateway.Ask<DeviceAttached>(new AttachDevice("d1", radio), RemainingOrDefault)).Line;
        await radio.ExpectMsgFromAsync(line, new OpenChannel("d1"));
        radio.Reply(new ChannelOpened());
        radio.Reply(new Measurement(1, 25));
        radio.Reply(new Measurement(2, 27));
        radio.Reply(new Measurement(3, 28));

        await AwaitAssertAsync(async () =>
        {
            var open = await app.AlarmDesk.Ask<OpenAlarms>(AlarmDeskActor.To(new ListAlarms()), RemainingOrDefault);
            Assert.Equal([new OpenAlarm("d1", "tomatoes", 27)], open.Alarms);
            report = await app.Devices.Ask<DeviceReport>(DeviceActor.To("d1", new GetReport()), RemainingOrDefault);
            Assert.Equal((3L, 28.0, true, 0), (report.Readings, report.LastCelsius, report.IsTooWarm, report.AlarmsUnderWay));
            var status = await app.Gateway.Ask<GatewayStatus>(new GetGatewayStatus(), RemainingOrDefault);
            Assert.Equal(new LineStatus("d1", LineState.Online, 0, 0), status.Lines["d1"]);
        });
    }

    private static ActorSystemSetup GreenhouseNode()
    {
        var log = new InMemoryControlLog(new ControlLogIdentity(1, new byte[32]), TimeProvider.System);
        var options = new ClusterOptions { Name = "greenhouse-1", SignalBindAddress = "127.0.0.1" };
        return ActorSystemSetup.Create(
                BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString("actor-runtime.test { single-expect-default = 30s, default-timeout = 30s }")),
                PersistenceSetup.Create().WithJournal(_ => new InMemoryJournal()).WithSnapshotStore(_ => new InMemorySnapshotStore()))
            .WithCluster(new ClusterSetup(new InMemoryControlLogStore(log), options), new RemoteOptions());
    }
}
