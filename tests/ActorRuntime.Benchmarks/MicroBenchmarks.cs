using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace ActorRuntime.Benchmarks;

/// <summary>The parts of a message's way, one by one. In this process: the tool's own builds of projects do not know this repository's rules.</summary>
internal static class MicroBenchmarks
{
    public static int Run(string filter)
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddDiagnoser(BenchmarkDotNet.Diagnosers.MemoryDiagnoser.Default)
            .WithOptions(ConfigOptions.JoinSummary);
        var found = BenchmarkSwitcher.FromTypes([typeof(MailboxMicro), typeof(DispatchMicro), typeof(HandlerMicro)]).Run(["--filter", filter], config);
        return found.Any() ? 0 : 1;
    }
}

/// <summary>A message into a mailbox and out again, alone.</summary>
public class MailboxMicro
{
    private static readonly object Message = new();

    private readonly UnboundedMailbox _unbounded = new();
    private readonly UnboundedControlAwareMailbox _controlAware = new();
    private readonly BoundedMailbox _bounded = new(null!, ConfigurationFactory.ParseString("mailbox-capacity = 1000, mailbox-push-timeout-time = 0s"));

    /// <summary>The default.</summary>
    [Benchmark(Baseline = true)]
    public bool Unbounded() => Pass(_unbounded);

    /// <summary>With a limit.</summary>
    [Benchmark]
    public bool Bounded() => Pass(_bounded);

    /// <summary>Two queues.</summary>
    [Benchmark]
    public bool ControlAware() => Pass(_controlAware);

    private static bool Pass(Mailbox mailbox)
    {
        mailbox.Enqueue(Message, null);
        return mailbox.TryDequeue(out _);
    }
}

/// <summary>A work item that schedules its successor.</summary>
public class DispatchMicro
{
    private const int Chain = 100_000;

    private readonly PoolExecutor _executor = PoolExecutor.Instance;

    /// <summary>Behind its own, on the same thread.</summary>
    [Benchmark(OperationsPerInvoke = Chain)]
    public void Continued() => Run(preferLocal: true);

    /// <summary>Through the pool's shared queue.</summary>
    [Benchmark(OperationsPerInvoke = Chain)]
    public void Shared() => Run(preferLocal: false);

    private void Run(bool preferLocal)
    {
        using var link = new Link(_executor, preferLocal);
        _executor.Execute(link, preferLocal: false);
        link.Done.Wait();
    }

    private sealed class Link(PoolExecutor executor, bool preferLocal) : IThreadPoolWorkItem, IDisposable
    {
        private int _left = Chain;

        public ManualResetEventSlim Done { get; } = new();

        public void Dispose() => Done.Dispose();

        public void Execute()
        {
            if (--_left == 0) Done.Set();
            else executor.Execute(this, preferLocal);
        }
    }
}

/// <summary>From the message to the handler of its type.</summary>
public class HandlerMicro
{
    private static Handling? _made;

    private ActorSystem? _system;
    private Handling? _actor;

    /// <summary>An actor with handlers for eight types.</summary>
    [GlobalSetup]
    public void Start()
    {
        _system = ActorSystem.Create("handlers");
        var actor = _system.ActorOf(Props.CreateBy(() => _made = new Handling()));
        actor.Ask<ActorIdentity>(new Identify(1)).Wait();
        _actor = _made;
    }

    /// <summary>Ends the system.</summary>
    [GlobalCleanup]
    public void End() => _system!.Terminate().Wait();

    /// <summary>The type declared first.</summary>
    [Benchmark]
    public bool First() => _actor!.ReceiveFirst("text");

    /// <summary>The type declared last.</summary>
    [Benchmark]
    public bool Eighth() => _actor!.ReceiveFirst(Handling.Last);

    /// <summary>All eight, one after the other.</summary>
    [Benchmark(OperationsPerInvoke = 8)]
    public void InTurn()
    {
        foreach (var message in Handling.All) _actor!.ReceiveFirst(message);
    }

    /// <summary>A type nobody declared.</summary>
    [Benchmark]
    public bool Undeclared() => _actor!.ReceiveFirst(Handling.Other);

    private sealed class Handling : ReceiveActor
    {
        public static readonly object Last = new Version(1, 0);
        public static readonly object Other = new List<string>();
        public static readonly object[] All = ["text", 1, 2L, new Uri("http://a/"), new TimeoutException(), Task.CompletedTask, new int[1], Last];

        private int _handled;

        public Handling()
        {
            Receive<string>(_ => _handled++);
            Receive<int>(_ => _handled++);
            Receive<long>(_ => _handled++);
            Receive<Uri>(_ => _handled++);
            Receive<Exception>(_ => _handled++);
            Receive<Task>(_ => _handled++);
            Receive<int[]>(_ => _handled++);
            Receive<Version>(_ => _handled++);
        }
    }
}
