using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ActorRuntime.Cmd.CommandLine;
using ActorRuntime.Node.Management;
using Xunit;

namespace ActorRuntime.Cmd.Tests;

/// <summary>arctl from its arguments to its exit code, against the real management port.</summary>
[Trait("Requirement", "AR-8")]
public sealed class ArctlTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManagedNode _node = ManagedNode.Start(new ManagementOptions { Port = 0, ReplyBytesMax = 4096 });

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task Table_has_aligned_columns_and_one_line_per_row()
    {
        var run = await _node.ArctlAsync("cluster", "show");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd());
        Assert.Equal(["node    state  votes", "a       up     3", "node-b  down   12", "c       -      yes"], lines);
    }

    [Fact]
    public async Task Json_is_the_result_as_the_node_sent_it()
    {
        var run = await _node.ArctlAsync("cluster", "show", "--json");
        var result = JsonNode.Parse(run.Output)!;
        Assert.Equal("node-b", result["rows"]![1]![0]!.GetValue<string>());
        Assert.Equal(12, result["rows"]![1]![2]!.GetValue<int>());
        Assert.Single(run.Output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Fields_and_lines_are_drawn_and_control_characters_shown()
    {
        Assert.Matches("name +a", (await _node.ArctlAsync("node", "version")).Output);
        Assert.Equal("first\nsecond \\u001b[31mred\n", (await _node.ArctlAsync("why")).Output);
    }

    [Fact]
    public async Task Help_of_the_node_lists_every_command_with_parameters()
    {
        var run = await _node.ArctlAsync("help");
        Assert.Matches("cluster down +<node> \\[--accept-data-loss\\] +declares a node lost", run.Output);
        Assert.Contains("management show", run.Output);
    }

    [Fact]
    public async Task Options_of_a_command_reach_the_node()
    {
        Assert.Equal(ExitCode.Success, (await _node.ArctlAsync("cluster", "down", "b", "--accept-data-loss")).ExitCode);
        Assert.Equal(["b!"], _node.Stopped);
    }

    [Fact]
    public async Task Refusal_says_why_and_what_to_do()
    {
        var run = await _node.ArctlAsync("cluster", "down", "z");
        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        Assert.Equal("arctl: no node is called z\n       cluster show lists them\n", run.Error);

        var json = JsonNode.Parse((await _node.ArctlAsync("cluster", "down", "z", "--json")).Output)!;
        Assert.Equal("no-such-node", json["error"]!["code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("unknown command 'cluster shwo'", "cluster", "shwo")]
    [InlineData("<node> is missing", "cluster", "down")]
    [InlineData("one word too many", "cluster", "down", "a", "b")]
    [InlineData("unknown option --force", "cluster", "down", "a", "--force")]
    [InlineData("--timeout", "why", "--timeout", "0")]
    [InlineData("--timeout", "why", "--timeout", "soon")]
    public async Task Wrong_usage_has_its_own_exit_code(string message, params string[] words)
    {
        var run = await _node.ArctlAsync(words);
        Assert.Equal(ExitCode.BadUsage, run.ExitCode);
        Assert.Contains(message, run.Error);
        Assert.Empty(_node.Stopped);
    }

    [Theory]
    [InlineData("fail", "the cable is out")]
    [InlineData("big", "reply-bytes-max is 4096")]
    public async Task Failure_at_the_node_is_told(string command, string message)
    {
        var run = await _node.ArctlAsync(command);
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Contains(message, run.Error);
        Assert.Equal(1, _node.Counters.Failed);
    }

    [Fact]
    public async Task Command_that_hangs_at_the_node_ends_with_an_unknown_outcome()
    {
        await using var node = ManagedNode.Start(new ManagementOptions { Port = 0, CommandTimeout = TimeSpan.FromMilliseconds(100) });
        var run = await node.ArctlAsync("hang");
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Contains("no answer within 0.1 s", run.Error);
        Assert.Contains("whether it was carried out is unknown", run.Error);
    }

    [Fact]
    public async Task Tail_goes_on_until_interrupted_and_leaves_nothing_running()
    {
        using var interrupted = new CancellationTokenSource();
        using var output = new AwaitedWriter("entry 11\n");
        var tail = Run.ArctlAsync("", [_node.Address, "log", "tail"], output, interrupted.Token);
        await output.Written.WaitAsync(Patience);
        await _node.Followed.Task.WaitAsync(Patience);
        Assert.False(tail.IsCompleted);
        await interrupted.CancelAsync();
        var run = await tail.WaitAsync(Patience);
        await _node.Unfollowed.Task.WaitAsync(Patience);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal("version  entry\n9        entry 9\n10       entry 10\n11       entry 11\n", run.Output);
    }

    [Fact]
    public async Task Commands_come_line_by_line_from_a_file_and_the_first_failure_counts()
    {
        var input = """
            # comment

            cluster down a
            cluster down z
            cluster down 'node b' --accept-data-loss
            no such
            node version --json
            exit
            cluster down c
            """;
        var run = await Run.ArctlAsync(input, [_node.Address]);
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Equal(["a", "node b!"], _node.Stopped.Order());
        Assert.EndsWith("{\"fields\":{\"name\":\"a\",\"pid\":42}}\n", run.Output);
        Assert.Contains("unknown command 'no such'", run.Error);
    }

    [Fact]
    public async Task Node_that_is_not_there_gives_advice()
    {
        // Bound, so that nobody else gets the port meanwhile, but not listening.
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = bound.LocalEndPoint!.ToString()!;
        var run = await Run.ArctlAsync("", [address, "cluster", "show"]);
        Assert.Equal((ExitCode.Unreachable, ""), (run.ExitCode, run.Output));
        Assert.Contains($"no node answers at {address}", run.Error);
        Assert.Contains("Is the node running", run.Error);
        Assert.Contains("actor-runtime.management.port", run.Error);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\n", "does not speak the management protocol")]
    [InlineData("{\"id\":1}\n", "does not speak the management protocol")]
    [InlineData("{\"id\":1,\"ok\":true,\"ok\":false}\n", "does not speak the management protocol")]
    [InlineData("", "closed the connection before it answered")]
    [InlineData("{\"id\":1,\"ok\":tr", "closed the connection before it answered")]
    public async Task What_is_no_node_is_told_apart(string answer, string message)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var run = Run.ArctlAsync("", [listener.LocalEndpoint.ToString()!, "cluster", "show"]);
        using (var peer = await listener.AcceptTcpClientAsync())
        {
            using var reader = new StreamReader(peer.GetStream());
            await reader.ReadLineAsync();
            await peer.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer));
        }
        Assert.Equal(ExitCode.Unreachable, (await run).ExitCode);
        Assert.Contains(message, (await run).Error);
    }

    [Fact]
    public async Task Silence_ends_after_the_timeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var run = await Run.ArctlAsync("", [listener.LocalEndpoint.ToString()!, "cluster", "show", "--timeout", "0.05"]);
        Assert.Equal(ExitCode.Unreachable, run.ExitCode);
        Assert.Contains("no answer from", run.Error);
    }

    [Fact]
    public async Task Help_needs_no_node_and_documents_exit_codes()
    {
        var run = await Run.ArctlAsync("", ["--help"]);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("3 no node answers", run.Output);
        Assert.Contains("--timeout", run.Output);
    }

    [Fact]
    public async Task Text_that_is_no_address_is_told() =>
        Assert.Contains("is no address", (await Run.ArctlAsync("", ["node:port", "cluster", "show"])).Error);
}
