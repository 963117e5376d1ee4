#pragma warning disable RS0030 // Blocking calls need a thread of their own, and this class is that thread.
#pragma warning disable CA2213 // The queue holds no handle, and its end would race the end of Dispose: nobody disposes of it.
using System.Collections.Concurrent;

namespace ActorRuntime;

/// <summary>One background thread that runs a queue of blocking calls in order.</summary>
internal sealed class ThreadWorker : IWorker
{
    /// <summary>Calls that may wait; a caller that gets further ahead of the disk than this waits itself.</summary>
    internal const int QueuedMax = 65_536;

    private readonly BlockingCollection<Action> _queue = new(QueuedMax);

    public ThreadWorker(string name) => new Thread(Run) { Name = name, IsBackground = true }.Start();

    public void Post(Action work) => _queue.Add(work);

    /// <summary>Takes no more; what is queued still runs.</summary>
    public void Dispose() => _queue.CompleteAdding();

    private void Run()
    {
        foreach (var work in _queue.GetConsumingEnumerable()) work();
    }
}
