using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;

namespace ActorRuntime.Cluster.View;

/// <summary>Who keeps the logs of shards. Each change stands or falls by itself.</summary>
/// <remarks>Promotions are <see cref="ShardFold.Place"/>. The last copy is never taken out of a set: without it nobody would know that
/// there was something to lose.</remarks>
internal static class ReplicaFold
{
    public static Folded Change(ClusterView view, ControlChange.ReplicasChanged changed, LogEntry entry)
    {
        if (!view.Types.TryGetValue(changed.Type, out var type)) return $"there is no unit type {changed.Type}";
        var shards = type.Shards.ToBuilder();
        foreach (var change in changed.Changes)
        {
            if (Refusal(view, shards, change, entry) is { } refusal)
            {
                view = ViewFold.Reject(view, nameof(ControlChange.ReplicasChanged), $"shard {type.Name}/{change.Shard}: {refusal}");
                continue;
            }
            var state = shards[change.Shard];
            var set = state.Replicas!;
            var inSync = set.InSync.RemoveAll(copy => copy.Node == change.Replica.Node);
            if (change.IsAdded) inSync = Sorted(inSync.Add(change.Replica));
            else if (inSync.IsEmpty) inSync = set.Eligible; // Nothing was committed since they left.
            set = WithInSync(view, type, set with { Learners = set.Learners.Remove(change.Replica.Node) }, inSync);
            // A node that cannot vouch for its copy says so itself: that copy is no candidate either.
            if (entry.Proposer.Name == change.Replica.Node) set = set with { Eligible = set.Eligible.Remove(change.Replica) };
            shards[change.Shard] = state with { Replicas = set };
        }
        return ShardFold.WithType(view, type with { Shards = shards.ToImmutable() });
    }

    public static Folded Assign(ClusterView view, ControlChange.LearnersAssigned assigned)
    {
        if (!view.Types.TryGetValue(assigned.Type, out var type)) return $"there is no unit type {assigned.Type}";
        var shards = type.Shards.ToBuilder();
        foreach (var assignment in assigned.Assignments)
        {
            if (Refusal(view, shards, assignment) is { } refusal)
            {
                view = ViewFold.Reject(view, nameof(ControlChange.LearnersAssigned), $"shard {type.Name}/{assignment.Shard}: {refusal}");
                continue;
            }
            var state = shards[assignment.Shard];
            shards[assignment.Shard] = state with
            {
                Replicas = state.Replicas! with { Version = view.Version, Learners = [.. assignment.Learners.Order(StringComparer.Ordinal)] },
            };
        }
        return ShardFold.WithType(view, type with { Shards = shards.ToImmutable() });
    }

    /// <summary>The set of a new leader: who is down stays out of it, or it could never commit.</summary>
    public static ReplicaSet? Promote(ClusterView view, UnitType type, ReplicaSet? set, NodeKey leader)
    {
        if (set is not { IsFounded: true }) return set;
        var inSync = set.InSync.RemoveAll(copy => copy.Node != leader.Name && !IsLive(view, copy.Node));
        var own = set.MemberOf(leader.Name)!.Value;
        if (!inSync.Contains(own)) inSync = Sorted(inSync.Add(own));
        return inSync.Length == set.InSync.Length && inSync.SequenceEqual(set.InSync) ? set : WithInSync(view, type, set, inSync);
    }

    /// <summary>An operator wants more or fewer copies.</summary>
    public static Folded ChangeReplication(ClusterView view, ControlChange.ReplicationChanged changed)
    {
        if (!view.Types.TryGetValue(changed.Type, out var type)) return $"there is no unit type {changed.Type}";
        if (type.Replication is not { } known) return $"{changed.Type} is not replicated, which can never change";
        if (changed.Replication.Refusal() is { } wrong) return wrong;
        if (known == changed.Replication) return $"{changed.Type} has {known.Replicas} replicas, {known.MinInSync} of them in sync, already";
        type = type with { Replication = changed.Replication };
        var shards = type.Shards.ToBuilder();
        foreach (var (id, state) in type.Shards)
            if (state.Replicas is { IsFounded: true } set) shards[id] = state with { Replicas = WithInSync(view, type, set, set.InSync) };
        return ShardFold.WithType(view, type with { Shards = shards.ToImmutable() });
    }

