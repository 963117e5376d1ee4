using System.Runtime.CompilerServices;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Cluster.Sharding.Shards;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Events and snapshots of a shard's units in the shard's replicated log, and in the persistent store what the log has given up: followed
/// while another node leads, written from <see cref="Lead"/> on. Any thread, but for what says otherwise.</summary>
/// <param name="replica">The log on this node.</param>
/// <param name="scope">Of the shard's fence.</param>
/// <param name="journal">Only read: what is written there is written behind.</param>
/// <param name="snapshots">As <paramref name="journal"/>.</param>
internal sealed class ReplicatedShardLog(IActorRef replica, string scope, IJournal journal, ISnapshotStore snapshots)
    : ShardLog, IFollowedEventLog, ISnapshotStore
{
    private const int PageBytes = 1 << 20, FeedMax = 10_000;
    private static readonly Task<IReadOnlyList<JournalEvent>> NoMore = Task.FromResult<IReadOnlyList<JournalEvent>>([]);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, StandbyFeed> _feeds = new(StringComparer.Ordinal); // Looked up only.
    private long _term;

    /// <summary>The log on this node.</summary>
    public IActorRef Replica => replica;

    /// <summary>Of term 0 while another node leads.</summary>
    public override WriterFence Writer => new(scope, Volatile.Read(ref _term));

    /// <summary>This node leads: everything committed is in the log, and was fed. Only the shard's actor calls this.</summary>
    public void Lead(long term) => Volatile.Write(ref _term, term);

    /// <summary>Its actor has ended: nothing more is kept for it. Only the shard's actor calls this.</summary>
    public void Untrack(string persistenceId)
    {
        lock (_lock) _feeds.Remove(persistenceId);
    }

    /// <summary>An event was committed by the leader: whoever follows its id gets it. Only the shard's actor calls this.</summary>
    public void Feed(JournalEvent stored)
    {
        TaskCompletionSource<IReadOnlyList<JournalEvent>>? waiting;
        IReadOnlyList<JournalEvent> news;
        lock (_lock)
        {
            if (!_feeds.TryGetValue(stored.PersistenceId, out var feed)) return;
            if (feed.Events.Count >= FeedMax)
            {
                feed.IsBroken = true; // Its actor has ended, or does not keep up: it begins anew when the node leads.
                feed.Events.Clear();
            }
            if (feed.IsBroken) return;
            feed.Events.Add(stored);
            if (feed.Waiting is null) return;
            (waiting, feed.Waiting) = (feed.Waiting, null);
            news = feed.Take(stored.SequenceNr - 1);
        }
        waiting.TrySetResult(news);
    }

    public override void Serve()
    {
        base.Serve();
        lock (_lock)
        {
            foreach (var (id, feed) in _feeds.ToArray())
            {
                if (feed.Waiting is not { } waiting) continue;
                _feeds.Remove(id);
                waiting.TrySetResult([]);
            }
        }
    }

    public Task<IReadOnlyList<JournalEvent>> NextAsync(string persistenceId, long afterSequenceNr)
    {
        lock (_lock)
        {
            if (!_feeds.TryGetValue(persistenceId, out var feed)) return NoMore;
            if (feed.IsBroken)
            {
                _feeds.Remove(persistenceId);
                return Task.FromException<IReadOnlyList<JournalEvent>>(new JournalException($"{persistenceId}: more than {FeedMax} events behind the leader"));
            }
            if (feed.Take(afterSequenceNr) is { Count: > 0 } news) return Task.FromResult<IReadOnlyList<JournalEvent>>(news);
            if (WhenServing.IsCompleted)
            {
                _feeds.Remove(persistenceId);
                return NoMore;
            }
            return (feed.Waiting = new TaskCompletionSource<IReadOnlyList<JournalEvent>>()).Task;
        }
    }

    public override Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        JournalEvent.Check(events);
        return Write(new WriteCall(Writer.Term, events, null));
    }

    public override async IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = fromSequenceNr; next <= toSequenceNr;)
        {
            var from = next;
            var page = await Read(persistenceId, records => records.Read(persistenceId, from, toSequenceNr, PageBytes), cancellationToken).ConfigureAwait(false);
            next = Math.Max(next, page.Deleted + 1);
            if (next < page.First)
            {
                var last = Math.Min(toSequenceNr, page.First - 1);
                await foreach (var stored in journal.ReadAsync(persistenceId, next, last, cancellationToken).ConfigureAwait(false))
                {
                    yield return stored;
                    next = stored.SequenceNr + 1;
                }
                if (page.First == long.MaxValue) yield break;
                if (next <= last) await RequireAsync(persistenceId, last, cancellationToken).ConfigureAwait(false);
                next = last + 1;
                continue;
            }
            if (page.Events.Count == 0) yield break;
            foreach (var stored in page.Events) yield return stored;
            next = page.Events[^1].SequenceNr + 1;
        }
    }

    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
        await Read(persistenceId, records => records.Highest(persistenceId), cancellationToken).ConfigureAwait(false)
        ?? await journal.ReadHighestSequenceNrAsync(persistenceId, cancellationToken).ConfigureAwait(false);

    public override Task DeleteAsync(string persistenceId, long toSequenceNr) =>
        Write(new WriteCall(Writer.Term, null, new ShardRecord.EventsDeleted(persistenceId, toSequenceNr)));

    Task ISnapshotStore.OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        var page = await Read(persistenceId, records => records.Load(persistenceId, criteria), cancellationToken).ConfigureAwait(false);
        if (!page.IsElsewhere) return page.Stored;
        while (true)
        {
            var stored = await snapshots.LoadAsync(persistenceId, criteria, cancellationToken).ConfigureAwait(false);
            if (stored is null) return null;
            var below = stored.Metadata.SequenceNr - 1;
            if (!page.Deletions.Any(deletion => deletion.Includes(stored.Metadata)))
            {
                var highest = await ReadHighestSequenceNrAsync(persistenceId, cancellationToken).ConfigureAwait(false);
                if (below < highest) return stored;
                await ForgetAsync(persistenceId, highest).ConfigureAwait(false);
                below = highest;
            }
            criteria = new SnapshotSelectionCriteria(below, criteria.MaxTimeStamp, criteria.MinSequenceNr, criteria.MinTimestamp);
        }
    }

    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => Task.CompletedTask; // The log's own term is the fence.

    public Task SaveAsync(WriterFence writer, StoredSnapshot snapshot) => Write(new WriteCall(writer.Term, null, new ShardRecord.Snapshot(snapshot)));

    public Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria) =>
        Write(new WriteCall(writer.Term, null, new ShardRecord.SnapshotsDeleted(persistenceId, criteria)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Snapshots are written behind before events: those of events that were lost in between are of a history that was given up. They go
    /// before the numbers of these events are used again.</summary>
    private Task ForgetAsync(string persistenceId, long highest) => Writer.Term == 0 ? Task.CompletedTask
        : snapshots.DeleteAsync(Writer, persistenceId, new SnapshotSelectionCriteria(long.MaxValue, DateTime.MaxValue, highest + 1));

    /// <summary>Events that are in neither place must have been deleted; else they are lost, and nobody may go on without them.</summary>
    private async Task RequireAsync(string persistenceId, long number, CancellationToken cancellationToken)
    {
        var highest = await journal.ReadHighestSequenceNrAsync(persistenceId, cancellationToken).ConfigureAwait(false);
        if (highest < number) throw new JournalException(
            $"{scope}: events of {persistenceId} up to {number} were trimmed from the log; the persistent store has them up to {highest} only. Put the right store in place");
    }

    private Task Write(WriteCall call)
    {
        replica.Tell(call, ActorRefs.NoSender);
        return call.Done;
    }

    /// <summary>Whoever recovers before the log serves is fed from before its first look at the log: it misses nothing.</summary>
    private Task<T> Read<T>(string persistenceId, Func<ShardRecords, T> read, CancellationToken cancellationToken)
    {
        if (!WhenServing.IsCompleted)
        {
            lock (_lock) _feeds.TryAdd(persistenceId, new StandbyFeed());
        }
        var call = new ReadCall<T>(Writer.Term, read);
        replica.Tell(call, ActorRefs.NoSender);
        return call.Answered.WaitAsync(cancellationToken);
    }

    /// <summary>Events of one id on their way to the actor that follows.</summary>
    private sealed class StandbyFeed
    {
        public List<JournalEvent> Events { get; } = [];

        public TaskCompletionSource<IReadOnlyList<JournalEvent>>? Waiting { get; set; }

        public bool IsBroken { get; set; }

        /// <summary>All there is; what the actor read from the log itself is left out.</summary>
        public List<JournalEvent> Take(long after)
        {
            if (Events.Count == 0) return [];
            var news = Events.FindAll(stored => stored.SequenceNr > after);
            Events.Clear();
            return news;
        }
    }
}
