using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>The production environment with a switch: frozen, no actor of the system runs. With its signals blocked as well this is what
/// SIGSTOP does to a process.</summary>
internal sealed class FreezableEnvironment : RuntimeEnvironment, IExecutor
{
    private readonly ProductionEnvironment _inner = new();
    private readonly Lock _lock = new();
    private readonly Queue<(IThreadPoolWorkItem Item, bool PreferLocal)> _held = [];
    private bool _isFrozen;

    public override TimeProvider Time => _inner.Time;

    public override MonotonicTime Now => _inner.Now;

    public override IExecutor Executor => this;

    public override HostInformation Host => _inner.Host;

    public override IStreamNetwork Streams => _inner.Streams;

    public override IDatagramNetwork Datagrams => _inner.Datagrams;

    public override ILockFiles LockFiles => _inner.LockFiles;

    public override IDurableFiles Files => _inner.Files;

    public override Prng Random(string purpose) => _inner.Random(purpose);

    public override IWorker StartWorker(string name) => _inner.StartWorker(name);

    public void Execute(IThreadPoolWorkItem item, bool preferLocal)
    {
        lock (_lock)
        {
            if (_isFrozen)
            {
                _held.Enqueue((item, preferLocal));
                return;
            }
        }
        _inner.Executor.Execute(item, preferLocal);
    }

    public void Freeze(bool isFrozen)
    {
        lock (_lock)
        {
            _isFrozen = isFrozen;
            while (!isFrozen && _held.TryDequeue(out var held)) _inner.Executor.Execute(held.Item, held.PreferLocal);
        }
    }
}
