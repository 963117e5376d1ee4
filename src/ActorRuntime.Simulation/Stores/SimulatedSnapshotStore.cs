using ActorRuntime.Persistence;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Simulation.Stores;

/// <summary>One process's access to the shared snapshots.</summary>
/// <param name="store">Shared by all nodes; answers before it returns.</param>
/// <param name="line">The way there.</param>
internal sealed class SimulatedSnapshotStore(ISnapshotStore store, StoreLine line) : ISnapshotStore
{
    public Task OpenAsync(CancellationToken cancellationToken) => Call(static () => true, cancellationToken);

    public Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        Call(() => store.LoadAsync(persistenceId, criteria, default).GetAwaiter().GetResult(), cancellationToken);

    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => Write(() => store.RaiseFenceAsync(fence, default));

    public Task SaveAsync(WriterFence writer, StoredSnapshot snapshot) => Write(() => store.SaveAsync(writer, snapshot));

    public Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria) =>
        Write(() => store.DeleteAsync(writer, persistenceId, criteria));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<bool> Write(Func<Task> perform) => Translated(line.Write(() => Done(perform()), static () => throw new JournalException("no answer from the snapshot store; unknown")));

    private Task<T> Call<T>(Func<T> perform, CancellationToken cancellationToken) => Translated(line.Call(perform, cancellationToken));

    private static bool Done(Task answered)
    {
        answered.GetAwaiter().GetResult();
        return true;
    }

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
