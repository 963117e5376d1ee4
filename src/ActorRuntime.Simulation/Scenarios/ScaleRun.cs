namespace ActorRuntime.Simulation.Scenarios;

/// <summary>Many nodes with membership and signals alone: what they cost, and how fast one that dies is found.</summary>
internal static class ScaleRun
{
    private static readonly TimeSpan StartEvery = TimeSpan.FromMilliseconds(20), JoinMax = TimeSpan.FromMinutes(30), Steady = TimeSpan.FromSeconds(10), LossMax = TimeSpan.FromMinutes(1);

    /// <summary>Runs it.</summary>
    /// <param name="nodes">How many; 3 or more.</param>
    /// <param name="seed">Everything follows from it.</param>
    /// <param name="progress">Told how many are up.</param>
    /// <exception cref="SimulationFailedException">They do not come up, or the loss is not found.</exception>
    public static ScaleReport Run(int nodes, ulong seed, Action<int> progress)
    {
        var patient = new Cluster.ClusterOptions { JoinTimeout = TimeSpan.FromHours(1) };
        var cluster = new SimulatedCluster(seed, SimulationSettings.Default with { Cluster = patient });
        for (var i = 0; i < nodes; i++)
        {
            cluster.AddNode($"n{i}", static _ => { });
            cluster.RunFor(StartEvery);
            if (i % 50 == 0) progress(cluster.Nodes.Count(static node => node.IsUp));
        }
        Until(cluster, () => cluster.Nodes.All(static node => node.IsUp && node.Cluster.MuteSwitch.IsOpen), JoinMax, "all nodes are up");
        var joined = cluster.Now;
        cluster.RunFor(Steady);

        var (before, head) = (cluster.World.Network.Datagrams, cluster.Stores.Log.Head);
        cluster.RunFor(Steady);
        var (sent, bytes) = (cluster.World.Network.Datagrams.Sent - before.Sent, cluster.World.Network.Datagrams.Bytes - before.Bytes);
        var growth = cluster.Stores.Log.Head - head;

        var victim = cluster.Nodes[nodes / 2];
        var (key, killed) = (victim.Cluster.SelfKey, cluster.Now);
        victim.CutPower();
        Until(cluster, () => Knows(cluster.Nodes[0]) || Knows(cluster.Nodes[^1]), LossMax, $"the loss of {victim} is decided");
        var decided = cluster.Now - killed;
        Until(cluster, () => cluster.Nodes.All(node => !node.IsRunning || Knows(node)), LossMax, $"all nodes know of the loss of {victim}");
        return new ScaleReport(
            nodes, joined, bytes / Steady.TotalSeconds / nodes, sent / Steady.TotalSeconds / nodes, growth / Steady.TotalSeconds, head, decided, cluster.Now - killed, cluster.TraceDigest);

        bool Knows(SimulatedNode node) => node.Cluster.View.Lost.ContainsKey(key);
    }

    private static void Until(SimulatedCluster cluster, Func<bool> condition, TimeSpan limit, string what)
    {
        // Looking at every node after every step would cost more than the run.
        for (var end = cluster.Now + limit; !condition();)
        {
            if (cluster.Now >= end) cluster.Fail("scale", $"not within {limit}: {what}");
            cluster.RunFor(TimeSpan.FromMilliseconds(5));
        }
    }
}

/// <summary>What a large cluster costs.</summary>
/// <param name="Nodes">How many.</param>
/// <param name="JoinedAfter">When the last one was up; one starts every 20 ms.</param>
/// <param name="SignalBytes">Bytes of signals that a node sends in a second.</param>
/// <param name="Signals">Signals that a node sends in a second.</param>
/// <param name="LogGrowth">Entries of the control log in a second, at rest.</param>
/// <param name="LogHead">Entries it took to bring all up.</param>
/// <param name="LossDecided">From a power cut to the first of two far-off nodes that knows.</param>
/// <param name="LossKnown">From a power cut until every node knows.</param>
/// <param name="TraceDigest">Fingerprint.</param>
internal sealed record ScaleReport(
    int Nodes, TimeSpan JoinedAfter, double SignalBytes, double Signals, double LogGrowth, long LogHead, TimeSpan LossDecided, TimeSpan LossKnown, string TraceDigest);
