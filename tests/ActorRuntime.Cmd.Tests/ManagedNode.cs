using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ActorRuntime.Cmd.CommandLine;
using ActorRuntime.Node.Management;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorRuntime.Cmd.Tests;

/// <summary>The real management port with a few commands behind it, and arctl run against it inside this process.</summary>
internal sealed class ManagedNode : IAsyncDisposable
{
    private readonly ManagementServer _server;

    private ManagedNode(ManagementOptions options) =>
        _server = ManagementServer.Start(new ProductionEnvironment(), options, Commands(), NullLogger.Instance);

    public ConcurrentBag<string> Stopped { get; } = [];

    public TaskCompletionSource Followed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Unfollowed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ManagementCounters Counters => _server.Counters;

    public IPEndPoint EndPoint => _server.LocalEndPoint;

    public string Address => EndPoint.ToString();

    public static ManagedNode Start(ManagementOptions options) => new(options);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Runs arctl against this node as a program would.</summary>
    public Task<Run> ArctlAsync(params string[] arguments) => Run.ArctlAsync("", [Address, .. arguments]);

    private ManagementCommands Commands() => new ManagementCommands()
        .Add("cluster show", "", "members and their states", (_, _) => Task.FromResult<JsonNode>(CommandResult.Table(
            ["node", "state", "votes"], [["a", "up", 3], ["node-b", "down", 12], ["c", null, true]])))
        .Add("cluster down", "<node> [--accept-data-loss]", "declares a node lost", (arguments, _) => Down(arguments))
        .Add("node version", "", "the process", (_, _) => Task.FromResult<JsonNode>(CommandResult.Fields(("name", "a"), ("pid", 42))))
        .Add("why", "", "decisions", (_, _) => Task.FromResult<JsonNode>(CommandResult.Lines("first", "second \e[31mred")))
        .Add("fail", "", "breaks", (_, _) => throw new InvalidOperationException("the cable is out"))
        .Add("hang", "", "never answers", (_, _) => new TaskCompletionSource<JsonNode>().Task)
        .Add("big", "", "a long answer", (_, _) => Task.FromResult<JsonNode>(CommandResult.Lines(new string('x', 100_000))))
        .AddStream("log tail", "", "the control log", Tail);

    private Task<JsonNode> Down(CommandArguments arguments)
    {
        if (arguments["node"] == "z") throw new CommandRefusedException("no-such-node", "no node is called z", "cluster show lists them");
        Stopped.Add(arguments["node"] + (arguments.Has("--accept-data-loss") ? "!" : ""));
        return Task.FromResult<JsonNode>(CommandResult.Lines("done"));
    }

    private async IAsyncEnumerable<JsonNode> Tail(
        CommandArguments arguments, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var version = 9; version <= 11; version++)
            yield return CommandResult.Table(["version", "entry"], [[version, $"entry {version}"]]);
        if (!follow) yield break;
        try
        {
            Followed.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Unfollowed.SetResult();
        }
    }
}

/// <summary>What a run of arctl left behind.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    public static async Task<Run> ArctlAsync(
        string input, string[] arguments, StringWriter? output = null, CancellationToken cancellationToken = default)
    {
        output ??= new StringWriter();
        var error = new StringWriter();
        var terminal = new Terminal(new StringReader(input), output, error, Width: null, HasKeyboard: false);
        var code = await ArctlCommandLine.InvokeAsync(arguments, terminal, cancellationToken);
        return new Run(code, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }
}

/// <summary>Tells when <paramref name="awaited"/> was written to it.</summary>
internal sealed class AwaitedWriter(string awaited) : StringWriter
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Written => _written.Task;

    public override void Write(char value)
    {
        base.Write(value);
        Look();
    }

    public override void Write(char[] buffer, int index, int count)
    {
        base.Write(buffer, index, count);
        Look();
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        base.Write(buffer);
        Look();
    }

    public override void Write(string? value)
    {
        base.Write(value);
        Look();
    }

    private void Look()
    {
        if (ToString().ReplaceLineEndings("\n").Contains(awaited, StringComparison.Ordinal)) _written.TrySetResult();
    }
}
