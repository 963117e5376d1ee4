namespace ActorRuntime.Persistence.Blocks;

/// <summary>The local store of a node, made and opened once for all who need it. Any thread.</summary>
internal sealed class LocalStore(Func<IBlockStore> make)
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource<IBlockStore>> _waiting = []; // One for each: their continuations run in the order asked.
    private Task? _opening;
    private IBlockStore? _store;
    private Task? _closing;

    /// <exception cref="BlockStoreException">By the task: it cannot be used.</exception>
    public Task<IBlockStore> OpenAsync()
    {
        lock (_lock)
        {
            _store ??= make();
            if (_opening is { IsCompletedSuccessfully: true }) return Task.FromResult(_store);
            if (_opening is { IsFaulted: true, Exception.InnerException: { } failure }) return Task.FromException<IBlockStore>(failure);
            var opened = new TaskCompletionSource<IBlockStore>();
            _waiting.Add(opened);
            if (_opening is not null) return opened.Task;
            _opening = _store.OpenAsync(CancellationToken.None);
            _ = TellAsync(_opening);
            return opened.Task;
        }
    }

    /// <summary>Finishes what was begun, and lets go of the disk; that may take a while.</summary>
    public Task CloseAsync()
    {
        lock (_lock) return _closing ??= _store?.DisposeAsync().AsTask() ?? Task.CompletedTask;
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
