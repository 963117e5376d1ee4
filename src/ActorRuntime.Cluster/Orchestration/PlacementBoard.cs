using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Who leads how much of one unit type, kept up to date while moves are chosen.</summary>
/// <remarks>Senders of one flow stand on distinct nodes where there are enough, and the first senders are spread among themselves: one lost
/// node takes down as few flows as possible, and never a sender together with its standby.</remarks>
internal sealed class PlacementBoard
{
    private readonly Situation _s;
    private readonly UnitType _type;
    private readonly NodeKey[] _hosts;
    private readonly SortedDictionary<NodeKey, int> _loads = [];
    private readonly Dictionary<string, NodeKey> _leaders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (FlowState Flow, int Index)> _senders = new(StringComparer.Ordinal);

    public PlacementBoard(Situation s, UnitType type)
    {
        (_s, _type) = (s, type);
        _hosts = [.. type.Hosts.Where(s.IsUp).OrderBy(host => s.View.Find(host)!.JoinedAt)];
        foreach (var host in _hosts) _loads.Add(host, 0);
        foreach (var (shard, state) in type.Shards)
            if ((state.Transfer?.To ?? state.Leader) is { } leader) SetLeader(shard, leader);
        if (!type.IsNamed) return;
        foreach (var flow in s.View.Flows.Values)
            for (var i = 0; i < flow.Senders.Length; i++)
                if (flow.Senders[i].Unit.Type == type.Name) _senders[flow.Senders[i].Unit.Id] = (flow, i);
    }

    /// <summary>First senders before their standbys, so that these find the nodes taken.</summary>
    public IEnumerable<KeyValuePair<string, ShardState>> InOrder => _type.Shards.OrderBy(pair => IndexOf(pair.Key));

    /// <summary>The best host for a shard that needs one; null when nobody hosts the type, or nobody who has the shard's log.</summary>
    public NodeKey? Choose(string shard, ShardState state)
    {
        var hosts = state.Replicas is { } replicas && (replicas.IsFounded || replicas.Origin is not null) ? [.. _hosts.Where(host => replicas.MayLead(host.Name))] : _hosts;
        if (hosts.FirstOrDefault(host => host.Name == state.Home) is { Incarnation: not 0 } home && !Collides(shard, home)) return home;
        return Best(shard, hosts);
    }

    /// <summary>The home of a shard that should return there now; null when it is there, or should stay.</summary>
    public NodeKey? HomeOf(string shard, ShardState state)
    {
        if (state.Leader is not { } leader || leader.Name == state.Home) return null;
        var home = _hosts.FirstOrDefault(host => host.Name == state.Home);
        if (home.Incarnation == 0 || Collides(shard, home) || !IsSettled(home) || !IsInSync(state, home)) return null;
        return MayMove(shard) ? home : null;
    }

    /// <summary>A shard of the most loaded host and the least loaded one, while the difference is worth a move.</summary>
    public (string Shard, ShardState State, NodeKey Target)? FromMostToLeastLoaded(IReadOnlySet<string> moved)
    {
        var targets = _hosts.Where(IsSettled).ToArray();
        if (targets.Length == 0) return null;
        var target = targets.MinBy(host => _loads[host]);
        var source = _hosts.MaxBy(host => _loads[host]);
        if (_loads[source] - _loads[target] < _s.Options.RebalanceThreshold) return null;
        foreach (var (shard, state) in InOrder)
        {
            if (state.Leader != source || moved.Contains(shard) || !MayMove(shard) || Collides(shard, target) || !IsInSync(state, target)) continue;
            return (shard, state, target);
        }
        return null;
    }

    /// <summary>Notes that the shard goes there.</summary>
    public void Take(string shard, NodeKey target) => SetLeader(shard, target);

    /// <summary>The same, at once.</summary>
    public ShardPlacement Move(string shard, ShardState state, NodeKey target)
    {
        SetLeader(shard, target);
        var predecessors = Predecessors.OfShard(_s.View, state, target, _s.HandedOverBy);
        return new(shard, state.Term, target, predecessors, state.Replicas?.Version ?? 0);
    }

    private NodeKey? Best(string shard, NodeKey[] hosts)
    {
        NodeKey? best = null;
        var bestCost = (Collides: 2, Peers: 0, Load: 0);
        foreach (var host in hosts)
        {
            var cost = (Collides: Collides(shard, host) ? 1 : 0, Peers: PeersAt(shard, host), Load: _loads[host]);
            if (cost.CompareTo(bestCost) < 0) (best, bestCost) = (host, cost);
        }
        return best;
    }

    /// <summary>Another sender of the same flow is there.</summary>
    private bool Collides(string shard, NodeKey host)
    {
        if (!_senders.TryGetValue(shard, out var sender)) return false;
        foreach (var other in sender.Flow.Senders)
            if (other.Unit.Id != shard && other.Unit.Type == _type.Name && _leaders.TryGetValue(other.Unit.Id, out var at) && at == host)
                return true;
        return false;
    }

    /// <summary>Senders of the same rank there.</summary>
    private int PeersAt(string shard, NodeKey host)
    {
        if (!_senders.TryGetValue(shard, out var sender)) return 0;
        var count = 0;
        foreach (var (id, other) in _senders)
            if (other.Index == sender.Index && _leaders.TryGetValue(id, out var at) && at == host) count++;
        return count;
    }

    /// <summary>A move by choice would interrupt an active sender: it stays. (It comes home by failback, once its home is led by it
    /// again.)</summary>
    private bool MayMove(string shard) => !_senders.TryGetValue(shard, out var sender) || sender.Flow.Active != sender.Index;

    /// <summary>A move by choice goes to a log that has everything.</summary>
    private static bool IsInSync(ShardState state, NodeKey host) =>
        state.Replicas is not { } replicas || replicas.IsInSync(host.Name);

    private bool IsSettled(NodeKey host) => _s.HasBeen(_s.View.Find(host)!, _s.Options.RebalanceAfter);

    private int IndexOf(string shard) => _senders.TryGetValue(shard, out var sender) ? sender.Index : 0;

    private void SetLeader(string shard, NodeKey leader)
    {
        if (_leaders.TryGetValue(shard, out var before) && _loads.TryGetValue(before, out var load)) _loads[before] = load - 1;
        _leaders[shard] = leader;
        if (_loads.TryGetValue(leader, out load)) _loads[leader] = load + 1;
    }
}
