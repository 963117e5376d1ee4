using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Gives every shard a healthy leader, and spreads the shards.</summary>
/// <remarks>A living leader is asked to hand over, so that nothing is lost on the way. Senders move at once: their flows keep what was not
/// acknowledged.</remarks>
internal static class ShardDecider
{
    /// <summary>Most placements in one entry; the rest follow in the next.</summary>
    private const int PlacementsMax = 4_000;

    /// <summary>Ends what came to nothing: transfers to a node that cannot lead any more are asked no more, and a leader that did not hand over
    /// in time is replaced as if it were lost.</summary>
    public static void SettleTransfers(Situation s)
    {
        foreach (var type in s.View.Types.Values)
        {
            if (!IsTransferring(type)) continue;
            var moves = new Moves(s, type);
            foreach (var (shard, state) in type.Shards)
            {
                if (state.Transfer is not { } transfer || state.Leader is not { } leader || !s.View.IsAlive(leader)) continue;
                if (!s.IsUp(transfer.To) || state.Replicas?.IsInSync(transfer.To.Name) == false) moves.AskNoMore(shard, state);
                else if (s.HasHeld(Facts.Asked(type, shard, transfer), s.Options.TransferTimeout)) moves.Replace(shard, state, transfer.To);
            }
            moves.Decide("not handed over in time");
        }
    }

    /// <summary>Places what has no leader, or one that is gone, and asks those that leave to hand over.</summary>
    public static void Place(Situation s)
    {
        foreach (var type in s.View.Types.Values)
        {
            if (!NeedsPlaces(s, type)) continue;
            var moves = new Moves(s, type);
            foreach (var (shard, state) in moves.Board.InOrder)
            {
                if (moves.Count >= PlacementsMax) break;
                if (!IsPlaced(s, state) && moves.Board.Choose(shard, state) is { } target) moves.Add(shard, state, target);
            }
            moves.Decide("placed");
        }
    }

    /// <summary>One step: brings shards home first, then evens out the loads, for one type.</summary>
    public static void Rebalance(Situation s)
    {
        foreach (var type in s.View.Types.Values)
        {
            // A single shard cannot be spread: a move by choice, home or elsewhere, would only interrupt it.
            if (type.ShardCount == 1 || IsTransferring(type)) continue;
            var moves = new Moves(s, type);
            foreach (var (shard, state) in moves.Board.InOrder)
            {
                if (moves.Count >= s.Options.RebalanceBatch) break;
                if (moves.Board.HomeOf(shard, state) is { } home) moves.Add(shard, state, home);
            }
            while (moves.Count < s.Options.RebalanceBatch && moves.Count < type.Shards.Count
                && moves.Board.FromMostToLeastLoaded(moves.Shards) is var (shard, state, target))
                moves.Add(shard, state, target);
            if (moves.Count == 0) continue;
            moves.Decide("rebalanced");
            return;
        }
    }

    private static bool NeedsPlaces(Situation s, UnitType type)
    {
        foreach (var (_, state) in type.Shards)
            if (!IsPlaced(s, state)) return true;
        return false;
    }

    private static bool IsTransferring(UnitType type)
    {
        foreach (var (_, state) in type.Shards)
            if (state.Transfer is not null) return true;
        return false;
    }

    /// <summary>Its leader goes on, or hands over.</summary>
    private static bool IsPlaced(Situation s, ShardState state) =>
        state.Leader is { } leader
        && (s.IsUp(leader) ? state.Replicas?.MayLead(leader.Name) != false : state.Transfer is not null && s.View.IsAlive(leader));

    /// <summary>What is decided for one type: leaders that are gone are replaced, others asked.</summary>
    private sealed class Moves(Situation s, UnitType type)
    {
        private readonly ImmutableArray<ShardPlacement>.Builder _placements = ImmutableArray.CreateBuilder<ShardPlacement>();
        private readonly ImmutableArray<TransferChange>.Builder _transfers = ImmutableArray.CreateBuilder<TransferChange>();

        public PlacementBoard Board { get; } = new(s, type);

        /// <summary>The shards that something was decided for.</summary>
        public HashSet<string> Shards { get; } = new(StringComparer.Ordinal); // Looked up only.

        public int Count => Shards.Count;

        public void Add(string shard, ShardState state, NodeKey target)
        {
            if (!MayHandOver(state, target))
            {
                Replace(shard, state, target);
                return;
            }
            Board.Take(shard, target);
            _transfers.Add(new TransferChange(shard, state.Term, target));
            Shards.Add(shard);
        }

        public void Replace(string shard, ShardState state, NodeKey target)
        {
            _placements.Add(Board.Move(shard, state, target));
            Shards.Add(shard);
        }

        public void AskNoMore(string shard, ShardState state)
        {
            _transfers.Add(new TransferChange(shard, state.Term, null));
            Shards.Add(shard);
        }

        public void Decide(string verb)
        {
            if (_placements.Count > 0)
            {
                s.Draft.Add(
                    new ControlChange.ShardsPlaced(type.Name, _placements.ToImmutable()),
                    $"shards of {type.Name} {verb}: {Counts(_placements.Select(p => p.Leader.Name))}");
            }
            if (_transfers.Count > 0)
            {
                s.Draft.Add(
                    new ControlChange.TransfersChanged(type.Name, _transfers.ToImmutable()),
                    $"shards of {type.Name} to be handed over: {Counts(_transfers.Select(t => t.To?.Name ?? "nobody"))}");
            }
        }

        private static string Counts(IEnumerable<string> nodes) =>
            string.Join(", ", nodes.CountBy(name => name).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} to {pair.Key}"));

        private bool MayHandOver(ShardState state, NodeKey target) =>
            !type.IsNamed && state.Leader is { } leader && leader != target && s.View.IsAlive(leader)
            && (state.Replicas is not { } replicas || (replicas.IsInSync(target.Name) && replicas.MayLead(leader.Name)));
    }
}
