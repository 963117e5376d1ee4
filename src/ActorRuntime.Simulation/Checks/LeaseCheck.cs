using ActorRuntime.Cluster.View;

namespace ActorRuntime.Simulation.Checks;

/// <summary>I4 at its root (SAFETY 1B-7): while any node may take over from a lost one, that one is muted.</summary>
/// <remarks>Holds at every instant, and is broken many steps before two units of one id answer. A process that is stopped does nothing, whatever its lease says.</remarks>
internal sealed class LeaseCheck(SimulatedCluster cluster, ViewCheck views)
{
    public string? Broken()
    {
        if (views.Newest.Lost.Count == 0) return null;
        foreach (var lost in cluster.Nodes)
        {
            if (!lost.IsRunning || lost.IsFrozen || lost.Lives == 0) continue;
            var key = lost.Cluster.SelfKey;
            if (!views.Newest.Lost.TryGetValue(key, out var loss) || !lost.Cluster.MuteSwitch.IsOpen) continue;
            // Taken off the list by others once what it was relieved of had stopped there: it serves nothing, and counts as one that may still echo.
            if (loss.Evidence.Kind == LossKind.Itself && !loss.Evidence.EndsEchoes) continue;
            if (Successor(key, loss.Version) is not { } successor) continue;
            var left = lost.Cluster.MuteSwitch.LeaseEnd - lost.Process!.Host.Clock.Now;
            return $"{successor} may take over from {key}, lost with version {loss.Version}, whose lease still runs for {left.TotalMilliseconds:0.0} ms";
        }
        return null;
    }

    private SimulatedNode? Successor(NodeKey lost, long version)
    {
        foreach (var node in cluster.Nodes)
        {
            if (node.IsRunning && node.Lives > 0 && node.Cluster.SelfKey != lost && node.Cluster.Switch.IsKnownClear(lost, version)) return node;
        }
        return null;
    }
}
