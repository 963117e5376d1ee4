namespace ActorRuntime.Simulation;

/// <summary>Runs clusters from seeds.</summary>
public static class Simulation
{
    /// <summary>Runs a cluster in the calling thread until <paramref name="run"/> returns.</summary>
    /// <param name="seed">Everything follows from it: equal seeds, equal histories.</param>
    /// <param name="run">Adds nodes, lets time pass, injects faults, states invariants.</param>
    /// <param name="settings">Of the nodes; null takes those of production.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="SimulationFailedException">An invariant did not hold; the message names the seed.</exception>
    public static SimulatedCluster Run(ulong seed, Action<SimulatedCluster> run, SimulationSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        var cluster = new SimulatedCluster(seed, settings ?? SimulationSettings.Default);
        run(cluster);
        cluster.ThrowIfViolated();
        return cluster;
    }
}
