using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace ActorRuntime.Cluster.View;

/// <summary>How the log of each shard of a type is replicated.</summary>
/// <param name="Replicas">Nodes that shall keep it, the leader included; 1 to <see cref="ReplicasMax"/>. Fewer while there are fewer
/// nodes.</param>
/// <param name="MinInSync">Nothing is committed with fewer in the in-sync set, from the moment that set was complete; 1 to
/// <paramref name="Replicas"/>.</param>
public sealed record Replication(int Replicas, int MinInSync)
{
    public const int ReplicasMax = 9;

    /// <summary>What is wrong with it; null when nothing is.</summary>
    internal string? Refusal() =>
        Replicas is < 1 or > ReplicasMax ? $"{Replicas} replicas: 1 to {ReplicasMax}"
        : MinInSync < 1 || MinInSync > Replicas ? $"min-in-sync {MinInSync}: 1 to the number of replicas, {Replicas}"
        : null;
}

/// <summary>One copy of a shard's log: on which node, and which one there. A node that lost its disk has another (SAFETY 1C-20,
/// 23). Text form <c>name/0123456789abcdef</c>.</summary>
/// <param name="Node">Name of the node: a copy outlives its process.</param>
/// <param name="StoreId">Of the log on its disk.</param>
public readonly record struct ReplicaId(string Node, ulong StoreId)
{
    public override string ToString() => $"{Node}/{StoreId:x16}";

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">Not of that form.</exception>
    public static ReplicaId Parse(string text)
    {
        var mark = text.LastIndexOf('/');
        if (mark < 1 || !ulong.TryParse(text.AsSpan(mark + 1), NumberStyles.AllowHexSpecifier, null, out var storeId))
            throw new FormatException($"'{text}' is no replica (name/store id in 16 hexadecimal digits)");
        return new(text[..mark], storeId);
    }
}

/// <summary>Where the log of a shard goes on after an operator has accepted the loss of all copies that were in sync. What those hold is
/// another history: no block of it is ever taken for one of this.</summary>
/// <param name="Version">Entry that recovered the shard. Part of the name of its logs on the disks, and of all that its replicas say to each other.</param>
/// <param name="From">The copy it goes on from, which was not in sync; null where it goes on from the persistent store.</param>
/// <param name="Previous">The <paramref name="Version"/> of the history that <paramref name="From"/> and <paramref name="GivenUp"/> are of; 0 for the first.</param>
/// <param name="GivenUp">Copies that were in sync or eligible. Those that come back are kept aside.</param>
public sealed record LogOrigin(long Version, ReplicaId? From, long Previous, ImmutableArray<ReplicaId> GivenUp);

/// <summary>Who keeps a shard's log.</summary>
/// <param name="Version">Entry that changed it last; 0 for one that was never founded. A change names the version it was decided
/// on.</param>
/// <param name="InSync">Nothing is committed that not every one of these has. Empty: never founded, there is nothing to lose.</param>
/// <param name="Eligible">Left the set while it was below the minimum: nothing was committed since, so they have everything too
/// (SAFETY 1C-27).</param>
/// <param name="Learners">Names of nodes that catch up.</param>
/// <param name="Minimum">Nothing is committed with fewer in the set.</param>
/// <param name="IsMinimumInForce">The set was complete once: from then on the minimum is that of the type.</param>
/// <param name="Origin">Null for a log that goes back to its beginning.</param>
public sealed record ReplicaSet(
    long Version, ImmutableArray<ReplicaId> InSync, ImmutableArray<ReplicaId> Eligible, ImmutableArray<string> Learners, int Minimum,
    bool IsMinimumInForce, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LogOrigin? Origin = null)
{
    public static ReplicaSet Empty { get; } = new(0, [], [], [], 1, false);

    /// <summary>Some log was committed to, or may have been.</summary>
    public bool IsFounded => InSync.Length > 0;

    /// <summary>Whose copies hold all that was ever acknowledged.</summary>
    public IEnumerable<ReplicaId> Members => InSync.Concat(Eligible);

    /// <summary>Whether the log of a node holds all that was ever acknowledged, as far as the control log knows.</summary>
    public bool MayLead(string node) =>
        IsFounded ? Find(InSync, node) is not null || Find(Eligible, node) is not null : Origin?.From is not { } from || from.Node == node;

    /// <summary>Whether a copy of a node is in the set.</summary>
    public bool IsInSync(string node) => Find(InSync, node) is not null;

    /// <summary>The copy of a node that is in the set or eligible; null when it has none.</summary>
    public ReplicaId? MemberOf(string node) => Find(InSync, node) ?? Find(Eligible, node);

    /// <summary>Whether a node keeps a copy, of whatever standing.</summary>
    public bool Has(string node) => MemberOf(node) is not null || Learners.Contains(node, StringComparer.Ordinal);

    /// <summary>For people.</summary>
    public override string ToString() =>
        !IsFounded ? Origin?.From is { } from ? $"not founded, goes on from {from}" : "not founded"
        : $"in sync {string.Join(", ", InSync)}{(Eligible.Length > 0 ? $"; eligible {string.Join(", ", Eligible)}" : "")} (set {Version})";

    private static ReplicaId? Find(ImmutableArray<ReplicaId> copies, string node)
    {
        foreach (var copy in copies)
            if (copy.Node == node) return copy;
        return null;
    }
}
