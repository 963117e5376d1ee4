using ActorRuntime.Cluster.Sharding.Replicas;

namespace ActorRuntime.Simulation.Sabotages;

/// <summary>A known-broken variant: the proof that the checks can fail.</summary>
/// <param name="Name">For the command line.</param>
/// <param name="Description">What is broken.</param>
/// <param name="Scenario">Where it shows.</param>
/// <param name="Break">Breaks it, before the first node starts.</param>
/// <param name="Durability">Where the events of units go.</param>
internal sealed record Sabotage(
    string Name, string Description, string Scenario, Action<SimulatedCluster> Break, ShardDurability Durability = ShardDurability.Journal);
