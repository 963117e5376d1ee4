using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using ActorRuntime.ProcessTests.Clients;
using ActorRuntime.ProcessTests.Net;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>One of the two executables, run as a user would run it; ended by force when the test is over.</summary>
internal sealed class Executable : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    /// <param name="takeLine">Takes the lines of standard output instead of <see cref="Output"/>.</param>
    private Executable(IReadOnlyList<string> words, Action<string>? takeLine = null)
    {
        var info = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        _process = Starter.Start(info);
        _process.OutputDataReceived += (_, line) =>
        {
            if (takeLine is null) Append(_output, line.Data);
            else if (line.Data is not null) takeLine(line.Data);
        };
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Whether the kernel runs one of its threads before all ordinary ones (SCHED_FIFO).</summary>
    public bool HasRealTimeThread => Directory.EnumerateDirectories($"/proc/{Id}/task").Any(thread =>
    {
        const int policy = 41 - 3; // Of proc(5), counted from the state, which follows the name in parentheses.
        try
        {
            var stat = File.ReadAllText(Path.Combine(thread, "stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[policy] == "1";
        }
        catch (IOException)
        {
            return false; // It ended just now.
        }
    });

    public string Output => Read(_output);

    public string Error => Read(_error);

    public static Executable Node(params string[] arguments) => new(CommandLine("ActorRuntime.Node", arguments));

    /// <summary>Runs a node with clients in namespaces of its own. It ends with this process, however this one ends. A file that may not
    /// grow is an error to it, not its end.</summary>
    /// <param name="firstClient">Number of its first client.</param>
    /// <param name="takeRecord">Takes the clients' record, line by line.</param>
    public static Executable NodeIn(NodeNamespace place, string configuration, int firstClient, Action<string> takeRecord)
    {
        string[] arguments = [NodeCommand.Verb, NodeCommand.ConfigOption, configuration, NodeCommand.FirstOption, $"{firstClient}"];
        return new([.. place.Enter, "env", "--ignore-signal=XFSZ", .. CommandLine("ActorRuntime.ProcessTests", arguments)], takeRecord);
    }

    /// <summary>Runs the scenarios of this project as a program.</summary>
    public static Executable ProcessTests(params string[] arguments) => new(CommandLine("ActorRuntime.ProcessTests", arguments));

    public static Executable Arctl(params string[] arguments) => new(CommandLine("arctl", arguments));

    /// <summary>Asks a node again until the answer, one JSON object, is as it should be.</summary>
    /// <returns>The answer.</returns>
    public static async Task<string> ShowsAsync(string address, string words, Predicate<string> holds)
    {
        for (var clock = Stopwatch.StartNew();; await Task.Delay(100))
        {
            await using var asked = Arctl([address, .. words.Split(' '), "--json"]);
            if (await asked.EndAsync() == 0 && holds(asked.Output)) return asked.Output;
            if (clock.Elapsed > Limit) throw new TimeoutException($"'{words}' after {Limit.TotalSeconds} s:\n{asked.Output}\n{asked.Error}");
        }
    }

    /// <summary>What arctl says to a command that is refused.</summary>
    public static async Task<string> RefusesAsync(string address, string words)
    {
        await using var asked = Arctl([address, .. words.Split(' ')]);
        Assert.NotEqual(0, await asked.EndAsync());
        return asked.Error;
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"still running after {Limit.TotalSeconds} s\n{Output}\n{Error}");
        }
        return _process.ExitCode;
    }

    /// <summary>Waits until standard error contains a text.</summary>
    public Task SaysAsync(string text) => WaitForAsync(text, () => Error);

    /// <summary>Waits until standard output contains a text.</summary>
    public Task PrintsAsync(string text) => WaitForAsync(text, () => Output);

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Id.ToString()]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string[] CommandLine(string name, string[] arguments) => ["dotnet", Path.Combine(AppContext.BaseDirectory, name + ".dll"), .. arguments];

    private async Task WaitForAsync(string text, Func<string> said)
    {
        var clock = Stopwatch.StartNew();
        while (!said().Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited) throw new InvalidOperationException($"ended with {_process.ExitCode} before '{text}'\n{Output}\n{Error}");
            if (clock.Elapsed > Limit) throw new TimeoutException($"no '{text}' within {Limit.TotalSeconds} s\n{Output}\n{Error}");
            await Task.Delay(20);
        }
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is null) return;
        lock (to) to.AppendLine(line);
    }

    private static string Read(StringBuilder from)
    {
        lock (from) return from.ToString();
    }

    /// <summary>One thread that starts all processes and lives as long as this one: the kernel ends a child that asked for it with the
    /// thread that started it.</summary>
    private static class Starter
    {
        private static readonly BlockingCollection<Task<Process>> Starts = [];

        static Starter() => new Thread(Run) { IsBackground = true, Name = "starts processes" }.Start();

        public static Process Start(ProcessStartInfo info)
        {
            var start = new Task<Process>(() => Process.Start(info)!);
            Starts.Add(start);
            return start.GetAwaiter().GetResult();
        }

        private static void Run()
        {
            foreach (var start in Starts.GetConsumingEnumerable()) start.RunSynchronously();
        }
    }
}
