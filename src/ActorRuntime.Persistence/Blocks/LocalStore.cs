namespace ActorRuntime.Persistence.Blocks;

/// <summary>The local store of a node, opened once for all who need it. Any thread.</summary>
/// <param name="get">The store, not opened.</param>
internal sealed class LocalStore(Func<IBlockStore> get)
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource<IBlockStore>> _waiting = []; // One for each: their continuations run in the order asked.
    private Task? _opening;
    private IBlockStore? _store;

    /// <exception cref="BlockStoreException">It cannot be used.</exception>
    public Task<IBlockStore> OpenAsync()
    {
        var store = get();
        lock (_lock)
        {
            if (_opening is { IsCompletedSuccessfully: true }) return Task.FromResult(_store!);
            if (_opening is { IsFaulted: true, Exception.InnerException: { } failure }) return Task.FromException<IBlockStore>(failure);
            var opened = new TaskCompletionSource<IBlockStore>();
            _waiting.Add(opened);
            if (_opening is not null) return opened.Task;
            _store = store;
            _opening = store.OpenAsync(CancellationToken.None);
            _ = TellAsync(_opening);
            return opened.Task;
        }
    }

    private async Task TellAsync(Task opening)
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        TaskCompletionSource<IBlockStore>[] waiting;
        lock (_lock) waiting = [.. _waiting];
        foreach (var opened in waiting)
        {
            if (opening.Exception?.InnerException is { } failure) opened.TrySetException(failure);
            else opened.TrySetResult(_store!);
        }
    }
}
