using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Simulation.Sabotages;
using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>What to run, and how to tell about it.</summary>
/// <param name="Scenarios">One after the other.</param>
/// <param name="Seeds">Each with every scenario.</param>
/// <param name="Nodes">Null takes the scenario's.</param>
/// <param name="Sabotage">What is broken first; null for nothing.</param>
/// <param name="Only">Faults to keep of the script; null keeps all.</param>
internal sealed record RunPlan(IReadOnlyList<Scenario> Scenarios, SeedRange Seeds, int? Nodes, Sabotage? Sabotage, IReadOnlyList<int>? Only)
{
    /// <summary>Where the events of units go.</summary>
    public ShardDurability Durability { get; init; }

    public bool IsVerbose { get; init; }

    public TimeSpan Until { get; init; }

    public int Parallel { get; init; } = 1;

    public bool IsJson { get; init; }

    /// <summary>One run of it.</summary>
    public RunReport Run(Scenario scenario, ulong seed, bool isRecording)
    {
        var script = ScenarioRun.ScriptOf(scenario, seed, Nodes ?? scenario.Nodes);
        if (Only is not null) script = [.. script.Where((_, index) => Only.Contains(index))];
        return ScenarioRun.Run(scenario, seed, Nodes, script, isRecording, Sabotage?.Break, Sabotage?.Durability ?? Durability);
    }

    /// <summary>The command that runs one seed of it again.</summary>
    public string CommandFor(Scenario scenario, ulong seed, IReadOnlyList<int>? only) =>
        $"dotnet run -c Release --project src/ActorRuntime.Simulation -- run --seeds {seed} --scenario {scenario.Name}"
        + (Nodes is { } nodes ? $" --nodes {nodes}" : "") + (Sabotage is { } sabotage ? $" --sabotage {sabotage.Name}" : "")
        + (Durability == ShardDurability.Replicated ? " --durability replicated" : "")
        + (only is not null ? $" --only {string.Join(',', only)}" : "");
}