    /// <summary>A node is lost, or gone: the sets go on without it, so that their leaders can commit again.</summary>
    public static ClusterView WithoutNode(ClusterView view, string node)
    {
        foreach (var type in view.Types.Values)
        {
            if (type.Replication is null) continue;
            var shards = type.Shards.ToBuilder();
            foreach (var (id, state) in type.Shards)
            {
                var set = state.Replicas!;
                if (!set.Has(node)) continue;
                var inSync = set.InSync.RemoveAll(copy => copy.Node == node);
                if (inSync.IsEmpty) inSync = set.InSync;
                shards[id] = state with { Replicas = WithInSync(view, type, set with { Learners = set.Learners.Remove(node) }, inSync) };
            }
            view = ShardFold.WithType(view, type with { Shards = shards.ToImmutable() });
        }
        return view;
    }

    /// <summary>The minimum is in force from the moment the set was complete, until an operator says otherwise: a node that leaves or is
    /// lost lowers it not. Who leaves a set that is below it stays eligible.</summary>
    private static ReplicaSet WithInSync(ClusterView view, UnitType type, ReplicaSet set, ImmutableArray<ReplicaId> inSync)
    {
        var replication = type.Replication!;
        var isInForce = inSync.Length >= replication.Replicas || set.IsMinimumInForce;
        var minimum = isInForce ? replication.MinInSync : 1;
        ImmutableArray<ReplicaId> eligible = inSync.Length >= minimum ? []
            : Sorted([.. set.InSync.Concat(set.Eligible).Where(copy => !inSync.Any(kept => kept.Node == copy.Node)).Distinct()]);
        return set with { Version = view.Version, InSync = inSync, Eligible = eligible, Minimum = minimum, IsMinimumInForce = isInForce };
    }

    private static string? Refusal(
        ClusterView view, ImmutableSortedDictionary<string, ShardState>.Builder shards, ReplicaChange change, LogEntry entry)
    {
        if (SetRefusal(shards, change.Shard, change.PreviousReplicas) is { } refusal) return refusal;
        var state = shards[change.Shard];
        var set = state.Replicas!;
        var byLeader = entry.Proposer == state.Leader && change.Term == state.Term;
        if (change.IsAdded)
        {
            if (!byLeader) return $"{entry.Proposer} in term {change.Term} adds {change.Replica}; {state.Leader} leads in term {state.Term}";
            if (set.IsInSync(change.Replica.Node)) return $"{set.MemberOf(change.Replica.Node)} is in sync already";
            if (!set.IsFounded) return change.Replica.Node == state.Leader!.Value.Name ? null : "a set is founded by the leader's own log";
            if (!IsLive(view, change.Replica.Node)) return $"{change.Replica.Node} is no live member";
            return set.Has(change.Replica.Node) ? null : $"{change.Replica.Node} is no learner";
        }
        if (set.MemberOf(change.Replica.Node) != change.Replica) return $"{change.Replica} is not in the set: {set}";
        var byOrchestrator = view.Orchestrator is { } seat && seat.Node == entry.Proposer && seat.Term == entry.OrchestratorTerm;
        if (!byLeader && !byOrchestrator && entry.Proposer.Name != change.Replica.Node) return $"{entry.Proposer} has no right to remove {change.Replica}";
        return set.InSync.Length > 1 || set.Eligible.Length > 0 || !set.InSync.Contains(change.Replica) ? null
            : $"{change.Replica} is the last in sync";
    }

    private static string? Refusal(
        ClusterView view, ImmutableSortedDictionary<string, ShardState>.Builder shards, LearnerAssignment assignment)
    {
        if (SetRefusal(shards, assignment.Shard, assignment.PreviousReplicas) is { } refusal) return refusal;
        var set = shards[assignment.Shard].Replicas!;
        if (!set.IsFounded) return "not founded: nothing to learn";
        if (assignment.Learners.Length > Replication.ReplicasMax) return $"{assignment.Learners.Length} learners: at most {Replication.ReplicasMax}";
        foreach (var learner in assignment.Learners)
        {
            if (set.IsInSync(learner)) return $"{learner} is in sync already";
            if (!IsLive(view, learner)) return $"{learner} is no live member";
        }
        return assignment.Learners.Distinct(StringComparer.Ordinal).Count() == assignment.Learners.Length ? null : "a learner is named twice";
    }

    private static string? SetRefusal(ImmutableSortedDictionary<string, ShardState>.Builder shards, string shard, long previous) =>
        !shards.TryGetValue(shard, out var state) ? "unknown"
        : state.Replicas is not { } set ? "its type is not replicated"
        : set.Version != previous ? $"decided on replica set {previous}; the set is {set.Version}"
        : null;

    private static bool IsLive(ClusterView view, string node) =>
        view.Members.TryGetValue(node, out var member) && member.Status != MemberStatus.Down;

    private static ImmutableArray<ReplicaId> Sorted(ImmutableArray<ReplicaId> copies) => copies.Sort((a, b) => string.CompareOrdinal(a.Node, b.Node));
}
