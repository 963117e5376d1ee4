#pragma warning disable RS0030 // One of the implementations behind the seam: here the ambient clock, pool and randomness enter the process.
using System.Diagnostics;
using System.Security.Cryptography;
using ActorRuntime.Util;

namespace ActorRuntime;

/// <summary>The real machine: its clocks, thread pool, sockets and lock files.</summary>
/// <remarks>Linux is the target. Elsewhere the lease clock is the monotonic clock of .NET (it may stand still while the machine sleeps) and no thread is elevated.</remarks>
public sealed class ProductionEnvironment : RuntimeEnvironment
{
    private readonly ulong? _seed;

    /// <param name="seed">Fixes all random streams, for tests; null takes a fresh seed from the operating system for every stream.</param>
    public ProductionEnvironment(ulong? seed = null) => _seed = seed;

    /// <inheritdoc/>
    public override TimeProvider Time => TimeProvider.System;

    /// <inheritdoc/>
    public override MonotonicTime Now => ReadLeaseClock();

    /// <inheritdoc/>
    public override IExecutor Executor => PoolExecutor.Instance;

    /// <inheritdoc/>
    public override HostInformation Host { get; } =
        new(Environment.MachineName, ReadBootId(), Environment.ProcessId, Environment.ProcessorCount);

    /// <inheritdoc/>
    public override IStreamNetwork Streams { get; } = new TcpStreamNetwork();

    /// <inheritdoc/>
    public override IDatagramNetwork Datagrams { get; } = new UdpNetwork();

    /// <inheritdoc/>
    public override ILockFiles LockFiles { get; } = new KernelLockFiles();

    /// <inheritdoc/>
    public override IDurableFiles Files { get; } = new DurableFiles();

    /// <summary>
    /// Without a seed each call starts an unpredictable stream, seeded with 64 bits from the operating system: good enough for incarnations.
    /// With a seed equal purposes give equal streams.
    /// </summary>
    public override Prng Random(string purpose) =>
        new(_seed is { } seed ? Prng.For(seed, purpose).Next() : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <inheritdoc/>
    public override IWorker StartWorker(string name) => new ThreadWorker(name);

    /// <inheritdoc/>
    public override IDedicatedExecutor StartThreads(string name, int count) => new DedicatedThreads(name, count, Executor);

    /// <inheritdoc/>
    public override bool MayBlock => !Thread.CurrentThread.IsThreadPoolThread && !DedicatedThreads.IsOne;

    /// <summary>The lease clock, also for code of the environment itself.</summary>
    internal static unsafe MonotonicTime ReadLeaseClock()
    {
        if (OperatingSystem.IsLinux())
        {
            LinuxCalls.TimeSpec time;
            if (LinuxCalls.ClockGetTime(LinuxCalls.ClockBootTime, &time) == 0)
            {
                return new MonotonicTime(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick);
            }
        }
        return new MonotonicTime(Stopwatch.GetElapsedTime(0).Ticks);
    }

    private static string ReadBootId()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // Not Linux, or /proc is hidden: "unknown" by contract.
        }
    }
}
