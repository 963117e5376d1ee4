using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Node.Demo;

/// <summary>What the receivers of flows persisted, read from the journal itself: no node takes part.</summary>
/// <param name="persistenceId">Of the receiver unit of a flow.</param>
internal sealed class FlowJournals(IJournal journal, Func<string, string> persistenceId)
{
    private readonly Dictionary<string, (long SequenceNr, long Items, bool IsCompleted)> _counted = [];

    /// <summary>All events of one flow, in order.</summary>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    /// <exception cref="FormatException">A stored event is damaged: names it.</exception>
    public IAsyncEnumerable<FlowEvent> ReadAsync(string flow, CancellationToken cancellationToken) =>
        FlowJournal.ReadAsync(journal, persistenceId(flow), flow, cancellationToken);

    /// <summary>Counts what was persisted since the last look.</summary>
    /// <returns>Items of all flows so far, and whether every flow has ended.</returns>
    public async Task<(long Items, bool AllCompleted)> CountAsync(IReadOnlyList<string> flows, CancellationToken cancellationToken)
    {
        foreach (var flow in flows)
        {
            var (sequenceNr, items, isCompleted) = _counted.GetValueOrDefault(flow);
            if (isCompleted) continue;
            var news = journal.ReadAsync(persistenceId(flow), sequenceNr + 1, long.MaxValue, cancellationToken);
            await foreach (var stored in news.ConfigureAwait(false))
            {
                sequenceNr = stored.SequenceNr;
                var fact = Decode(stored, flow);
                if (fact is FlowEvent.ItemsApplied applied) items += applied.Batch.Length;
                isCompleted |= fact is FlowEvent.FlowCompleted;
            }
            _counted[flow] = (sequenceNr, items, isCompleted);
        }
        return (_counted.Values.Sum(counted => counted.Items), flows.All(flow => _counted[flow].IsCompleted));
    }

    private static FlowEvent? Decode(JournalEvent stored, string flow) =>
        stored.SerializerId == FlowForm.SerializerId
        && FlowForm.Read(stored.Payload.Span, stored.Manifest) is FlowEvent fact && fact.Flow == flow
            ? fact
            : null;
}
