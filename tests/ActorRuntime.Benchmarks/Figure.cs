using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorRuntime.Benchmarks;

/// <summary>One measured case.</summary>
/// <param name="Operations">Operations carried out.</param>
/// <param name="Elapsed">Wall time.</param>
/// <param name="Cpu">Processor time of all processes taking part, user and system.</param>
/// <param name="Found">What this run itself found out, where the figure is not a speed.</param>
internal readonly record struct Sample(long Operations, TimeSpan Elapsed, TimeSpan Cpu, double Found = 0);

/// <summary>A benchmark case: how to run it once, and what one run's figure is.</summary>
/// <param name="Name">What varies between the cases of a verb.</param>
/// <param name="Unit">Unit of the figure.</param>
/// <param name="Run">Runs it once.</param>
/// <param name="Value">The figure of one run in that unit; default: operations per second.</param>
/// <param name="WarmsUp">The first run is thrown away; of no use where every run starts processes of its own.</param>
internal sealed record Case(string Name, string Unit, Func<Task<Sample>> Run, Func<Sample, double>? Value = null, bool WarmsUp = true)
{
    public double ValueOf(Sample sample) => Value?.Invoke(sample) ?? sample.Operations / sample.Elapsed.TotalSeconds;

    /// <summary>The figure of so many runs.</summary>
    public async Task<Figure> MeasureAsync(string verb, int runs, CancellationToken cancellationToken)
    {
        if (WarmsUp) await Run().ConfigureAwait(false);
        var samples = new List<Sample>();
        for (var i = 0; i < runs; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            samples.Add(await Run().ConfigureAwait(false));
        }
        return Figure.Of(verb, this, samples);
    }
}

/// <summary>The line that is printed for a case.</summary>
internal sealed record Figure(
    string Name, string Case, string Unit, double Median, double Min, double Max, int Runs,
    [property: JsonPropertyName("cpu_ns_per_op")] double CpuNsPerOp)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Figure Of(string name, Case measured, IReadOnlyList<Sample> samples)
    {
        var values = samples.Select(measured.ValueOf).Order().ToArray();
        var cpu = samples.Select(s => s.Cpu.TotalNanoseconds / Math.Max(1, s.Operations)).Order().ToArray();
        var (median, min, max) = (Round(Middle(values)), Round(values[0]), Round(values[^1]));
        return new(name, measured.Name, measured.Unit, median, min, max, values.Length, Round(Middle(cpu)));
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public string[] ToRow() =>
        [Name, Case, Text(Median), Text(Min), Text(Max), Unit, Text(CpuNsPerOp), Runs.ToString(CultureInfo.InvariantCulture)];

    private static double Middle(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    private static double Round(double value) =>
        value == 0 ? 0 : Math.Round(value, Math.Max(0, 3 - (int)Math.Floor(Math.Log10(Math.Abs(value)))));

    private static string Text(double value) => value.ToString(value < 100 ? "0.###" : "N0", CultureInfo.InvariantCulture);
}
