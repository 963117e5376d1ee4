using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;

namespace ActorRuntime.Cluster.View;

/// <summary>Unit types, and who leads their shards.</summary>
internal static class ShardFold
{
    public static Folded Host(ClusterView view, ControlChange.UnitTypeHosted hosted)
    {
        if (!view.IsAlive(hosted.Node)) return $"{hosted.Node} is no live member";
        if (!ViewLimits.IsName(hosted.Type)) return "the name of the type is empty or too long";
        if (hosted.ShardCount is < 0 or > ViewLimits.ShardsMax) return $"{hosted.ShardCount} shards: at most {ViewLimits.ShardsMax}";
        if (!view.Types.TryGetValue(hosted.Type, out var type))
        {
            if (view.Types.Count >= ViewLimits.TypesMax) return $"there are {ViewLimits.TypesMax} unit types already";
            if (hosted.Replication is { } replication && replication.Refusal() is { } wrong) return wrong;
            var unplaced = hosted.Replication is null ? Unplaced : UnplacedReplicated;
            type = new UnitType(hosted.Type, hosted.ShardCount, HashedShards(hosted.ShardCount, unplaced), [], hosted.Replication);
        }
        if (type.ShardCount != hosted.ShardCount)
            return $"type {type.Name} has {type.ShardCount} shards; {hosted.Node} hosts it with {hosted.ShardCount}";
        if (type.Hosts.Contains(hosted.Node)) return $"{hosted.Node} hosts {type.Name} already";
        // Whoever is gone hosts nothing: the list stays as long as the member list.
        return WithType(view, type with { Hosts = type.Hosts.RemoveAll(host => !view.IsAlive(host)).Add(hosted.Node) });
    }

    /// <summary>Each placement stands or falls by itself. A flow whose active sender moves has no active sender from then on: another node
    /// never sends under the same term (SAFETY 1C-21).</summary>
    public static Folded Place(ClusterView view, ControlChange.ShardsPlaced placed, LogEntry entry)
    {
        if (!view.Types.TryGetValue(placed.Type, out var type)) return $"there is no unit type {placed.Type}";
        var shards = type.Shards.ToBuilder();
        foreach (var placement in placed.Placements)
        {
            if (Refusal(view, type, shards, placement, entry) is { } refusal)
            {
                view = ViewFold.Reject(view, nameof(ControlChange.ShardsPlaced), $"shard {type.Name}/{placement.Shard}: {refusal}");
                continue;
            }
            var old = shards[placement.Shard];
            var byChoice = old.Leader is not { } previous || view.Find(previous) is { Status: MemberStatus.Up };
            var home = byChoice ? placement.Leader.Name : old.Home;
            shards[placement.Shard] = new ShardState(view.Version, placement.Leader, placement.Predecessors, home, ReplicaFold.Promote(view, type, old.Replicas, placement.Leader));
        }
        return WithType(FlowFold.SilenceMoved(view, type, shards), type with { Shards = shards.ToImmutable() });
    }

    /// <summary>Each transfer stands or falls by itself.</summary>
    public static Folded Transfer(ClusterView view, ControlChange.TransfersChanged changed)
    {
        if (!view.Types.TryGetValue(changed.Type, out var type)) return $"there is no unit type {changed.Type}";
        var shards = type.Shards.ToBuilder();
        foreach (var transfer in changed.Transfers)
        {
            if (Refusal(view, type, shards, transfer) is { } refusal)
                view = ViewFold.Reject(view, nameof(ControlChange.TransfersChanged), $"shard {type.Name}/{transfer.Shard}: {refusal}");
            else
                shards[transfer.Shard] = shards[transfer.Shard] with { Transfer = transfer.To is { } to ? new ShardTransfer(to, view.Version) : null };
        }
        return WithType(view, type with { Shards = shards.ToImmutable() });
    }

    /// <summary>A new shard of a type whose shards are named by its units.</summary>
    public static UnitType WithNamedShard(UnitType type, string shard) =>
        type.Shards.ContainsKey(shard) ? type
        : type with { Shards = type.Shards.Add(shard, type.Replication is null ? Unplaced : UnplacedReplicated) };

    public static ClusterView WithType(ClusterView view, UnitType type) => view with { Types = view.Types.SetItem(type.Name, type) };

    /// <summary>The first shard that the node leads, for people; null when it leads none.</summary>
    public static string? LedBy(ClusterView view, NodeKey node)
    {
        foreach (var (name, type) in view.Types)
        foreach (var (shard, state) in type.Shards)
            if (state.Leader == node) return $"{name}/{shard}";
        return null;
    }

    private static ShardState Unplaced { get; } = new(0, null, [], null);

    private static ShardState UnplacedReplicated { get; } = new(0, null, [], null, ReplicaSet.Empty);

    private static string? Refusal(
        ClusterView view, UnitType type, ImmutableSortedDictionary<string, ShardState>.Builder shards, ShardPlacement placement, LogEntry entry)
    {
        if (!shards.TryGetValue(placement.Shard, out var old)) return "unknown";
        if (old.Term != placement.PreviousTerm) return $"replaces term {placement.PreviousTerm}; the term is {old.Term}";
        if (placement.Transfer != 0 && (old.Transfer is not { } asked || asked != new ShardTransfer(placement.Leader, placement.Transfer)))
            return $"hands over to {placement.Leader} as entry {placement.Transfer} asked; {(old.Transfer is { } other ? $"entry {other.Version} asks for {other.To}" : "nothing is asked for")}";
        if (placement.Transfer != 0 && old.Leader != entry.Proposer) return $"{entry.Proposer} hands over; {old.Leader} leads";
        if (TargetRefusal(view, type, placement.Leader) is { } refusal) return refusal;
        return old.Replicas is not { } replicas ? null
            : replicas.Version != placement.PreviousReplicas ? $"decided on replica set {placement.PreviousReplicas}; the set is {replicas.Version}"
            : replicas.MayLead(placement.Leader.Name) ? null
            : $"{placement.Leader} is not in sync: {replicas}";
    }

    private static string? Refusal(
        ClusterView view, UnitType type, ImmutableSortedDictionary<string, ShardState>.Builder shards, TransferChange transfer)
    {
        if (!shards.TryGetValue(transfer.Shard, out var old)) return "unknown";
        if (old.Term != transfer.Term) return $"asks the leader of term {transfer.Term}; the term is {old.Term}";
        if (transfer.To is not { } to) return old.Transfer is null ? "no transfer is asked for" : null;
        if (old.Leader is not { } leader || !view.IsAlive(leader)) return "nobody leads it: there is nothing to hand over";
        if (leader == to) return $"{to} leads it already";
        if (old.Transfer?.To == to) return $"a transfer to {to} is asked for already";
        if (TargetRefusal(view, type, to) is { } refusal) return refusal;
        return old.Replicas?.IsInSync(to.Name) == false ? $"{to} is not in sync: {old.Replicas}" : null;
    }

    private static string? TargetRefusal(ClusterView view, UnitType type, NodeKey target) =>
        view.Find(target) is not { Status: MemberStatus.Up } ? $"{target} is not up"
        : !type.Hosts.Contains(target) ? $"{target} does not host the type"
        : null;

    private static ImmutableSortedDictionary<string, ShardState> HashedShards(int count, ShardState unplaced)
    {
        var shards = ImmutableSortedDictionary.CreateBuilder<string, ShardState>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++) shards.Add(i.ToString(System.Globalization.CultureInfo.InvariantCulture), unplaced);
        return shards.ToImmutable();
    }
}
