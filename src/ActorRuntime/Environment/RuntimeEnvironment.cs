using ActorRuntime.Util;

namespace ActorRuntime;

/// <summary>Everything impure an <c>ActorSystem</c> may touch: clocks, threads, randomness, networks, files, facts about the
/// host.</summary>
/// <remarks>
/// One instance belongs to one actor system. Production hands in <c>ProductionEnvironment</c>; the simulator hands in its own and runs
/// whole nodes in one thread under virtual time. Code outside the implementations of this class uses no ambient source of any of these
/// (the build refuses it).
/// Stores (journal, control log) are handed over as setups, because their contracts live in higher layers.
/// </remarks>
public abstract class RuntimeEnvironment
{
    /// <summary>Wall clock and timers. Its timestamps order nothing across nodes.</summary>
    public abstract TimeProvider Time { get; }

    /// <summary>The lease clock of this node: monotonic, and it keeps running while the machine is suspended (CLOCK_BOOTTIME). Any
    /// thread.</summary>
    public abstract MonotonicTime Now { get; }

    /// <summary>Where mailboxes run.</summary>
    public abstract IExecutor Executor { get; }

    /// <summary>Facts about the machine and the process.</summary>
    public abstract HostInformation Host { get; }

    /// <summary>Reliable byte streams between nodes (TCP).</summary>
    public abstract IStreamNetwork Streams { get; }

    /// <summary>Datagrams between nodes (UDP), each channel served by a thread of its own.</summary>
    public abstract IDatagramNetwork Datagrams { get; }

    /// <summary>Files whose kernel lock says that a process is alive.</summary>
    public abstract ILockFiles LockFiles { get; }

    /// <summary>Small files that are there, whole, after a power cut.</summary>
    public abstract IDurableFiles Files { get; }

    /// <summary>A stream of random numbers of its own for each <paramref name="purpose"/>: a draw added in one place moves no other
    /// stream.</summary>
    public abstract Prng Random(string purpose);

    /// <summary>Starts a serial queue for calls that may block (SQL). Production gives it a thread of its own.</summary>
    /// <param name="name">Name of the thread, shown by debuggers.</param>
    public abstract IWorker StartWorker(string name);

    /// <summary>Starts threads of their own for work items. Without an override everything stays on <see cref="Executor"/>, as a simulation needs it.</summary>
    /// <param name="name">Name of the threads, shown by debuggers.</param>
    /// <param name="count">How many; 1 or more.</param>
    public virtual IDedicatedExecutor StartThreads(string name, int count) => new NoThreads(Executor);

    /// <summary>
    /// Whether the calling thread may wait for an actor. False on threads that run actors, which the actor waited for may need, and in a simulation.
    /// </summary>
    public virtual bool MayBlock => false;

    private sealed class NoThreads(IExecutor executor) : IDedicatedExecutor
    {
        public void Execute(IThreadPoolWorkItem item, bool preferLocal) => executor.Execute(item, preferLocal);

        public void Dispose()
        {
            // It has nothing of its own.
        }
    }
}

/// <summary>Runs work items: the thread pool in production, the seeded run queue in the simulator.</summary>
public interface IExecutor
{
    /// <summary>Queues <paramref name="item"/>; it runs once, later, on some thread. Never runs it before returning.</summary>
    /// <param name="item">Usually a mailbox.</param>
    /// <param name="preferLocal">True when the new item may continue the work of the caller: cheaper where the caller is a work item itself,
    /// and it may wait behind that one for some milliseconds. False puts it behind all that waits.</param>
    void Execute(IThreadPoolWorkItem item, bool preferLocal);
}

/// <summary>An executor with threads of its own. Items that come after its end run on the environment's executor.</summary>
public interface IDedicatedExecutor : IExecutor, IDisposable;

/// <summary>A serial queue for blocking calls. Items run in the order posted, one at a time.</summary>
public interface IWorker : IDisposable
{
    /// <summary>Queues <paramref name="work"/>. Exceptions of it are the caller's: catch them inside.</summary>
    void Post(Action work);
}

/// <summary>What is known about the machine and the process a node runs on.</summary>
/// <param name="HostName">Name of the machine.</param>
/// <param name="BootId">Changes at each boot of the kernel; two nodes with equal boot ids share one kernel. Empty where unknown.</param>
/// <param name="ProcessId">Process id.</param>
/// <param name="ProcessorCount">Processors usable by this process.</param>
public sealed record HostInformation(string HostName, string BootId, int ProcessId, int ProcessorCount);

/// <summary>Small files replaced as a whole. Blocks for as long as the disk takes to flush.</summary>
public interface IDurableFiles
{
    /// <summary>The content; null when there is no such file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    string? Read(string path);

    /// <summary>Replaces the content, or creates the file. After a crash at any moment it holds the old content or the new one; after the
    /// return the new one, power cuts included.</summary>
    /// <exception cref="IOException">It still holds the old content, or the new one.</exception>
    void Replace(string path, string content);
}

/// <summary>Exclusive kernel locks on files, held for the life of a process.</summary>
public interface ILockFiles
{
    /// <summary>Takes the lock of <paramref name="path"/> and writes <paramref name="content"/> into it; creates the file where
    /// needed.</summary>
    /// <returns>The lock, or null when another process (or another holder in this process) has it.</returns>
    /// <exception cref="IOException">The file cannot be created, opened or written.</exception>
    ILockFile? TryAcquire(string path, string content);

    /// <summary>Looks whether the holder of <paramref name="path"/> is gone; blocks for microseconds, keeps nothing locked.</summary>
    /// <param name="path">Path as the holder announced it.</param>
    /// <param name="content">The content the holder wrote; any other content proves nothing.</param>
    /// <returns>True only when the lock was obtained and the content equals <paramref name="content"/>: that holder's process has
    /// ended.</returns>
    bool IsHolderGone(string path, string content);
}

/// <summary>A lock that is held; the kernel releases it when the process ends, whatever way.</summary>
public interface ILockFile : IDisposable
{
    /// <summary>Replaces the content without letting go of the lock (a new incarnation inside one process).</summary>
    void Rewrite(string content);
}
