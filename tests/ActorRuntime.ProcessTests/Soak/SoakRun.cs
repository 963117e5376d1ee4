using System.Diagnostics;
using System.Text.Json;
using ActorRuntime.ProcessTests.Faults;
using Spectre.Console;

namespace ActorRuntime.ProcessTests.Soak;

/// <summary>Rounds of scenarios, and what became of them.</summary>
/// <param name="progress">One line for each round.</param>
internal sealed class SoakRun(TextWriter progress)
{
    private readonly SortedDictionary<string, Survived> _survived = new(StringComparer.Ordinal);
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Of each round that failed, the command that repeats it and why.</summary>
    public List<(string Command, string Why)> Failures { get; } = [];

    /// <summary>Runs rounds of scenarios chosen at random; the one that runs when the time is up comes to its end.</summary>
    public async Task RunAsync(TimeSpan time, int seed, CancellationToken cancellationToken)
    {
        await progress.WriteLineAsync($"soak for {time.TotalMinutes} min, seed {seed}");
        var random = new Random(seed);
        while (_clock.Elapsed < time && !cancellationToken.IsCancellationRequested)
        {
            var scenario = Scenario.All[random.Next(Scenario.All.Count)];
            var lasts = scenario.Lasts + ((scenario.LastsInSoak - scenario.Lasts) * random.NextDouble());
            await RoundAsync(scenario, random.Next(), TimeSpan.FromSeconds(Math.Round(lasts.TotalSeconds, 1)), cancellationToken);
        }
    }

    /// <summary>Runs one round and notes how it went.</summary>
    public async Task RoundAsync(Scenario scenario, int seed, TimeSpan lasts, CancellationToken cancellationToken)
    {
        var command = $"run {scenario.Name} --seed {seed} --seconds {lasts.TotalSeconds}";
        await progress.WriteAsync($"{_clock.Elapsed:hh\\:mm\\:ss} {command}: ");
        try
        {
            var survived = await scenario.RunAsync(seed, lasts, cancellationToken);
            _survived[scenario.Name] = _survived.TryGetValue(scenario.Name, out var before) ? before + survived : survived;
            await progress.WriteLineAsync($"survived; {survived.Items} items, {survived.Answered} of {survived.Calls} calls answered, {survived.Losses} losses, {survived.Mutes} mutes");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await progress.WriteLineAsync("interrupted");
        }
        catch (Exception e) when (e is ScenarioFailedException or TimeoutException or InvalidOperationException or IOException)
        {
            Failures.Add((command, e.Message));
            await progress.WriteLineAsync($"FAILED: {e.Message}");
        }
    }

    public Table ToTable()
    {
        var table = new Table().AddColumns(
            "scenario", "rounds", "survived", "items", "calls", "keys", "ok", "unknown", "losses", "mutes", "restarts", "frames lost", "doubled", "overtaken");
        foreach (var scenario in Scenario.All)
        {
            var failed = FailuresOf(scenario);
            if (_survived.TryGetValue(scenario.Name, out var sum)) table.AddRow(Cells(scenario.Name, sum, failed));
            else if (failed > 0) table.AddRow(scenario.Name, $"{failed}", "0");
        }
        if (_survived.Count > 0) table.AddRow(Cells("all", Total, Failures.Count));
        return table;
    }

    public string ToJson() => JsonSerializer.Serialize(new
    {
        seconds = Math.Round(_clock.Elapsed.TotalSeconds), failed = Failures.Count, survived = _survived.Count > 0 ? Total : null, scenarios = _survived,
        failures = Failures.Select(failure => new { command = failure.Command, why = failure.Why.Split('\n')[0] }),
    }, JsonSerializerOptions.Web);

    private Survived Total => _survived.Values.Aggregate((one, other) => one + other);

    private int FailuresOf(Scenario scenario) => Failures.Count(failure => failure.Command.StartsWith($"run {scenario.Name} ", StringComparison.Ordinal));

    private static string[] Cells(string name, Survived sum, int failed) =>
    [
        name, $"{sum.Rounds + failed}", $"{sum.Rounds}", $"{sum.Items}", $"{sum.Calls}", $"{sum.Keys}", $"{sum.Answered}",
        $"{sum.Calls - sum.Answered}", $"{sum.Losses}", $"{sum.Mutes}", $"{sum.Restarts}", $"{sum.FramesLost}", $"{sum.FramesDoubled}", $"{sum.FramesOvertaken}",
    ];
}
