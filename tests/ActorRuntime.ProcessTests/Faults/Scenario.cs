namespace ActorRuntime.ProcessTests.Faults;

/// <summary>Something that goes wrong in a cluster with work to do, and what must hold nevertheless.</summary>
/// <param name="Name">On the command line and in the tables.</param>
/// <param name="What">One sentence.</param>
/// <param name="Lasts">How long the fault lasts in a test.</param>
/// <param name="LastsInSoak">And at most in a soak.</param>
/// <param name="StrikeAsync">Does it, heals it, and checks what must hold beside the flows; the time is how long the fault is to last.</param>
internal sealed record Scenario(
    string Name, string What, ClusterPlan Plan, TimeSpan Lasts, TimeSpan LastsInSoak, Func<FaultCluster, TimeSpan, Task> StrikeAsync)
{
    /// <summary>Work for longer than the fault: its end, too, is to fall into it.</summary>
    private static readonly TimeSpan WorkAfter = TimeSpan.FromSeconds(4);

    public static IReadOnlyList<Scenario> All { get; } =
        [.. NetworkCuts.All, .. PoorNetworks.All, .. ProcessFaults.All, .. ReplicatedFaults.All, .. StoreFaults.All, .. BusyCores.All];

    public static Scenario Find(string name) => All.Single(scenario => scenario.Name == name);

    /// <summary>Runs it once on a cluster of its own, from the start to the comparison of what the receivers have with the input.</summary>
    /// <exception cref="ScenarioFailedException">Something did not hold.</exception>
    /// <exception cref="TimeoutException">Something did not come about.</exception>
    public async Task<Survived> RunAsync(int seed, TimeSpan lasts, CancellationToken cancellationToken)
    {
        var lines = (int)(Plan.Rate * (lasts + WorkAfter).TotalSeconds);
        await using var cluster = await FaultCluster.StartAsync(Plan, lines, seed, cancellationToken);
        await cluster.UntilMoreItemsAsync(Plan.Rate / 2);
        await StrikeAsync(cluster, lasts);
        return await cluster.FinishAsync();
    }
}

/// <summary>What one run, or several, lived through.</summary>
/// <param name="Items">That receivers have, each once and in order.</param>
/// <param name="Calls">Of clients to registers and counters.</param>
/// <param name="Keys">Registers and counters they asked.</param>
/// <param name="Answered">Calls that were answered; the others are of unknown outcome.</param>
/// <param name="Losses">Incarnations declared lost.</param>
/// <param name="Mutes">Times a node muted itself.</param>
/// <param name="Restarts">Processes started again.</param>
internal sealed record Survived(
    int Rounds, long Items, int Calls, int Keys, int Answered, int Losses, int Mutes, int Restarts, long FramesLost, long FramesDoubled, long FramesOvertaken)
{
    public static Survived operator +(Survived one, Survived other) => new(
        one.Rounds + other.Rounds, one.Items + other.Items, one.Calls + other.Calls, one.Keys + other.Keys, one.Answered + other.Answered,
        one.Losses + other.Losses, one.Mutes + other.Mutes, one.Restarts + other.Restarts, one.FramesLost + other.FramesLost, one.FramesDoubled + other.FramesDoubled,
        one.FramesOvertaken + other.FramesOvertaken);
}
