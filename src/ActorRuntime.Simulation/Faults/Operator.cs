using System.Collections.Immutable;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Simulation.Faults;

/// <summary>Whoever runs the cluster: sees what happened to the machines, and says so where nobody else can know.</summary>
/// <remarks>Speaks only when all faults are over, only of what has really ended, and only where the cluster cannot find out by itself: no lock file tells, and the
/// observers that live are no loss quorum. So a cluster that could go on alone and does not is found, not helped.</remarks>
internal sealed class Operator(SimulatedCluster cluster)
{
    /// <summary>How long a dead node is in the way before the operator speaks.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(1);
    private const int WordsMax = 3; // About one node: it must help.

    private readonly SortedDictionary<NodeKey, TimeSpan> _inTheWay = []; // Since when, or since the last word about it.
    private readonly Dictionary<NodeKey, int> _said = []; // Looked up only.
    private bool _isWatching;

    /// <summary>Times it has spoken.</summary>
    public int Words { get; private set; }

    /// <summary>Looks now and then from now on.</summary>
    public void Watch()
    {
        if (_isWatching) return;
        _isWatching = true;
        cluster.After(LooksEvery, Look);
    }

    private void Look()
    {
        cluster.After(LooksEvery, Look);
        var nodes = cluster.Nodes.Where(static node => node.IsRunning && !node.IsFrozen && node.Lives > 0);
        if (!cluster.Faults.IsOver || nodes.MaxBy(static node => node.Cluster.View.Version) is not { } node)
        {
            _inTheWay.Clear();
            return;
        }
        var view = node.Cluster.View;
        NodeKey[] dead = [.. InTheWay(node, view).Distinct().Where(key => !Lives(key) && !CanBeKnown(view, key))];
        foreach (var gone in _inTheWay.Keys.Except(dead).ToArray()) _inTheWay.Remove(gone);
        foreach (var key in dead)
        {
            if (_inTheWay.TryAdd(key, cluster.Now) || cluster.Now < _inTheWay[key] + Patience) continue;
            _inTheWay[key] = cluster.Now;
            Speak(node, key);
        }
    }

    private void Speak(SimulatedNode to, NodeKey dead)
    {
        Words++;
        _said[dead] = _said.GetValueOrDefault(dead) + 1;
        if (_said[dead] > WordsMax) cluster.Fail("an operator's word helps", $"{to} was told {WordsMax} times that {dead} has ended, and still waits for it: {cluster.Describe()}");
        cluster.World.Agenda.Digest.Add(dead.ToString());
        cluster.Record("", $"OPERATOR to {to}: {dead} has ended");
        to.Run(node => _ = node.Cluster.DeclareEndedAsync(dead));
    }

    /// <summary>Members that should be there, and lost nodes that somebody waits for.</summary>
    private static IEnumerable<NodeKey> InTheWay(SimulatedNode node, ClusterView view)
    {
        foreach (var member in view.Members.Values)
            if (member.Status != MemberStatus.Down) yield return member.Key;
        foreach (var type in view.Types.Values)
        foreach (var shard in type.Shards.Values)
        foreach (var key in shard.Predecessors)
            if (!node.Cluster.Switch.IsKnownClear(key, shard.Term)) yield return key;
        foreach (var flow in view.Flows.Values)
        foreach (var key in flow.Predecessors)
            if (!node.Cluster.Switch.IsKnownClear(key, flow.Term)) yield return key;
    }

    private bool CanBeKnown(ClusterView view, NodeKey dead)
    {
        if (view.Find(dead) is { Status: not MemberStatus.Down } member)
        {
            if (cluster.Nodes.Any(node => node.Host.Disk.IsHolderGone(member.Facts.LockFile, dead.ToString()))) return true;
            return member.Status == MemberStatus.Joining ? cluster.Nodes.Any(static node => node.IsUp) : IsQuorum(view, member.ObserverSets);
        }
        return !view.Lost.TryGetValue(dead, out var lost) || IsQuorum(view, lost.ObserverSets);
    }

    private bool IsQuorum(ClusterView view, ImmutableArray<ObserverSet> sets) =>
        LossRules.IsQuorum(view, sets, [.. sets.SelectMany(static set => set.Observers).Distinct().Where(key => view.IsAlive(key) && Lives(key))], witness: true);

    private bool Lives(NodeKey key) => cluster.Nodes.Any(node => node.IsRunning && node.Lives > 0 && node.Cluster.SelfKey == key);
}
