using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>What a view says about who may send on a flow.</summary>
/// <param name="ViewVersion">Version of the view: it knows nothing about higher terms.</param>
/// <param name="Term">Term of the flow.</param>
/// <param name="Active">Index of the active sender, null while nobody may send.</param>
/// <param name="Muted">By sender index.</param>
public sealed record FlowRights(long ViewVersion, long Term, int? Active, ImmutableArray<bool> Muted)
{
    /// <summary>Before any view: every term is news.</summary>
    public static FlowRights Unknown { get; } = new(-1, 0, null, []);

    /// <summary>The rights of one row of the flow table.</summary>
    public static FlowRights Of(FlowState flow, long viewVersion) => new(
        viewVersion, flow.Term, flow.MutedByOperator ? null : flow.Active,
        [.. flow.Senders.Select(sender => flow.MutedByOperator || sender.Status == SenderStatus.Muted)]);

    /// <summary>Why a message of this term and sender is to be refused; null when the view has nothing against it, or is too old to
    /// know: a term is granted by a committed entry, so a higher one than the view's is right.</summary>
    public FlowRefusal? Refuse(long term, int sender)
    {
        if (term > ViewVersion) return null;
        if (sender < 0 || sender >= Muted.Length) return FlowRefusal.Malformed;
        if (Muted[sender]) return FlowRefusal.Muted;
        if (term < Term) return FlowRefusal.Fenced;
        return term == Term && sender == Active ? null : FlowRefusal.NotActive;
    }
}
