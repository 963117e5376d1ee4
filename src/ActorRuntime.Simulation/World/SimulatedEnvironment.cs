using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>What one process sees of the simulated world. All that the production code knows of the simulator is this class.</summary>
internal sealed class SimulatedEnvironment(SimulatedWorld world, SimulatedProcess process, ulong seed) : RuntimeEnvironment, IExecutor
{
    public override TimeProvider Time { get; } = new SimulatedTime(world.Agenda, process);

    public override MonotonicTime Now => process.Host.Clock.Now;

    public override IExecutor Executor => this;

    public override HostInformation Host { get; } = new(process.Host.Name, process.Host.BootId, process.Id, ProcessorCount: 1);

    public override IStreamNetwork Streams { get; } = new SimulatedStreams(world.Network, process);

    public override IDatagramNetwork Datagrams { get; } = new SimulatedDatagrams(world.Network, process);

    public override ILockFiles LockFiles { get; } = new Locks(process);

    public override IDurableFiles Files => process.Host.Disk;

    public override Prng Random(string purpose) => Prng.For(seed, purpose);

    public override IWorker StartWorker(string name) => new Worker(world.Agenda, process);

    public void Execute(IThreadPoolWorkItem item, bool preferLocal) => process.Ready(item);

    private sealed class Locks(SimulatedProcess process) : ILockFiles
    {
        public ILockFile? TryAcquire(string path, string content) => process.Host.Disk.TryLock(process, path, content);

        public bool IsHolderGone(string path, string content) => process.Host.Disk.IsHolderGone(path, content);
    }

    /// <summary>A thread for calls that block: one at a time, each as long as the disk needs.</summary>
    private sealed class Worker(Agenda agenda, SimulatedProcess process) : Happening, IWorker, IThreadPoolWorkItem
    {
        private readonly Queue<Action> _queue = [];
        private bool _isDisposed;

        public void Post(Action work)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _queue.Enqueue(work);
            if (_queue.Count == 1) Next();
        }

        public void Dispose() => _isDisposed = true;

        public override void Happen() => process.Ready(this);

        public void Execute()
        {
            var work = _queue.Peek();
            work();
            _queue.Dequeue();
            if (_queue.Count > 0) Next();
        }

        private void Next() => agenda.At(agenda.Now + process.Host.Disk.NextDelay().Ticks, this);
    }
}
