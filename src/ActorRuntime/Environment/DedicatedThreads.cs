#pragma warning disable RS0030 // Threads of their own, for dispatchers that ask for them.
#pragma warning disable CA2213 // Its threads may still wait for the semaphore when the set is disposed of; it holds nothing but memory.
using System.Collections.Concurrent;

namespace ActorRuntime;

/// <summary>Work items on a fixed set of background threads that nothing else uses.</summary>
/// <remarks>
/// One queue, first in, first out. A thread that finds it empty spins shortly and then sleeps without a time-out; whoever queues wakes one sleeper, if there is one.
/// Blocked threads are not replaced: who asks for a set of its own asks for its bound. After <see cref="Dispose"/> the threads finish what is queued, and later items run on the pool.
/// </remarks>
internal sealed class DedicatedThreads : IDedicatedExecutor
{
    private const int SpinsMax = 10;

    [ThreadStatic]
    private static bool _isOne;

    private readonly ConcurrentQueue<IThreadPoolWorkItem> _queue = [];
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wakeUps = new(0);
    private readonly IExecutor _afterwards;
    private int _sleeping;
    private bool _isDisposed;

    public DedicatedThreads(string name, int count, IExecutor afterwards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _afterwards = afterwards;
        for (var i = 0; i < count; i++) new Thread(Run) { Name = count == 1 ? name : $"{name}-{i + 1}", IsBackground = true }.Start();
    }

    /// <summary>Whether the calling thread belongs to such a set.</summary>
    public static bool IsOne => _isOne;

    /// <inheritdoc/>
    public void Execute(IThreadPoolWorkItem item, bool preferLocal)
    {
        if (Volatile.Read(ref _isDisposed))
        {
            _afterwards.Execute(item, preferLocal: false);
            return;
        }

        _queue.Enqueue(item);
        // A sleeper counts itself and then looks at the queue; here it is the other way round.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) > 0) WakeOne();
        // The threads may have left between the look at _isDisposed and the queueing: nobody else would take the item.
        if (Volatile.Read(ref _isDisposed)) HandOver();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        Interlocked.MemoryBarrier();
        lock (_gate)
        {
            _wakeUps.Release(_sleeping + 1);
            _sleeping = 0;
        }
    }

    private void WakeOne()
    {
        lock (_gate)
        {
            if (_sleeping == 0) return;
            _sleeping--;
            _wakeUps.Release();
        }
    }

    private void HandOver()
    {
        while (_queue.TryDequeue(out var item)) _afterwards.Execute(item, preferLocal: false);
    }

    private void Run()
    {
        _isOne = true;
        while (TryTake(out var item)) item.Execute();
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IThreadPoolWorkItem? item)
    {
        var spinner = new SpinWait();
        while (!_queue.TryDequeue(out item))
        {
            if (Volatile.Read(ref _isDisposed)) return false;
            if (spinner.Count < SpinsMax)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
                continue;
            }

            lock (_gate) _sleeping++;
            Interlocked.MemoryBarrier();
            if (!_queue.IsEmpty || Volatile.Read(ref _isDisposed)) WakeOne();
            _wakeUps.Wait();
            spinner = new SpinWait();
        }

        return true;
    }
}
