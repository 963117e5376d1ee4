using System.Runtime.CompilerServices;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Simulation.Stores;

/// <summary>One process's access to the shared journal.</summary>
/// <param name="journal">Shared by all nodes; answers before it returns.</param>
/// <param name="line">The way there.</param>
/// <param name="news">Told what was applied, at that instant.</param>
internal class SimulatedJournal(IJournal journal, StoreLine line, JournalNews news) : IJournal
{
    public Task OpenAsync(CancellationToken cancellationToken) => Call(static () => true, cancellationToken);

    public Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) =>
        Write(() => Raise(fence), cancellationToken);

    public virtual Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        JournalEvent.Check(events);
        return Write(() => Append(events), default);
    }

    public virtual Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks) =>
        Write(() => AppendCommitted(fence, afterHeight, blocks), default);

    public async IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = await Call(() => Collect(journal.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, default)), cancellationToken).ConfigureAwait(false);
        foreach (var stored in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return stored;
        }
    }

    public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
        Call(() => Now(journal.ReadHighestSequenceNrAsync(persistenceId, default)), cancellationToken);

    public Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr) =>
        Write(() => Now(journal.DeleteAsync(writer, persistenceId, toSequenceNr)), default);

    public Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken) =>
        Call(() => Now(journal.ReadPersistenceIdsAsync(afterId, max, default)), cancellationToken);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>At the store.</summary>
    protected virtual long Raise(WriterFence fence)
    {
        var height = Now(journal.RaiseFenceAsync(fence, default));
        news.OnRaised(fence);
        news.OnRaisedAtStore(fence);
        return height;
    }

    /// <summary>At the store: all or nothing.</summary>
    protected virtual bool Append(IReadOnlyList<JournalEvent> events)
    {
        Now(journal.AppendAsync(events));
        news.OnAppended(events);
        return true;
    }

    /// <summary>At the store: all or nothing.</summary>
    /// <returns>Height of the scope.</returns>
    protected virtual long AppendCommitted(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        var before = Now(journal.RaiseFenceAsync(fence, default));
        var height = Now(journal.AppendCommittedAsync(fence, afterHeight, blocks));
        if (height > before) news.OnWrittenBehind(fence, afterHeight, blocks);
        return height;
    }

    protected static T Now<T>(Task<T> answered) => answered.GetAwaiter().GetResult();

    protected static bool Now(Task answered)
    {
        answered.GetAwaiter().GetResult();
        return true;
    }

    /// <summary>Everything a store in memory has, at once.</summary>
    internal static List<T> Collect<T>(IAsyncEnumerable<T> all)
    {
        var found = new List<T>();
        var collecting = CollectAsync();
        return collecting.IsCompletedSuccessfully ? found : throw new InvalidOperationException("the store in memory answers before it returns");

        async Task CollectAsync()
        {
            await foreach (var one in all.ConfigureAwait(false)) found.Add(one);
        }
    }

    private Task<T> Write<T>(Func<T> perform, CancellationToken cancellationToken) =>
        Translated(line.Write(perform, static () => throw new JournalException("no answer from the journal within the time-out; whether it was written is unknown"), cancellationToken));

    private Task<T> Call<T>(Func<T> perform, CancellationToken cancellationToken) => Translated(line.Call(perform, cancellationToken));

    private static async Task<T> Translated<T>(Task<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (StoreUnreachableException e)
        {
            throw new JournalException(e.Message, e);
        }
    }
}

/// <summary>What is applied at the journal, for those who check it.</summary>
internal sealed class JournalNews
{
    /// <summary>A fence was raised.</summary>
    public event Action<WriterFence>? Raised;

    /// <summary>Events were stored.</summary>
    public event Action<IReadOnlyList<JournalEvent>>? Appended;

    /// <summary>Blocks above a height were written behind.</summary>
    public event Action<WriterFence, long, CommittedBlocks>? WrittenBehind;

    public void OnWrittenBehind(WriterFence fence, long afterHeight, CommittedBlocks blocks) => WrittenBehind?.Invoke(fence, afterHeight, blocks);

    /// <summary>A fence was raised at the store itself, not in a replicated log.</summary>
    public event Action<WriterFence>? RaisedAtStore;

    public void OnRaisedAtStore(WriterFence fence) => RaisedAtStore?.Invoke(fence);

    public void OnRaised(WriterFence fence) => Raised?.Invoke(fence);

    public void OnAppended(IReadOnlyList<JournalEvent> events) => Appended?.Invoke(events);
}
