using System.Runtime.CompilerServices;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>The events of flows as their receivers' journals hold them: what an audit rests on. Needs no actor system.</summary>
public static class FlowJournal
{
    /// <summary>Events of one flow in the order of the journal, read lazily.</summary>
    /// <param name="journal">Only read.</param>
    /// <param name="persistenceId">Of the receiver unit: <c>TYPE/ID</c>.</param>
    /// <param name="flow">Name of the flow; a receiver may have several.</param>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    /// <exception cref="FormatException">A stored event is damaged: names it.</exception>
    public static async IAsyncEnumerable<FlowEvent> ReadAsync(
        IJournal journal, string persistenceId, string flow, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var stored in journal.ReadAsync(persistenceId, 1, long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            if (stored.SerializerId != FlowForm.SerializerId) continue; // an event of a derived unit's own
            if (Decode(stored) is FlowEvent fact && fact.Flow == flow) yield return fact;
        }
    }

    private static object Decode(JournalEvent stored)
    {
        try
        {
            return FlowForm.Read(stored.Payload.Span, stored.Manifest);
        }
        catch (FormatException e)
        {
            throw new FormatException($"event {stored.SequenceNr} of {stored.PersistenceId}: {e.Message}", e);
        }
    }
}
