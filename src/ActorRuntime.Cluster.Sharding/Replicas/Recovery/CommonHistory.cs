using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Replicas.Recovery;

/// <summary>Whether a log that was not in sync continues what is in the persistent store.</summary>
/// <remarks>Such a log may end in blocks that were never committed, for others were in their place. The store keeps no digests, but each event with
/// the term of its block: an event is in one block of a term only, so one that both have shows that all before it is the same.</remarks>
internal static class CommonHistory
{
    /// <summary>True when the log reaches further than the store, and each unit's events in it follow those in the store.</summary>
    /// <param name="fence">Of the shard.</param>
    /// <param name="height">Of the store.</param>
    public static async Task<bool> ContinuesAsync(IBlockLog log, IJournal journal, WriterFence fence, long height)
    {
        if (log.Head.Height <= height || log.Start.Height > height) return false;
        if (!await SharesAsync(log, journal, fence, height).ConfigureAwait(false)) return false;
        var highest = new Dictionary<string, long>(StringComparer.Ordinal); // Looked up only.
        for (var at = height + 1; at <= log.Head.Height; at++)
        {
            foreach (var stored in EventsOf(log.Read(at), fence))
            {
                var id = stored.PersistenceId;
                if (!highest.TryGetValue(id, out var last)) last = await journal.ReadHighestSequenceNrAsync(id, CancellationToken.None).ConfigureAwait(false);
                if (stored.SequenceNr != last + 1) return false;
                highest[id] = stored.SequenceNr;
            }
        }
        return true;
    }

    /// <summary>The newest events that both should have are the same.</summary>
    private static async Task<bool> SharesAsync(IBlockLog log, IJournal journal, WriterFence fence, long height)
    {
        for (var at = height; at > log.Start.Height; at--)
        {
            var events = EventsOf(log.Read(at), fence);
            foreach (var stored in events)
                if (!await IsInAsync(journal, stored).ConfigureAwait(false)) return false;
            if (events.Count > 0) return true;
        }
        return true; // What the log has given up was committed.
    }

    private static async Task<bool> IsInAsync(IJournal journal, JournalEvent stored)
    {
        var read = journal.ReadAsync(stored.PersistenceId, stored.SequenceNr, stored.SequenceNr, CancellationToken.None);
        await foreach (var found in read.ConfigureAwait(false)) return found.Writer.Term == stored.Writer.Term;
        // Deleted, if it was ever there.
        return await journal.ReadHighestSequenceNrAsync(stored.PersistenceId, CancellationToken.None).ConfigureAwait(false) >= stored.SequenceNr;
    }

    private static List<JournalEvent> EventsOf(Block block, WriterFence fence)
    {
        var events = new List<JournalEvent>();
        for (var offset = 0; offset < block.Payload.Length;)
            if (ShardRecord.Read(block.Payload, fence with { Term = block.Term }, ref offset) is ShardRecord.Event { Stored: var stored }) events.Add(stored);
        return events;
    }
}
