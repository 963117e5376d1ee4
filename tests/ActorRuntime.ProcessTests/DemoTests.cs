using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>The demonstration with every fault, on real processes: nothing lost, nothing doubled, nothing reordered.</summary>
[Collection(OneAtATime.Name)]
public sealed class DemoTests
{
    private const int Lines = 3_000;
    private const string Rate = "1000";

    [Theory]
    [InlineData("none")]
    [InlineData("kill")]
    [InlineData("orchestrator")]
    [InlineData("stop")]
    [InlineData("freeze")]
    [InlineData("signal")]
    [Trait("Requirement", "CL-6")]
    [Trait("Requirement", "CL-7")]
    [Trait("Requirement", "CL-9")]
    [Trait("Requirement", "CL-10")]
    [Trait("Requirement", "AR-5")]
    public async Task Fault_loses_doubles_and_reorders_nothing(string fault)
    {
        using var directory = new TestDirectory();
        var input = WriteLines(directory, i => $"{i} of {fault}\n");
        var report = await RunAsync("--input", input, "--rate", Rate, "--fault", fault, "--fault-duration", "2");

        Assert.Equal(fault, report.GetProperty("fault").GetProperty("kind").GetString());
        Assert.Equal(Lines, Total(report, "items_in"));
        Assert.Equal(Sha256(input), report.GetProperty("total").GetProperty("sha256_out").GetString());
        Assert.Equal(4, report.GetProperty("flows").GetArrayLength());
        if (fault != "none") Assert.True(Step(report, "first_item_after") > 0);
        if (fault is "freeze" or "signal") Assert.True(Step(report, "rejoined") > Step(report, "muted"));
        if (fault is "kill" or "orchestrator") Assert.Equal(137, EndOf(report, Victim(report)));
    }

    [Fact]
    [Trait("Requirement", "CL-6")]
    public async Task Node_that_is_started_again_gets_its_flows_back()
    {
        using var directory = new TestDirectory();
        var input = WriteLines(directory, i => $"{i}\n");
        var report = await RunAsync("--input", input, "--rate", Rate, "--fault", "kill", "--restart");
        Assert.True(Step(report, "failed_back") > Step(report, "rejoined"));
    }

    [Fact]
    public async Task Any_bytes_arrive_as_they_are()
    {
        using var directory = new TestDirectory();
        var input = directory.File("bytes");
        var random = new Random(1);
        await using (var file = File.Create(input))
        {
            for (var i = 0; i < 600; i++)
            {
                var line = new byte[i % 200 == 0 ? 1_000_000 : random.Next(0, 300)];
                random.NextBytes(line);
                for (var at = 0; at < line.Length; at++)
                    if (line[at] == '\n') line[at] = 0xFF;
                file.Write(line);
                if (i < 599) file.WriteByte((byte)'\n');
            }
        }
        var report = await RunAsync("--input", input, "--rate", "300", "--flows", "3", "--fault", "kill");
        Assert.Equal(Sha256(input), report.GetProperty("total").GetProperty("sha256_out").GetString());
        Assert.Equal(600, Total(report, "items_out"));
    }

    [Fact]
    public async Task Two_nodes_are_enough_to_survive_one()
    {
        using var directory = new TestDirectory();
        var input = WriteLines(directory, i => $"{i}\n");
        var report = await RunAsync("--input", input, "--rate", Rate, "--nodes", "2", "--flows", "2", "--fault", "kill");
        Assert.True(Step(report, "first_item_after") > 0);
    }

    [Fact]
    public async Task Store_that_cannot_be_written_for_a_while_stops_nothing_for_good()
    {
        using var directory = new TestDirectory();
        var input = WriteLines(directory, i => $"{i}\n");
        var run = directory.File("run");
        await using var demo = Executable.Node(
            "demo", "--json", "--fault", "none", "--input", input, "--rate", "600", "--directory", run, "--keep");
        await demo.SaysAsync("node-3 up");
        var journal = Task.Run(() => Sqlite.HoldWriteLock(Path.Combine(run, "journal.db"), TimeSpan.FromSeconds(2)));
        Sqlite.HoldWriteLock(Path.Combine(run, "control-log.db"), TimeSpan.FromSeconds(3));
        await journal;
        Assert.True(await demo.EndAsync() == 0, $"{demo.Output}\n{demo.Error}");
    }

