using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;

namespace ActorRuntime.Cluster.View;

/// <summary>What an operator's word makes of shards whose copies are lost. Each recovery stands or falls by itself.</summary>
/// <remarks>Nobody leads in the term that begins here; it is above that of every earlier leader, and below that of the next one. The copies that
/// were in sync are of another history from then on (<see cref="LogOrigin"/>), whenever they come back.</remarks>
internal static class RecoveryFold
{
    public static Folded Recover(ClusterView view, ControlChange.ShardsRecovered recovered)
    {
        if (!view.Types.TryGetValue(recovered.Type, out var type)) return $"there is no unit type {recovered.Type}";
        var shards = type.Shards.ToBuilder();
        foreach (var recovery in recovered.Recoveries)
        {
            if (Refusal(view, shards, recovery) is { } refusal)
            {
                view = ViewFold.Reject(view, nameof(ControlChange.ShardsRecovered), $"shard {type.Name}/{recovery.Shard}: {refusal}");
                continue;
            }
            var state = shards[recovery.Shard];
            shards[recovery.Shard] = state with
            {
                Term = view.Version, Leader = null, Predecessors = Predecessors.OfShard(view, state, at: null), Replicas = NewSet(view, state.Replicas!, recovery),
                Transfer = null,
            };
        }
        return ShardFold.WithType(FlowFold.SilenceMoved(view, type, shards), type with { Shards = shards.ToImmutable() });
    }

    private static ReplicaSet NewSet(ClusterView view, ReplicaSet set, ShardRecovery recovery)
    {
        // A recovery that was never founded held nothing: the history before it is still the one to go on from.
        var previous = set.IsFounded ? set.Origin?.Version ?? 0 : set.Origin!.Previous;
        ImmutableArray<ReplicaId> givenUp = set.IsFounded ? [.. set.Members] : set.Origin!.GivenUp;
        return ReplicaSet.Empty with { Version = view.Version, Origin = new LogOrigin(view.Version, recovery.From, previous, givenUp) };
    }

    private static string? Refusal(
        ClusterView view, ImmutableSortedDictionary<string, ShardState>.Builder shards, ShardRecovery recovery)
    {
        if (!shards.TryGetValue(recovery.Shard, out var state)) return "unknown";
        if (state.Replicas is not { } set) return "its type is not replicated";
        if (state.Term != recovery.PreviousTerm) return $"ends term {recovery.PreviousTerm}; the term is {state.Term}";
        if (set.Version != recovery.PreviousReplicas) return $"decided on replica set {recovery.PreviousReplicas}; the set is {set.Version}";
        if (!set.IsFounded && set.Origin?.From is null) return "not founded: nothing is lost";
        foreach (var copy in set.Members)
        {
            if (recovery.From == copy) return $"{copy} may lead";
            if (view.Members.GetValueOrDefault(copy.Node) is { Status: not MemberStatus.Down } member && !recovery.Without.Contains(member.Key))
                return $"{member.Key} lives, and has not said that it has {copy} no more";
        }
        return recovery.From is not { } from || view.Members.GetValueOrDefault(from.Node) is { Status: not MemberStatus.Down } ? null
            : $"{from.Node} is no live member";
    }
}
