using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Local.Tests.Faults;

/// <summary>The real machine, but for the kernel it booted, and for workers that run when they are told to.</summary>
internal sealed class StepEnvironment(string bootId, ulong seed) : RuntimeEnvironment
{
    private readonly ProductionEnvironment _real = new(seed);
    private readonly List<StepWorker> _workers = [];

    public override TimeProvider Time => _real.Time;

    public override MonotonicTime Now => _real.Now;

    public override IExecutor Executor => _real.Executor;

    public override HostInformation Host => _real.Host with { BootId = bootId };

    public override IStreamNetwork Streams => _real.Streams;

    public override IDatagramNetwork Datagrams => _real.Datagrams;

    public override ILockFiles LockFiles => _real.LockFiles;

    public override IDurableFiles Files => _real.Files;

    public override Prng Random(string purpose) => _real.Random(purpose);

    public override IWorker StartWorker(string name)
    {
        var worker = new StepWorker();
        _workers.Add(worker);
        return worker;
    }

    /// <summary>Runs one call that waits on some worker; false when none does.</summary>
    public bool Step(Prng random)
    {
        // Nothing is drawn where nothing waits: how often that is asked is not the seed's business.
        var busy = _workers.FindAll(worker => worker.IsBusy);
        return busy.Count > 0 && busy[(int)(random.Next() % (ulong)busy.Count)].Step();
    }

    /// <summary>Runs what waits until the task is done.</summary>
    public async Task<T> RunAsync<T>(Prng random, Task<T> task)
    {
        await RunAsync(random, (Task)task);
        return await task;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public async Task RunAsync(Prng random, Task task)
    {
        var patience = Task.Delay(TimeSpan.FromSeconds(30));
        while (!task.IsCompleted)
        {
            if (!Step(random)) await Task.Yield();
            Assert.False(patience.IsCompleted, "a call of the store does not end");
        }
        await task;
    }

    private sealed class StepWorker : IWorker
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<Action> _queue = new();

        public bool IsBusy => !_queue.IsEmpty;

        public void Post(Action work) => _queue.Enqueue(work);

        public bool Step()
        {
            if (!_queue.TryDequeue(out var work)) return false;
            work();
            return true;
        }

        public void Dispose()
        {
            // It has no thread.
        }
    }
}
