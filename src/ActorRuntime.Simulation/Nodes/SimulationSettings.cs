using ActorRuntime.Cluster;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Configuration;
using ActorRuntime.Persistence;
using ActorRuntime.Remote;
using ActorRuntime.Simulation.World;

namespace ActorRuntime.Simulation;

/// <summary>What the nodes of a simulation are started with. Defaults are those of production.</summary>
public sealed record SimulationSettings
{
    /// <summary>Defaults.</summary>
    public static SimulationSettings Default { get; } = new();

    /// <summary>Membership and signals; name, directory and addresses are set for each node.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Sharding and flows.</summary>
    public ShardingOptions Sharding { get; init; } = new();

    /// <summary>Remoting; addresses are set for each node.</summary>
    public RemoteOptions Remote { get; init; } = new();

    /// <summary>Persistent actors.</summary>
    public PersistenceOptions Persistence { get; init; } = new();

    /// <summary>Further configuration of the actor systems.</summary>
    public Config Config { get; init; } = Config.Empty;

    /// <summary>All nodes on one machine, where a lock file proves that a process has ended; default: a machine for each.</summary>
    public bool IsOneMachine { get; init; }

    /// <summary>What the local stores of the nodes promise; default: as production with <c>flush = group-commit</c>.</summary>
    public FlushPolicy Flush { get; init; }

    /// <summary>Longest wait for a processor, which 5 % of all work meets; default 200 µs.</summary>
    public TimeSpan LatencyMax { get; init; } = TimeSpan.FromTicks(2_000);

    /// <summary>Largest deviation of the machines' clocks, in millionths; each draws its own. Default 200: below the drift of 0.1 % that leases allow for.</summary>
    public int DriftMax { get; init; } = 200;

    /// <summary>Keeps what happened, for a person to read: log lines from this level on, decisions, faults, messages.</summary>
    public bool IsRecording { get; init; }
}