    [Fact]
    public async Task Interrupted_demonstration_leaves_neither_processes_nor_files()
    {
        using var directory = new TestDirectory();
        var run = directory.File("run");
        await using var demo = Executable.Node("demo", "--directory", run, "--fault", "none");
        await demo.SaysAsync("items  node-1 up");
        demo.Signal("INT");
        Assert.Equal(130, await demo.EndAsync());
        Assert.False(Directory.Exists(run));
        Assert.Empty(ProcessesWith(run));
    }

    [Fact]
    public async Task Killed_demonstration_leaves_no_process_not_even_a_frozen_one()
    {
        using var directory = new TestDirectory();
        var run = directory.File("run");
        await using var demo = Executable.Node("demo", "--directory", run, "--fault", "freeze", "--fault-duration", "60", "--rate", "3000");
        await demo.SaysAsync("SIGSTOP");
        Assert.Equal(3, ProcessesWith(run).Count);
        demo.Signal("KILL");
        await demo.EndAsync();
        for (var i = 0; i < 600 && ProcessesWith(run).Count > 0; i++) await Task.Delay(50);
        Assert.Empty(ProcessesWith(run));
    }

    [Fact]
    public async Task Bad_input_is_refused_before_anything_starts()
    {
        using var directory = new TestDirectory();
        var empty = directory.File("empty");
        File.WriteAllText(empty, "");
        var long1 = directory.File("long");
        File.WriteAllText(long1, "ok\n" + new string('x', 5_000_000));
        foreach (var (arguments, message) in ((string[], string)[])
        [
            (["--input", empty], "is empty"),
            (["--input", directory.File("missing")], "no such file"),
            (["--input", long1], "line 2 is longer than"),
            (["--nodes", "1"], "nobody to take over"),
            (["--directory", "/"], "is not empty"),
        ])
        {
            await using var demo = Executable.Node(["demo", .. arguments]);
            Assert.Equal(2, await demo.EndAsync());
            Assert.Contains(message, demo.Error, StringComparison.Ordinal);
        }
    }

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        await using var demo = Executable.Node(["demo", "--json", .. arguments]);
        var code = await demo.EndAsync();
        Assert.True(code == 0, $"exit code {code}\n{demo.Output}\n{demo.Error}");
        var last = demo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        var report = JsonDocument.Parse(last).RootElement;
        foreach (var name in (string[])["lost", "duplicated", "reordered", "foreign", "accepted_from_fenced"])
            Assert.Equal(0, Total(report, name));
        var total = report.GetProperty("total");
        Assert.Equal(total.GetProperty("sha256_in").GetString(), total.GetProperty("sha256_out").GetString());
        return report;
    }

    private static string WriteLines(TestDirectory directory, Func<int, string> line)
    {
        var path = directory.File("input.txt");
        File.WriteAllText(path, string.Concat(Enumerable.Range(0, Lines).Select(line)), new UTF8Encoding(false));
        return path;
    }

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static string Victim(JsonElement report) => report.GetProperty("fault").GetProperty("node").GetString()!;

    private static long Total(JsonElement report, string name) => report.GetProperty("total").GetProperty(name).GetInt64();

    private static double? Step(JsonElement report, string name) =>
        report.GetProperty("timeline").GetProperty(name) is { ValueKind: JsonValueKind.Number } ms ? ms.GetDouble() : null;

    private static int? EndOf(JsonElement report, string node) => report.GetProperty("nodes").EnumerateArray()
        .First(one => one.GetProperty("name").GetString() == node).GetProperty("exit_code").GetInt32();

    /// <summary>Ids of processes whose command line names the directory, the demonstration itself left out.</summary>
    private static List<int> ProcessesWith(string directory)
    {
        var found = new List<int>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), out var id)) continue;
            try
            {
                var words = File.ReadAllText(Path.Combine(entry, "cmdline")).Split('\0');
                if (words.Contains("run") && words.Any(word => word.StartsWith(directory, StringComparison.Ordinal))) found.Add(id);
            }
            catch (IOException)
            {
                // It ended just now.
            }
        }
        return found;
    }
}
