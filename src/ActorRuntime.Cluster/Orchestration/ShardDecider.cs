using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Gives every shard a healthy leader, and spreads the shards.</summary>
internal static class ShardDecider
{
    /// <summary>Most placements in one entry; the rest follow in the next.</summary>
    private const int PlacementsMax = 4_000;

    /// <summary>Places what has no leader, or one that is gone or leaving.</summary>
    public static void Place(Situation s)
    {
        foreach (var type in s.View.Types.Values)
        {
            if (!NeedsPlaces(s, type)) continue;
            var board = new PlacementBoard(s, type);
            var placements = ImmutableArray.CreateBuilder<ShardPlacement>();
            foreach (var (shard, state) in board.InOrder)
            {
                if (placements.Count >= PlacementsMax) break;
                if (IsPlaced(s, state)) continue;
                if (board.Choose(shard, state) is not { } target) continue;
                placements.Add(board.Move(shard, state, target));
            }
            Add(s, type, placements, "placed");
        }
    }

    /// <summary>One step: brings shards home first, then evens out the loads, for one type.</summary>
    public static void Rebalance(Situation s)
    {
        foreach (var type in s.View.Types.Values)
        {
            // A single shard cannot be spread: a move by choice, home or elsewhere, would only interrupt it.
            if (type.ShardCount == 1) continue;
            var board = new PlacementBoard(s, type);
            var placements = ImmutableArray.CreateBuilder<ShardPlacement>();
            foreach (var (shard, state) in board.InOrder)
            {
                if (placements.Count >= s.Options.RebalanceBatch) break;
                if (board.HomeOf(shard, state) is { } home) placements.Add(board.Move(shard, state, home));
            }
            while (placements.Count < s.Options.RebalanceBatch && placements.Count < type.Shards.Count
                && board.FromMostToLeastLoaded(placements) is var (shard, state, target))
                placements.Add(board.Move(shard, state, target));
            if (placements.Count == 0) continue;
            Add(s, type, placements, "rebalanced");
            return;
        }
    }

    private static bool NeedsPlaces(Situation s, UnitType type)
    {
        foreach (var (_, state) in type.Shards)
            if (!IsPlaced(s, state)) return true;
        return false;
    }

    private static bool IsPlaced(Situation s, ShardState state) =>
        state.Leader is { } leader && s.IsUp(leader) && state.Replicas?.MayLead(leader.Name) != false;

    private static void Add(Situation s, UnitType type, ImmutableArray<ShardPlacement>.Builder placements, string verb)
    {
        if (placements.Count == 0) return;
        var counts = placements.GroupBy(p => p.Leader.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Count()} to {g.Key}");
        s.Draft.Add(
            new ControlChange.ShardsPlaced(type.Name, placements.ToImmutable()), $"shards of {type.Name} {verb}: {string.Join(", ", counts)}");
    }
}
