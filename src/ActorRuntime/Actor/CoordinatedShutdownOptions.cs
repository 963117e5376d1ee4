using System.Collections.Immutable;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Actor;

/// <summary>One step of the shutdown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DependsOn">Phases that end before it begins.</param>
/// <param name="Timeout">Longest it may take. Above 0.</param>
/// <param name="Recover">Whether the shutdown goes on when a task of it fails or it takes too long.</param>
/// <param name="IsEnabled">False leaves its tasks out; its place in the order stays.</param>
public sealed record ShutdownPhase(string Name, ImmutableArray<string> DependsOn, TimeSpan Timeout, bool Recover = true, bool IsEnabled = true);

/// <summary>Settings of the coordinated shutdown, read from <c>actor-runtime.coordinated-shutdown</c>.</summary>
public sealed record CoordinatedShutdownOptions
{
    private const string Path = "actor-runtime.coordinated-shutdown";

    /// <summary>Whether <see cref="ActorSystem.Terminate"/> runs the phases first. Default true.</summary>
    public bool RunByActorSystemTerminate { get; init; } = true;

    /// <summary>Whether the last phase terminates the actor system. Default true.</summary>
    public bool TerminateActorSystem { get; init; } = true;

    /// <summary>The entry of the reference that says which keys a phase has.</summary>
    private const string AnyPhase = "*";

    /// <summary>Time-out of phases that name none. Above 0, default 5 s.</summary>
    public TimeSpan DefaultPhaseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The phases, a graph by <see cref="ShutdownPhase.DependsOn"/>.</summary>
    public ImmutableArray<ShutdownPhase> Phases { get; init; } = Defaults(TimeSpan.FromSeconds(5));

    /// <summary>Reads the settings; what is missing keeps its default. New phases may be added.</summary>
    /// <param name="config">The whole configuration.</param>
    public static CoordinatedShutdownOptions FromConfig(Config config)
    {
        var section = config.GetConfig(Path);
        var defaults = new CoordinatedShutdownOptions();
        var timeout = section.GetTimeSpan("default-phase-timeout", defaults.DefaultPhaseTimeout);
        var phases = Defaults(timeout).ToDictionary(phase => phase.Name);
        var names = phases.Keys.ToList();
        foreach (var (name, _) in section.GetConfig("phases").AsEnumerable().Where(item => item.Key != AnyPhase))
        {
            var phase = phases.GetValueOrDefault(name) ?? new ShutdownPhase(name, [], timeout);
            if (phases.TryAdd(name, phase)) names.Add(name);
            phases[name] = Read(section.GetConfig("phases.\"" + name + '"'), phase);
        }

        return new CoordinatedShutdownOptions
        {
            RunByActorSystemTerminate = section.GetBoolean("run-by-actor-system-terminate", defaults.RunByActorSystemTerminate),
            TerminateActorSystem = section.GetBoolean("terminate-actor-system", defaults.TerminateActorSystem),
            DefaultPhaseTimeout = timeout,
            Phases = [.. names.Select(name => phases[name])],
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public CoordinatedShutdownOptions Validated()
    {
        var errors = new OptionErrors(Path)
            .Require(DefaultPhaseTimeout > TimeSpan.Zero, "default-phase-timeout: above 0");
        var names = Phases.Select(phase => phase.Name).ToHashSet();
        foreach (var phase in Phases)
        {
            errors.Require(phase.Timeout > TimeSpan.Zero, $"phases.{phase.Name}.timeout: above 0");
            foreach (var other in phase.DependsOn) errors.Require(names.Contains(other), $"phases.{phase.Name}.depends-on: there is no phase '{other}'");
        }

        errors.Require(Ordered() is not null, "phases: depends-on goes round in a circle, so no phase of it could ever begin");
        errors.ThrowIfAny();
        return this;
    }

    /// <summary>The phases so that each comes after all it depends on; otherwise as listed. Null when there is a cycle.</summary>
    internal IReadOnlyList<ShutdownPhase>? Ordered()
    {
        var (ordered, done, left) = (new List<ShutdownPhase>(), new HashSet<string>(), Phases.ToList());
        var known = Phases.Select(phase => phase.Name).ToHashSet();
        while (left.Count > 0)
        {
            var next = left.FindIndex(phase => phase.DependsOn.All(other => done.Contains(other) || !known.Contains(other)));
            if (next < 0) return null;
            ordered.Add(left[next]);
            done.Add(left[next].Name);
            left.RemoveAt(next);
        }

        return ordered;
    }

    private static ShutdownPhase Read(Config section, ShutdownPhase phase) => new(
        phase.Name,
        [.. section.GetStringList("depends-on", [.. phase.DependsOn])],
        section.GetTimeSpan("timeout", phase.Timeout),
        section.GetBoolean("recover", phase.Recover),
        section.GetBoolean("enabled", phase.IsEnabled));

    private static ImmutableArray<ShutdownPhase> Defaults(TimeSpan timeout)
    {
        string[] names =
        [
            CoordinatedShutdown.PhaseBeforeServiceUnbind, CoordinatedShutdown.PhaseServiceUnbind, CoordinatedShutdown.PhaseServiceRequestsDone,
            CoordinatedShutdown.PhaseServiceStop, CoordinatedShutdown.PhaseBeforeClusterShutdown, CoordinatedShutdown.PhaseClusterShardingShutdownRegion,
            CoordinatedShutdown.PhaseClusterLeave, CoordinatedShutdown.PhaseClusterExiting, CoordinatedShutdown.PhaseClusterExitingDone,
            CoordinatedShutdown.PhaseClusterShutdown, CoordinatedShutdown.PhaseBeforeActorSystemTerminate, CoordinatedShutdown.PhaseActorSystemTerminate,
        ];
        return [.. names.Select((name, i) => new ShutdownPhase(name, i == 0 ? [] : [names[i - 1]], TimeoutOf(name, timeout)))];
    }

    // Longer where Akka's defaults are: handing shards over and stopping actors takes its time.
    private static TimeSpan TimeoutOf(string name, TimeSpan timeout) => name is CoordinatedShutdown.PhaseClusterShardingShutdownRegion
        or CoordinatedShutdown.PhaseClusterExiting or CoordinatedShutdown.PhaseActorSystemTerminate ? 2 * timeout : timeout;
}
