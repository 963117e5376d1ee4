using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Replicas.Recovery;

/// <summary>What a shard would go on with if the loss of the copies that were in sync were accepted, and what would be missing.</summary>
/// <param name="Refusal">Why it must not be recovered; null when it may.</param>
/// <param name="Given">Copies that would be given up.</param>
/// <param name="From">Copy that it would go on from; null for the persistent store.</param>
/// <param name="StoreHeight">Height of the persistent store.</param>
/// <param name="Keeps">Height up to which it keeps what was committed, for sure.</param>
/// <param name="Reaches">Height at which it goes on. Blocks of a copy above <paramref name="Keeps"/> may be what was committed, or stand where other blocks
/// were that are lost.</param>
/// <param name="Heard">Highest height that a living node was told was committed; 0 when none was.</param>
/// <param name="Silent">Nodes of <paramref name="Given"/> that do not live, with the version of the entry that declared them lost; 0 where that is not known any more.</param>
/// <param name="Without">Living nodes of <paramref name="Given"/> that have the copy no more.</param>
public sealed record ShardLoss(
    string Type, string Shard, long Term, long SetVersion, string? Refusal, ImmutableArray<ReplicaId> Given, ReplicaId? From, long StoreHeight, long Keeps,
    long Reaches, long Heard, ImmutableSortedDictionary<string, long> Silent, ImmutableArray<NodeKey> Without)
{
    /// <summary>Blocks that are lost for sure.</summary>
    public long LostMin => Math.Max(0, Heard - Reaches);

    /// <summary>Why the shard waits, in one sentence; null when it need not be recovered.</summary>
    public string? Waits => Refusal is not null ? null
        : (Given.IsEmpty ? "the copy it was to go on from is not there" : $"the last {(Given.Length == 1 ? "log is" : "logs are")} {string.Join("; ", Given.Select(Describe))}")
          + $": bring it back, or shard recover {Type} {Shard}";

    /// <summary>What would be missing, for people.</summary>
    public string Missing =>
        $"goes on from {(From is { } copy ? $"{copy}, which was not in sync," : "the persistent store")} at height {Reaches}"
        + (From is null ? "" : $" (the store has {StoreHeight}); blocks above {Keeps} may stand where others were committed, which are lost then")
        + (LostMin > 0
            ? $"; lost are blocks {Reaches + 1} to {Heard}, which a living node knows to be committed, and how many above nobody knows"
            : $"; lost is what was acknowledged above {Reaches}: no living node knows of any, so how much it is nobody knows");

    /// <summary>Decides for one shard.</summary>
    /// <param name="answers">Of the nodes that answered.</param>
    /// <param name="storeHeight">Of the shard, read just now.</param>
    internal static ShardLoss Assess(ClusterView view, string type, string shard, View.ShardState state, IReadOnlyList<HeldLogs> answers, long storeHeight)
    {
        var set = state.Replicas!;
        var given = set.Members.ToImmutableArray();
        var known = answers.Where(answer => view.IsAlive(new NodeKey(answer.Node, answer.Incarnation))).ToArray();
        var logs = known.SelectMany(answer => answer.Logs.Where(log => log.Shard == shard).Select(log => (answer.Node, Log: log))).ToArray();
        var (without, silent) = (ImmutableArray.CreateBuilder<NodeKey>(), ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal));
        string? refusal = !set.IsFounded && set.Origin?.From is null ? "it has no log yet, so nothing is lost" : null;
        foreach (var copy in set.IsFounded ? given : set.Origin?.From is { } chosen ? [chosen] : [])
        {
            if (view.Members.GetValueOrDefault(copy.Node) is not { Status: not MemberStatus.Down } member)
            {
                silent[copy.Node] = view.Lost.Where(lost => lost.Key.Name == copy.Node).Select(static lost => lost.Value.Version).Append(0).Max();
                continue;
            }
            var own = logs.FirstOrDefault(held => held.Node == copy.Node).Log;
            refusal ??= own is null ? $"{copy.Node} lives, and has not said which log it has: ask again, or declare it lost (cluster down {copy.Node})"
                : own.Failure is null && (own.StoreId == copy.StoreId || !set.IsFounded) ? $"{copy} is there, with height {own.Height}: nothing is lost"
                : null;
            without.Add(member.Key);
        }
        var origin = set.Origin?.Version ?? 0;
        // The newest term first: what an older leader wrote above it was never committed.
        var best = logs.Where(held => held.Log.Failure is null && held.Log.Origin == origin && set.IsFounded && held.Log.Start <= storeHeight && held.Log.Height > storeHeight)
            .OrderByDescending(held => held.Log.HeadTerm).ThenByDescending(held => held.Log.Height).ThenBy(held => held.Node, StringComparer.Ordinal).FirstOrDefault();
        var heard = logs.Where(held => held.Log.Origin == origin).Select(held => held.Log.Heard).Append(0).Max();
        return new ShardLoss(
            type, shard, state.Term, set.Version, refusal, given, best.Log is { } log ? new ReplicaId(best.Node, log.StoreId) : null, storeHeight,
            Math.Max(storeHeight, best.Log?.Committed ?? 0), best.Log?.Height ?? storeHeight, heard, silent.ToImmutable(), without.ToImmutable());
    }

    /// <summary>The change that accepts it; null when the shard is not as it was any more.</summary>
    internal ShardRecovery? Accept(ClusterView view) =>
        view.Types.GetValueOrDefault(Type)?.Shards.GetValueOrDefault(Shard) is { } state && state.Term == Term && state.Replicas?.Version == SetVersion && Refusal is null
            ? new ShardRecovery(Shard, Term, SetVersion, From, Without) : null;

    private string Describe(ReplicaId copy) =>
        $"on {copy.Node}, store {copy.StoreId:x16}, "
        + (!Silent.TryGetValue(copy.Node, out var since) ? $"which is not on the disk of {copy.Node} any more"
            : since == 0 ? "not seen for long" : $"not seen since version {since} of the control log");
}
