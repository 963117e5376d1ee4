using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>What a region does for the next leaders of its shards: makes them leaders when it was asked for a transfer, and tells those that
/// took over without waiting when its own units have stopped. Only on the region's turn.</summary>
internal sealed class HandOver(string typeName, IClusterAccess cluster, IActorRef region, IWithTimers timers, TimeSpan retryAfter)
{
    /// <summary>Most shards handed over in one entry; the rest follow in the next.</summary>
    private const int PlacementsMax = 1_000;

    private readonly SortedDictionary<string, ShardStopped> _stopped = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (IActorRef Shard, long Term)> _successors = new(StringComparer.Ordinal);
    private bool _isProposing;

    /// <summary>A shard has stopped, as a transfer asks.</summary>
    public void OnStopped(ShardStopped stopped)
    {
        _stopped[stopped.Shard] = stopped;
        Propose();
    }

    /// <summary>All shards that have stopped, in one entry: the next leaders begin at once.</summary>
    public void Propose()
    {
        if (_isProposing || _stopped.Count == 0) return;
        foreach (var shard in _stopped.Values.Where(shard => !IsAsked(cluster.View, shard)).ToArray()) _stopped.Remove(shard.Shard);
        var (self, stopped) = (cluster.Self, _stopped.Values.Take(PlacementsMax).ToArray());
        if (Decide(cluster.View) is null) return; // When the view changes.
        _isProposing = true;
        _ = cluster.ProposeAsync(Decide, $"{self.Name} hands over {stopped.Length} shards of {typeName}", CancellationToken.None)
            .PipeTo(region, success: outcome => new Proposed(outcome.Result is ProposalResult.Committed or ProposalResult.NotNeeded ? outcome.Version : null),
                failure: _ => new Proposed(null));

        ControlChange? Decide(ClusterView view)
        {
            var placements = stopped.Where(shard => IsAsked(view, shard)).Select(shard => Placement(view, shard)).OfType<ShardPlacement>().ToArray();
            return placements.Length == 0 ? null : new ControlChange.ShardsPlaced(typeName, [.. placements]);
        }
    }

    public void OnProposed(Proposed proposed)
    {
        _isProposing = false;
        if (proposed.Version is not { } version) timers.Timers.StartSingleTimer(nameof(TryAgain), TryAgain.Instance, retryAfter);
        else if (cluster.View.Version >= version) Propose();
    }

    /// <summary>The next leader asks, one that took over without waiting.</summary>
    public void OnAsk(AskHandOver ask, IActorRef successor) => _successors[ask.Shard] = (successor, ask.Term);

    /// <param name="version">View that was taken in.</param>
    /// <param name="running">Shards whose units may run here.</param>
    public void TellSuccessors(long version, IReadOnlyDictionary<string, IActorRef> running)
    {
        if (_successors.Count == 0) return;
        foreach (var (shard, successor) in _successors.ToArray())
        {
            if (successor.Term > version || running.ContainsKey(shard)) continue;
            successor.Shard.Tell(new HandedOver(cluster.Self.Name, cluster.Self.Incarnation, successor.Term));
            _successors.Remove(shard);
        }
    }

    private bool IsAsked(ClusterView view, ShardStopped stopped) =>
        view.Types.GetValueOrDefault(typeName)?.Shards.GetValueOrDefault(stopped.Shard) is { } state
        && state.Leader == cluster.Self && state.Term == stopped.Term && state.Transfer == stopped.Asked;

    private ShardPlacement? Placement(ClusterView view, ShardStopped stopped)
    {
        var (type, to) = (view.Types[typeName], stopped.Asked.To);
        var state = type.Shards[stopped.Shard];
        if (view.Find(to) is not { Status: MemberStatus.Up } || !type.Hosts.Contains(to)) return null;
        if (state.Replicas?.IsInSync(to.Name) == false) return null;
        // This node has stopped; whoever it had to wait for itself has too, if it did wait.
        var predecessors = stopped.WasClear ? [] : state.Predecessors.Remove(to);
        return new ShardPlacement(stopped.Shard, state.Term, to, predecessors, state.Replicas?.Version ?? 0, stopped.Asked.Version);
    }

    /// <param name="Version">Of the newest entry when it was settled; null when nobody knows whether it was.</param>
    internal sealed record Proposed(long? Version);

    internal sealed class TryAgain
    {
        public static TryAgain Instance { get; } = new();
    }
}
