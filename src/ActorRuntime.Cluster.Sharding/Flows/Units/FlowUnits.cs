using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Flows.Units;

/// <summary>Names of the units that flows are made of.</summary>
public static class FlowUnits
{
    /// <summary>Type of sender units; each is a shard of its own.</summary>
    public const string SenderType = "flow-sender";

    /// <summary>Type of the receiver units in the box.</summary>
    public const string ReceiverType = "flow-receiver";

    /// <summary>Shards of <see cref="ReceiverType"/>; can never change.</summary>
    public const int ReceiverShards = 32;

    /// <summary>The sender unit of a flow with this index, where the flow was defined by name and number alone.</summary>
    public static UnitId Sender(string flow, int index) => new(SenderType, $"{flow}-{index}");

    /// <summary>The receiver unit of a flow that was defined by name and number alone.</summary>
    public static UnitId Receiver(string flow) => new(ReceiverType, flow);

    /// <summary>Persistence id of a unit: where its events stand in the journal.</summary>
    public static string PersistenceId(UnitId unit) => $"{unit.Type}/{unit.Id}";
}
