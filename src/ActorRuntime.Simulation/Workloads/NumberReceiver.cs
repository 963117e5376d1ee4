using System.Buffers.Binary;
using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.View;
using ActorRuntime.Serialization;

namespace ActorRuntime.Simulation.Workloads;

/// <summary>Receives numbers and keeps their sum, over snapshots and recoveries.</summary>
internal class NumberReceiver(UnitId unit) : ReceiverUnit(unit)
{
    /// <summary>Type of these units.</summary>
    public const string Type = "sim-receiver";

    private long _sum;

    protected override void OnItems(string flow, ImmutableArray<FlowItem> items)
    {
        foreach (var item in items) _sum += BinaryPrimitives.ReadInt64LittleEndian(item.Bytes.Span);
    }

    protected override object? StateForSnapshot() => new NumberSum(_sum);

    protected override void OnSnapshotState(object? state) => _sum = ((NumberSum)state!).Value;
}

[WireType("sim-number-sum")]
internal sealed record NumberSum(long Value);
