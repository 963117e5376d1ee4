using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using Greenhouse.Alarms;
using Greenhouse.Devices;
using Greenhouse.Lines;

namespace Greenhouse;

/// <summary>The application on one node: what a node of the cluster hosts, and the ways in.</summary>
/// <param name="Devices">Region of the devices: tell it <see cref="DeviceActor.To"/>.</param>
/// <param name="AlarmDesk">Region of the alarm desk: tell it <see cref="AlarmDeskActor.To"/>.</param>
/// <param name="Gateway">Keeps lines to the devices that this node can reach.</param>
public sealed record GreenhouseApp(IActorRef Devices, IActorRef AlarmDesk, IActorRef Gateway)
{
    // Can never change: a device's shard is its hash modulo this.
    private const int DeviceShards = 100;

    /// <summary>Starts it. The system has sharding, and a journal in its setup.</summary>
    public static GreenhouseApp Start(ActorSystem system)
    {
        var sharding = ClusterSharding.Get(system);
        var settings = ClusterShardingSettings.Create(system);
        var desk = sharding.Start(AlarmDeskActor.TypeName, Props.Create<AlarmDeskActor>(), settings, HashCodeMessageExtractor.Create(1, _ => null));
        var devices = sharding.Start(
            DeviceActor.TypeName, id => Props.Create(() => new DeviceActor(id, desk.Path)), settings, HashCodeMessageExtractor.Create(DeviceShards, _ => null));
        var lines = LineOptions.FromConfig(system.Settings.Config);
        return new(devices, desk, system.ActorOf(Props.Create(() => new GatewayActor(devices, lines)), "gateway"));
    }
}
