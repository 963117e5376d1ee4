using System.Collections.Immutable;

namespace ActorRuntime.Cluster.View;

/// <summary>What rests behind a declaration of loss.</summary>
public enum LossKind
{
    /// <summary>A loss quorum of every valid observer set supports it.</summary>
    Quorum,

    /// <summary>An observer on the same host obtained the lock file that the process held for life (SAFETY 1B-13). Needs no
    /// gate.</summary>
    LockFile,

    /// <summary>The process that started it reports its exit. Needs no gate.</summary>
    Supervisor,

    /// <summary>The node said so itself: an orderly end, or a new incarnation inside the same process. Needs no gate.</summary>
    Itself,

    /// <summary>An operator commanded it. Needs the gate.</summary>
    Operator,

    /// <summary>An operator vouches that its process has ended. Said of a node that is lost already; needs no gate.</summary>
    Ended,
}

/// <summary>Why a node was declared lost.</summary>
/// <param name="Supporters">Observers that support it, ordered (quorum), the one that holds the proof, or the node itself where the entry is its own
/// last word.</param>
/// <param name="WitnessSequence">The node's witness sequence that stood still for loss-after; null where the witness took no
/// part.</param>
/// <param name="SuspectedAt">Wall clock at which the first supporter suspected it; information only.</param>
/// <param name="ConfirmedAt">Wall clock at which the evidence was complete; information only.</param>
/// <param name="Detail">For people: probes lost, what the second route answered.</param>
public sealed record LossEvidence(
    LossKind Kind, ImmutableArray<NodeKey> Supporters, long? WitnessSequence, DateTimeOffset? SuspectedAt, DateTimeOffset? ConfirmedAt,
    string Detail)
{
    /// <summary>True when the process is known to have ended: the successor serves without waiting for the gate.</summary>
    public bool IsAuthoritative => Kind is LossKind.LockFile or LossKind.Supervisor or LossKind.Itself or LossKind.Ended;

    /// <summary>True when the node echoes nobody any more, so that it counts as a supporter of the loss of whomever it observed: the kernel or an
    /// operator vouches that its process has ended, or the entry is its own last word, before which it fell silent. (One that others took off the list
    /// may still echo.)</summary>
    public bool EndsEchoes => Kind is LossKind.LockFile or LossKind.Supervisor or LossKind.Ended || (Kind == LossKind.Itself && Supporters.Length == 1);
}

/// <summary>An incarnation that ended, as far as the control log is concerned: never heard, echoed or accepted again.</summary>
/// <param name="Version">Entry that ended it.</param>
/// <param name="Evidence">Why; the strongest known.</param>
/// <param name="ObserverSets">The sets valid when it ended: whoever takes over waits for a loss quorum of each (SAFETY 1B-7), unless the
/// evidence is authoritative.</param>
public sealed record LostNode(long Version, LossEvidence Evidence, ImmutableArray<ObserverSet> ObserverSets);
