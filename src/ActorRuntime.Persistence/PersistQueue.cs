using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence;

/// <summary>An actor's operations from the call to their handlers, in the order called. Sans-IO; the actor's alone.</summary>
/// <remarks>
/// One append is under way at a time; what comes meanwhile goes with the next one. Sequence numbers are given when an append is formed, so
/// a rejected event leaves no gap.
/// </remarks>
internal sealed class PersistQueue
{
    private Queue<PersistOperation> _waiting = new();
    private Queue<PersistOperation> _sent = new();
    private int _holding;
    private int _alone;

    /// <summary>True when nothing waits, not even for its handler.</summary>
    public bool IsEmpty => _waiting.Count == 0 && _sent.Count == 0;

    /// <summary>Operations that are not sent yet.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>True while commands have to wait.</summary>
    public bool HoldsCommands => _holding > 0;

    public void Add(PersistOperation operation)
    {
        if (operation.Count == 0) return;
        _waiting.Enqueue(operation);
        if (operation.HoldsCommands) _holding++;
    }

    /// <summary>Forms the next append; empty when only deferred calls were waiting.</summary>
    /// <param name="persistenceId">Whose events.</param>
    /// <param name="writer">Stamp of the log.</param>
    /// <param name="lastWritten">Highest sequence number that is stored.</param>
    /// <param name="now">Wall clock.</param>
    /// <param name="operationsMax">Most operations in one append.</param>
    public List<JournalEvent> Send(string persistenceId, WriterFence writer, long lastWritten, DateTimeOffset now, int operationsMax)
    {
        var events = new List<JournalEvent>();
        if (_alone > 0) operationsMax = 1;
        while (_sent.Count < operationsMax && _waiting.TryDequeue(out var operation))
        {
            _sent.Enqueue(operation);
            operation.FirstSequenceNr = lastWritten + events.Count + 1;
            if (operation.Rejection is not null) continue;
            foreach (var stored in operation.Payloads)
            {
                var number = lastWritten + events.Count + 1;
                events.Add(new JournalEvent(persistenceId, number, stored.Manifest, stored.SerializerId, stored.Bytes, now, writer)
                {
                    Tags = stored.Tags,
                    AdapterManifest = stored.AdapterManifest,
                });
            }
        }
        if (_alone > 0) _alone--;
        return events;
    }

    /// <summary>The operation whose handler comes next, of those that are stored; false when all are done.</summary>
    public bool TryPeekStored(out PersistOperation operation)
    {
        while (_sent.TryPeek(out operation!))
        {
            if (!operation.IsDone) return true;
            _sent.Dequeue();
            if (operation.HoldsCommands) _holding--;
        }
        return false;
    }

    /// <summary>The log took none of an append. Several operations are tried one by one; a single one is at fault itself.</summary>
    public void OnRejected(Exception cause)
    {
        var stored = _sent.Where(operation => operation.Payloads.Length > 0).ToArray();
        if (stored.Length == 1)
        {
            stored[0].Rejection = cause;
            return;
        }
        _alone = _sent.Count;
        _waiting = new Queue<PersistOperation>(_sent.Concat(_waiting));
        _sent = new Queue<PersistOperation>();
    }

    /// <summary>Forgets everything: the actor ends.</summary>
    /// <returns>The operation that was to be written first; null when none was.</returns>
    public PersistOperation? Clear()
    {
        var first = _sent.FirstOrDefault(operation => !operation.IsDone && !operation.IsDeferred);
        _sent.Clear();
        _waiting.Clear();
        _holding = 0;
        return first;
    }
}
