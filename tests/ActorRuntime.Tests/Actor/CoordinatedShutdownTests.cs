using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class CoordinatedShutdownTests
{
    private readonly ManualEnvironment _environment = new();
    private readonly List<string> _log = [];

    [Fact]
    public void Terminate_runs_the_phases_in_order_and_gives_its_reason()
    {
        var system = Start("");
        var shutdown = CoordinatedShutdown.Get(system);
        Add(shutdown, CoordinatedShutdown.PhaseClusterShutdown, "b");
        Add(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind, "a");
        Add(shutdown, CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "c");
        Assert.Null(shutdown.ShutdownReason);
        End(system.Terminate());
        Assert.Equal(["a", "b", "c"], _log);
        Assert.IsType<CoordinatedShutdown.ActorSystemTerminateReason>(shutdown.ShutdownReason);
        Assert.True(shutdown.Run(CoordinatedShutdown.UnknownReason.Instance).IsCompletedSuccessfully);
        Assert.Equal(0, _environment.TimerCount);
    }

    [Fact]
    public void Tasks_of_a_phase_run_together_and_the_next_waits_for_all()
    {
        var system = Start("");
        var shutdown = CoordinatedShutdown.Get(system);
        var gate = new TaskCompletionSource<Done>();
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "slow", () => gate.Task);
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop, "quick");
        Add(shutdown, CoordinatedShutdown.PhaseClusterLeave, "next");
        var ended = shutdown.Run(CoordinatedShutdown.UnknownReason.Instance);
        _environment.RunUntilIdle();
        Assert.Equal(["quick"], _log);
        using (var worker = _environment.StartWorker("test")) worker.Post(() => gate.SetResult(Done.Instance));
        End(ended);
        Assert.Equal(["quick", "next"], _log);
    }

    [Fact]
    public void A_late_or_failing_task_is_passed_over_unless_its_phase_does_not_recover()
    {
        var system = Start("coordinated-shutdown.phases.service-unbind.timeout = 1s");
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "never", () => new TaskCompletionSource<Done>().Task);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "fails", () => throw new InvalidOperationException());
        Add(shutdown, CoordinatedShutdown.PhaseClusterLeave, "after");
        End(shutdown.Run(CoordinatedShutdown.UnknownReason.Instance));
        Assert.Equal(["after"], _log);

        var strict = Start("coordinated-shutdown.phases.service-stop.recover = off");
        shutdown = CoordinatedShutdown.Get(strict);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "fails", () => throw new InvalidOperationException("no"));
        Add(shutdown, CoordinatedShutdown.PhaseClusterLeave, "not reached");
        var run = shutdown.Run(CoordinatedShutdown.UnknownReason.Instance);
        _environment.RunUntil(() => run.IsCompleted, TimeSpan.FromMinutes(1));
        Assert.Equal("no", run.Exception!.InnerException!.Message);
        End(strict.Terminate());
        Assert.DoesNotContain("not reached", _log);
    }

    [Fact]
    public void From_a_phase_on_the_earlier_ones_are_left_out_and_own_and_disabled_phases_count()
    {
        var system = Start("coordinated-shutdown.phases { mine { depends-on = [service-stop] }, before-cluster-shutdown.depends-on = [mine], cluster-leave.enabled = off }");
        var shutdown = CoordinatedShutdown.Get(system);
        foreach (var phase in new[] { "service-unbind", "service-stop", "mine", "before-cluster-shutdown", "cluster-leave", "cluster-shutdown" }) Add(shutdown, phase, phase);
        Assert.Throws<ArgumentException>(() => shutdown.AddTask("none", "x", () => Task.FromResult(Done.Instance)));
        Assert.Throws<ArgumentException>(() => { _ = shutdown.Run(CoordinatedShutdown.UnknownReason.Instance, "none"); });
        End(shutdown.Run(CoordinatedShutdown.UnknownReason.Instance, "service-stop"));
        Assert.Equal(["service-stop", "mine", "before-cluster-shutdown", "cluster-shutdown"], _log);
    }

    [Fact]
    public void A_cycle_and_every_other_broken_rule_are_reported_at_once()
    {
        var cause = Assert.Throws<ConfigurationException>(() => Start(
            "coordinated-shutdown.phases { a { depends-on = [b] }, b { depends-on = [a] }, c { depends-on = [none], timeout = 0s } }, actor.throughput = 0, actor.ask-timeout = x"));
        foreach (var part in new[] { "circle", "'none'", "throughput", "ask-timeout", "phases.c.timeout" }) Assert.Contains(part, cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Switched_off_terminate_leaves_the_phases_out()
    {
        var system = Start("coordinated-shutdown.run-by-actor-system-terminate = off");
        Add(CoordinatedShutdown.Get(system), CoordinatedShutdown.PhaseServiceStop, "a");
        End(system.Terminate());
        Assert.Empty(_log);
    }

    [Fact]
    public void Every_key_of_the_reference_configuration_is_the_default_of_its_option()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "ActorRuntime.sln"))) directory = Path.GetDirectoryName(directory)!;
        var reference = ConfigurationFactory.ParseFile(Path.Combine(directory, "hocon", "actor-runtime.conf"));
        Assert.Equal(new ActorOptions(), ActorOptions.FromConfig(reference));
        Assert.Equal(typeof(ActorOptions).GetProperties().Length - 1, Settings("actor-runtime.actor") + Settings("actor-runtime.actor.inbox"));
        Assert.Equal(typeof(DebugOptions).GetProperties().Length, Settings("actor-runtime.actor.debug"));
        var (given, defaults) = (CoordinatedShutdownOptions.FromConfig(reference), new CoordinatedShutdownOptions());
        Assert.Equal(defaults with { Phases = [] }, given with { Phases = [] });
        Assert.Equal(
            defaults.Phases.Select(p => (p.Name, string.Join(',', p.DependsOn), p.Timeout, p.Recover, p.IsEnabled)),
            given.Phases.Select(p => (p.Name, string.Join(',', p.DependsOn), p.Timeout, p.Recover, p.IsEnabled)));

        int Settings(string section) => reference.GetConfig(section).AsEnumerable().Count(item => item.Value is not HoconValue.Object);
    }

    private ActorSystem Start(string config) => ActorSystem.Create("shutdown", ActorSystemSetup.Create(
        new EnvironmentSetup(_environment), BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString("actor-runtime { " + config + " }"))));

    private void Add(CoordinatedShutdown shutdown, string phase, string name) => shutdown.AddTask(phase, name, () =>
    {
        _log.Add(name);
        return Task.FromResult(Done.Instance);
    });

    private void End(Task task)
    {
        Assert.True(_environment.RunUntil(() => task.IsCompleted, TimeSpan.FromMinutes(2)));
        Assert.True(task.IsCompletedSuccessfully, task.Exception?.ToString());
    }
}
