using ActorRuntime.ProcessTests.Net;
using Xunit;

namespace ActorRuntime.ProcessTests.Soak;

/// <summary>The scenarios as a program, and what is left of one that is killed.</summary>
[Collection(OneAtATime.Name)]
public sealed class SoakCommandTests
{
    [NamespaceTheory]
    [InlineData("KILL")]
    [InlineData("INT")]
    public async Task Round_that_is_broken_off_leaves_neither_processes_nor_mounts(string signal)
    {
        await using var run = Executable.ProcessTests("run", "full-disk", "--seconds", "300");
        var directory = "";
        await UntilAsync(() => (directory = DiskMountedBy(run.Id)).Length > 0 && ProcessesWith(directory) == 3);
        run.Signal(signal);
        await run.EndAsync();
        await UntilAsync(() => ProcessesWith(directory) == 0 && !File.ReadAllText("/proc/mounts").Contains(directory, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unknown_scenario_is_refused()
    {
        await using var run = Executable.ProcessTests("run", "earthquake");
        Assert.NotEqual(0, await run.EndAsync());
        Assert.Contains("earthquake", run.Error, StringComparison.Ordinal);
    }

    /// <summary>The directory under which the process has a disk mounted; empty while there is none.</summary>
    private static string DiskMountedBy(int process)
    {
        var holders = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _) && ParentOf(name) == process);
        var arguments = holders.SelectMany(name => Words(name!));
        return arguments.FirstOrDefault(word => word.Contains("actor-runtime-test-", StringComparison.Ordinal) && word.EndsWith("/disk", StringComparison.Ordinal)) is { } disk
            ? Path.GetDirectoryName(disk)!
            : "";
    }

    private static int ProcessesWith(string directory) => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
        .Count(name => int.TryParse(name, out _) && Words(name!).Any(word => word.StartsWith(directory, StringComparison.Ordinal) && word.EndsWith(".conf", StringComparison.Ordinal)));

    private static int ParentOf(string? process)
    {
        try
        {
            return int.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return 0; // It ended just now.
        }
    }

    private static string[] Words(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return []; // It ended just now.
        }
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var i = 0; i < 1200 && !isSo(); i++) await Task.Delay(50);
        Assert.True(isSo());
    }
}
