using System.Collections.Immutable;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.Sharding;
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
    private const int LossWordsMax = 10; // About one shard: the store may be out of reach meanwhile.

    private readonly SortedDictionary<NodeKey, TimeSpan> _inTheWay = []; // Since when, or since the last word about it.
    private readonly Dictionary<NodeKey, int> _said = []; // Looked up only.
    private readonly SortedDictionary<string, TimeSpan> _lost = new(StringComparer.Ordinal); // Since when, or since the last word about it.
    private readonly Dictionary<string, int> _accepted = []; // Looked up only.
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
        LookAtLogs(node, view);
    }

    /// <summary>Shards of which no disk has a log that may lead: nobody can bring back what only those had.</summary>
    private void LookAtLogs(SimulatedNode to, ClusterView view)
    {
        foreach (var type in view.Types.Values)
        {
            if (type.Replication is null) continue;
            var due = new List<string>();
            foreach (var (shard, state) in type.Shards)
            {
                var scope = $"{type.Name}/{shard}";
                if (!cluster.Replicas.IsLost(scope, state.Replicas!)) _lost.Remove(scope);
                else if (!_lost.TryAdd(scope, cluster.Now) && cluster.Now >= _lost[scope] + Patience) due.Add(shard);
            }
            if (due.Count > 0 && to.IsUp) Accept(to, type.Name, due);
        }
    }

    private void Accept(SimulatedNode to, string type, List<string> shards)
    {
        if (!cluster.MayLoseLogs)
        {
            cluster.Fail("I2 a log that may lead is left", $"no disk has one of {string.Join(", ", shards.Select(shard => $"{type}/{shard}"))}, and nothing was done that may take the last");
            return;
        }
        Words++;
        foreach (var shard in shards)
        {
            var scope = $"{type}/{shard}";
            _lost[scope] = cluster.Now;
            _accepted[scope] = _accepted.GetValueOrDefault(scope) + 1;
            if (_accepted[scope] > LossWordsMax) cluster.Fail("an operator's word helps", $"{to} was told {LossWordsMax} times that the loss of {scope} is accepted");
        }
        cluster.World.Agenda.Digest.Add(type);
        cluster.Record("", $"OPERATOR to {to}: accepts what {shards.Count} shards of {type} have lost");
        to.Run(node => _ = AcceptAsync(node, type, shards));
    }

    private async Task AcceptAsync(SimulatedNode node, string type, List<string> shards)
    {
        var sharding = ClusterSharding.Get(node.System);
        var losses = (await sharding.FindLossesAsync(type, null, Patience / 2).ConfigureAwait(false)).Where(loss => shards.Contains(loss.Shard)).ToArray();
        if (losses.Length == 0) return;
        foreach (var loss in losses)
        {
            cluster.Record(node.Name, $"{loss.Type}/{loss.Shard} {loss.Missing}");
            cluster.Replicas.OnAccepted(loss);
        }
        await sharding.AcceptDataLossAsync(losses).ConfigureAwait(false);
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
