using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Tests;

/// <summary>A system under virtual time, and probes in it.</summary>
public abstract class ActorTest : IDisposable
{
    protected ActorTest(params Setup[] setups)
    {
        Environment = new ManualEnvironment();
        System = ActorSystem.Create("test", ActorSystemSetup.Create([new EnvironmentSetup(Environment), .. setups]));
        Probe = new TestProbe(System);
    }

    protected ManualEnvironment Environment { get; }

    protected ActorSystem System { get; }

    protected TestProbe Probe { get; }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        var ended = System.Terminate();
        Assert.True(Environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(5)), "the system does not terminate");
        Assert.Equal(0, Environment.TimerCount);
    }

    protected static TimeSpan Ms(double ms) => TimeSpan.FromMilliseconds(ms);

    protected void Run() => Environment.RunUntilIdle();

    /// <summary>Runs <paramref name="action"/> where the system runs, outside of the test runner's synchronisation context.</summary>
    protected void OnSystem(Action action)
    {
        using var worker = Environment.StartWorker("test");
        worker.Post(action);
        Run();
    }

    /// <summary>Runs the system until the task is done and hands back its result or exception.</summary>
    protected T Result<T>(Task<T> task, double limitMs = 60_000) => Probe.Result(task, Ms(limitMs));
}
