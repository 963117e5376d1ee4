using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Serialization;

namespace ActorRuntime.Persistence;

/// <summary>One recovery of one actor: snapshot, then events, each checked against what came before. Runs on the actor's turn.</summary>
/// <remarks>
/// A history with a hole is refused rather than replayed. Missing events at the beginning are allowed where the user deleted them, but not
/// when a damaged snapshot was passed over: its state would be lost silently.
/// </remarks>
internal sealed class RecoveryRun(
    string persistenceId, Recovery recovery, EventLogBinding log, Action<long, object> replay)
{
    private bool _passedOver;

    /// <summary>What was being handled when a handler failed; null when it was none.</summary>
    public object? Current { get; private set; }

    /// <summary>Replays; answers the highest sequence number stored.</summary>
    /// <param name="onProgress">Called now and then.</param>
    /// <param name="silence">Cancelled after too long a silence, or when the actor ends.</param>
    public async Task<long> RunAsync(Action onProgress, CancellationToken silence)
    {
        var last = await OfferSnapshotAsync(silence).ConfigureAwait(true);
        onProgress();
        var highest = await log.Events.ReadHighestSequenceNrAsync(persistenceId, silence).WaitAsync(silence).ConfigureAwait(true);
        onProgress();
        if (highest < last)
        {
            throw new RecoveryFailedException(
                $"{persistenceId}: the snapshot contains events up to {last}, the log only knows {highest}: events are lost. Restore the log");
        }
        await ReplayAsync(last, Math.Min(highest, recovery.ToSequenceNr), onProgress, silence).ConfigureAwait(true);
        return highest;
    }

    /// <summary>Goes on replaying what another node writes, until the log serves.</summary>
    /// <param name="last">Applied so far.</param>
    /// <returns>The last one applied.</returns>
    public async Task<long> FollowAsync(IFollowedEventLog followed, long last, CancellationToken ending)
    {
        while (await followed.NextAsync(persistenceId, last).WaitAsync(ending).ConfigureAwait(true) is { Count: > 0 } news)
        {
            foreach (var stored in news)
            {
                RefuseHole(last, stored.SequenceNr, isFirst: false);
                last = stored.SequenceNr;
                foreach (var @event in Deserialize(stored).Events) Handle(last, @event);
            }
        }
        return last;
    }

    private async Task<long> OfferSnapshotAsync(CancellationToken silence)
    {
        var criteria = recovery.FromSnapshot.Below(recovery.ToSequenceNr);
        if (criteria.MaxSequenceNr <= 0) return 0;
        SnapshotDamagedException? damage = null;
        while (true)
        {
            StoredSnapshot? stored = null;
            try
            {
                stored = await log.Snapshots.LoadAsync(persistenceId, criteria, silence).WaitAsync(silence).ConfigureAwait(true);
                if (stored is null && damage is not null) throw new RecoveryFailedException($"{persistenceId}: no snapshot can be read. {damage.Message}", damage);
                if (stored is null) return 0;
                var state = Deserialize(stored);
                Handle(stored.Metadata.SequenceNr, new SnapshotOffer(stored.Metadata, state));
                return stored.Metadata.SequenceNr;
            }
            catch (SnapshotDamagedException e)
            {
                (damage, _passedOver) = (e, true);
                criteria = criteria.Below(e.Metadata.SequenceNr - 1);
            }
        }
    }

    private async Task ReplayAsync(long last, long to, Action onProgress, CancellationToken silence)
    {
        if (last >= to || recovery.ReplayMax <= 0) return;
        var (first, replayed) = (last + 1, 0L);
        var reader = log.Events.ReadAsync(persistenceId, first, to, silence).GetAsyncEnumerator(silence);
        var isMoving = false;
        try
        {
            while (replayed < recovery.ReplayMax)
            {
                isMoving = true;
                var moving = reader.MoveNextAsync();
                var isWaiting = !moving.IsCompleted;
                var isAny = isWaiting ? await moving.AsTask().WaitAsync(silence).ConfigureAwait(true) : await moving.ConfigureAwait(true);
                isMoving = false;
                if (!isAny) break;
                if (isWaiting) onProgress();
                RefuseHole(last, reader.Current.SequenceNr, isFirst: replayed == 0);
                last = reader.Current.SequenceNr;
                foreach (var @event in Deserialize(reader.Current).Events) Handle(last, @event);
                replayed++;
            }
        }
        finally
        {
            // A reader that hangs cannot be disposed of; its time-out ends it.
            if (!isMoving) await reader.DisposeAsync().ConfigureAwait(true);
        }
        if (replayed < recovery.ReplayMax && last < to && (replayed > 0 || _passedOver)) RefuseHole(last, to + 1, isFirst: false);
    }

    private void RefuseHole(long last, long next, bool isFirst)
    {
        if (next == last + 1 || (isFirst && !_passedOver)) return;
        throw new RecoveryFailedException($"{persistenceId}: events {last + 1} to {next - 1} are missing. Restore the log from a backup");
    }

    private void Handle(long sequenceNr, object message)
    {
        Current = message;
        replay(sequenceNr, message);
        Current = null;
    }

    private IEventSequence Deserialize(JournalEvent stored)
    {
        try
        {
            return log.Converter.FromJournal(stored);
        }
        catch (Exception e) when (FaultHandling.IsSupervised(e))
        {
            throw new RecoveryFailedException(
                $"{persistenceId}: event {stored.SequenceNr} (manifest '{stored.Manifest}', serializer {stored.SerializerId}) cannot be read: {e.Message}", e);
        }
    }

    private object Deserialize(StoredSnapshot stored)
    {
        try
        {
            return log.Converter.Deserialize(stored.Payload, stored.SerializerId, stored.Manifest);
        }
        catch (SerializationException e)
        {
            throw new SnapshotDamagedException(stored.Metadata,
                $"{persistenceId}: snapshot {stored.Metadata.SequenceNr} (manifest '{stored.Manifest}', serializer {stored.SerializerId}) cannot be read: {e.Message}", e);
        }
    }
}
