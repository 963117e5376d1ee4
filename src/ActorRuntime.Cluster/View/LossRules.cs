using System.Collections.Immutable;

namespace ActorRuntime.Cluster.View;

/// <summary>When a declaration of loss holds (SAFETY 1B-8, 9, 11, 13). The same rules serve whoever proposes and whoever applies.</summary>
public static class LossRules
{
    /// <summary>True when the supporters, with the witness where it takes part, are a loss quorum of every valid observer set. An observer
    /// that is known to echo no more counts as a supporter: it extends no lease.</summary>
    public static bool IsQuorum(ClusterView view, ImmutableArray<ObserverSet> sets, ImmutableArray<NodeKey> supporters, bool witness)
    {
        if (sets.IsEmpty || supporters.IsEmpty) return false;
        foreach (var set in sets)
        {
            var votes = set.Witness && witness ? 1 : 0;
            foreach (var observer in set.Observers)
                if (supporters.Contains(observer) || view.Lost.GetValueOrDefault(observer) is { Evidence.EndsEchoes: true }) votes++;
            if (votes < set.LossQuorum) return false;
        }
        return true;
    }

    /// <summary>Null when <paramref name="evidence"/> suffices to declare <paramref name="member"/> lost in <paramref name="view"/>, else
    /// what is missing.</summary>
    /// <param name="proposer">Who wrote the entry.</param>
    public static string? Refusal(ClusterView view, Member member, LossEvidence evidence, NodeKey proposer)
    {
        foreach (var supporter in evidence.Supporters)
        {
            if (supporter == member.Key) return $"{supporter} cannot support its own loss";
            if (!view.IsAlive(supporter)) return $"supporter {supporter} is no live member";
        }
        return evidence.Kind switch
        {
            LossKind.Quorum => QuorumRefusal(view, member, evidence),
            LossKind.LockFile => LockFileRefusal(view, member, evidence),
            LossKind.Itself when proposer != member.Key => $"{proposer} speaks for {member.Key}",
            LossKind.Itself or LossKind.Supervisor or LossKind.Operator => null,
            LossKind.Ended => $"{member.Key} is declared lost first",
            _ => $"unknown evidence {evidence.Kind}",
        };
    }

    private static string? QuorumRefusal(ClusterView view, Member member, LossEvidence evidence) =>
        evidence.Supporters.Distinct().Count() != evidence.Supporters.Length ? "a supporter is named twice"
        : IsQuorum(view, member.ObserverSets, evidence.Supporters, evidence.WitnessSequence is not null) ? null
        : $"no loss quorum in every valid observer set of {member.Key}: supported by {string.Join(", ", evidence.Supporters)}"
          + (evidence.WitnessSequence is null ? "" : " and the witness");

    private static string? LockFileRefusal(ClusterView view, Member member, LossEvidence evidence)
    {
        if (evidence.Supporters is not [var prover]) return "a lock file is obtained by exactly one observer";
        var facts = view.Find(prover)!.Facts;
        if (member.Facts.LockFile.Length == 0) return $"{member.Key} announced no lock file";
        return facts.BootId.Length > 0 && facts.BootId == member.Facts.BootId ? null
            : $"{prover} does not share a kernel with {member.Key}: its lock proves nothing";
    }
}
