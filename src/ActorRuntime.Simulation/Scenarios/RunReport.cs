using System.Collections.Immutable;
using ActorRuntime.Simulation.Faults;

namespace ActorRuntime.Simulation.Scenarios;

/// <summary>What became of one seed.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Violation">The first; null for none.</param>
/// <param name="Simulated">Time that passed in the cluster.</param>
/// <param name="Steps">Things that happened.</param>
/// <param name="Faults">How often each kind was done.</param>
/// <param name="Losses">Nodes that were declared lost: so many fail-overs.</param>
/// <param name="Handled">Commands that units handled, each checked.</param>
/// <param name="Events">Events that were stored, each checked.</param>
/// <param name="Views">Views that were compared.</param>
/// <param name="TraceDigest">Fingerprint of the history.</param>
internal sealed record RunReport(
    string Scenario, ulong Seed, Violation? Violation, TimeSpan Simulated, long Steps, IReadOnlyDictionary<FaultKind, int> Faults, int Losses, long Handled, long Events,
    long Views, string TraceDigest)
{
    /// <summary>The faults.</summary>
    public ImmutableArray<Fault> Script { get; init; } = [];

    /// <summary>Times an operator had to speak.</summary>
    public int OperatorWords { get; init; }

    /// <summary>Shards that their leader handed over.</summary>
    public int HandOvers { get; init; }

    /// <summary>Times a log of a living node left an in-sync set.</summary>
    public int Evicted { get; init; }

    /// <summary>Times a log came into an in-sync set, the first of a shard not counted.</summary>
    public int Admitted { get; init; }

    /// <summary>Shards whose loss an operator accepted.</summary>
    public int LossesAccepted { get; init; }

    /// <summary>Of these, those that went on from a copy that was not in sync.</summary>
    public int LossesMended { get; init; }

    /// <summary>Committed blocks that were lost by it, as was reported.</summary>
    public long BlocksLost { get; init; }

    /// <summary>Blocks of replicated logs that were written behind, each checked.</summary>
    public long BlocksBehind { get; init; }

    /// <summary>Highest height up to which a replicated log has given up its blocks.</summary>
    public long TrimmedMax { get; init; }

    /// <summary>What happened, when it was recorded.</summary>
    public IReadOnlyList<RecordedLine>? Story { get; init; }
}
