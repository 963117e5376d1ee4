using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Simulation.Checks;

/// <summary>I1 and I3 at the journal: one event for each sequence number, without gaps, and none of a lower term once a higher one was raised.</summary>
internal sealed class JournalCheck(SimulatedCluster cluster)
{
    private readonly Dictionary<string, long> _highest = []; // Looked up only.
    private readonly Dictionary<string, long> _terms = []; // Looked up only.

    /// <summary>Events seen.</summary>
    public long Events { get; private set; }

    /// <summary>A fence was raised.</summary>
    public void OnRaised(WriterFence fence) => _terms[fence.Scope] = Math.Max(fence.Term, _terms.GetValueOrDefault(fence.Scope));

    /// <summary>The fence of a scope was raised for a leader that goes on after a loss, before it has committed what it goes on with.</summary>
    public void OnRecovering(string scope) => _terms.Remove(scope);

    /// <summary>Events above a number are lost, as an operator has accepted: the numbers are used again.</summary>
    public void OnRolledBack(string persistenceId, long highest) => _highest[persistenceId] = highest;

    /// <summary>Events were stored, at this instant.</summary>
    public void OnAppended(IReadOnlyList<JournalEvent> events)
    {
        foreach (var stored in events)
        {
            Events++;
            var highest = _highest.GetValueOrDefault(stored.PersistenceId);
            if (stored.SequenceNr != highest + 1)
                cluster.Fail("I1 one event per number", $"{stored.PersistenceId}: event {stored.SequenceNr} of term {stored.Writer.Term} is stored after {highest}");
            _highest[stored.PersistenceId] = stored.SequenceNr;
            var term = _terms.GetValueOrDefault(stored.Writer.Scope);
            if (stored.Writer.IsNone || stored.Writer.Term >= term) continue;
            cluster.Fail(
                "I3 no event of a fenced term",
                $"{stored.PersistenceId}: event {stored.SequenceNr} of term {stored.Writer.Term} is stored although {term} was raised for {stored.Writer.Scope}");
        }
    }
}
