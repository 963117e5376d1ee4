using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Persistence.Tests;

/// <summary>Never answers.</summary>
internal sealed class SilentSnapshotStore : ISnapshotStore
{
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task OpenAsync(CancellationToken cancellationToken) => new TaskCompletionSource().Task;

    public Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        Asked.TrySetResult();
        return new TaskCompletionSource<StoredSnapshot?>().Task;
    }

    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => new TaskCompletionSource().Task;

    public Task SaveAsync(WriterFence writer, StoredSnapshot snapshot) => new TaskCompletionSource().Task;

    public Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria) => new TaskCompletionSource().Task;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
