namespace ActorRuntime.Persistence.Local;

/// <summary>A blocking call on a worker, as a task.</summary>
internal static class WorkerTask
{
    public static Task RunAsync(IWorker worker, Action work) => RunAsync(worker, () =>
    {
        work();
        return true;
    });

    public static Task<T> RunAsync<T>(IWorker worker, Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Post(() =>
        {
            try
            {
                done.SetResult(work());
            }
#pragma warning disable CA1031 // Whatever it is belongs to the caller, not to the worker's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }
}
