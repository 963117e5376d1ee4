using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Simulation.Checks;

/// <summary>I6: views at one version are identical on all nodes, and are those of entries that are really in the control log (SAFETY 1A).</summary>
internal sealed class ViewCheck(SimulatedCluster cluster)
{
    private readonly List<ClusterView> _seen = []; // By node: what it published last.
    private readonly Dictionary<long, (string Text, string Node)> _texts = []; // Looked up only.

    /// <summary>Views compared.</summary>
    public long Compared { get; private set; }

    /// <summary>Nodes that were declared lost; those that left in order are not counted.</summary>
    public int Losses { get; private set; }

    /// <summary>Shards whose leader stopped and made another node the leader.</summary>
    public int HandOvers { get; private set; }

    /// <summary>The newest view any node has published.</summary>
    public ClusterView Newest { get; private set; } = ClusterView.Empty;

    /// <summary>Looks at what is new since the last step.</summary>
    public string? Broken()
    {
        for (var i = 0; i < cluster.Nodes.Count; i++)
        {
            var node = cluster.Nodes[i];
            if (i >= _seen.Count) _seen.Add(ClusterView.Empty);
            if (!node.IsRunning || node.Lives == 0) continue;
            var view = node.Cluster.View;
            if (ReferenceEquals(view, _seen[i])) continue;
            _seen[i] = view;
            if (view.Version > 0 && Compare(node, view) is { } broken) return broken;
        }
        return null;
    }

    private string? Compare(SimulatedNode node, ClusterView view)
    {
        Compared++;
        if (view.Version > Newest.Version)
        {
            Losses += view.Lost.Count(lost => lost.Value.Evidence.Kind != LossKind.Itself && !Newest.Lost.ContainsKey(lost.Key));
            HandOvers += CountHandOvers(view);
            Newest = view;
            if (TermsFell(view) is { } fell) return fell;
        }
        var text = CheckpointCodec.Encode(view);
        if (_texts.TryGetValue(view.Version, out var known))
            return known.Text == text ? null : $"version {view.Version} differs between {known.Node} and {node.Name}";
        _texts.Add(view.Version, (text, node.Name));
        var stored = cluster.Stores.Log.ReadBase(view.Version).KnownDigest;
        if (stored != view.Digest) return $"{node.Name} has applied version {view.Version} with digest {view.Digest}, the log holds {stored ?? "nothing"} there";
        return null;
    }

    /// <summary>Whoever is replaced without being asked stays a predecessor.</summary>
    private int CountHandOvers(ClusterView view)
    {
        var count = 0;
        foreach (var type in Newest.Types.Values)
        {
            foreach (var (id, old) in type.Shards)
            {
                if (old is not { Transfer: { } transfer, Leader: { } before }) continue;
                if (view.Types[type.Name].Shards[id] is { } now && now.Term > old.Term && now.Leader == transfer.To && !now.Predecessors.Contains(before)) count++;
            }
        }
        return count;
    }

    /// <summary>SAFETY 1A-4: a term is the version of the entry that granted it.</summary>
    private static string? TermsFell(ClusterView view)
    {
        foreach (var type in view.Types.Values)
        {
            foreach (var (id, shard) in type.Shards)
            {
                if (shard.Term > view.Version) return $"shard {type.Name}/{id} has term {shard.Term} in version {view.Version}";
            }
        }
        return view.Flows.Values.FirstOrDefault(flow => flow.Term > view.Version) is { } above ? $"flow {above.Name} has term {above.Term} in version {view.Version}" : null;
    }
}
