using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ActorRuntime.Node.Management;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ActorRuntime.Node.Tests.Management;

/// <summary>The management port under clients that do not behave.</summary>
[Trait("Requirement", "AR-8")]
public sealed class ManagementServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManagementServer _server;

    public ManagementServerTests()
    {
        var commands = new ManagementCommands()
            .Add("echo", "<word>", "", (arguments, _) => Task.FromResult<JsonNode>(CommandResult.Lines(arguments["word"])))
            .Add("wait", "", "", async (_, _) =>
            {
                await _release.Task;
                return CommandResult.Lines("released");
            });
        var options = new ManagementOptions { Port = 0, ConnectionsMax = 2, CommandsMax = 2, RequestBytesMax = 256 };
        _server = ManagementServer.Start(new ProductionEnvironment(), options, commands, NullLogger.Instance);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _server.DisposeAsync().AsTask().WaitAsync(Deadline);

    [Fact]
    public async Task Commands_of_one_connection_run_beside_each_other()
    {
        using var client = await ConnectAsync();
        await client.SendAsync("{\"id\":1,\"command\":[\"wait\"]}\n{\"id\":2,\"command\":[\"echo\",\"x\"]}\n");
        Assert.Equal(2, (await client.ReadAsync())["id"]!.GetValue<int>());
        _release.SetResult();
        Assert.Equal("released", (await client.ReadAsync())["result"]!["lines"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task Commands_beyond_the_limit_and_ids_in_use_are_told_busy()
    {
        using var client = await ConnectAsync();
        await client.SendAsync("{\"id\":1,\"command\":[\"wait\"]}\n{\"id\":1,\"command\":[\"wait\"]}\n");
        Assert.Contains("another id", (await client.ReadAsync())["error"]!["message"]!.GetValue<string>());
        await client.SendAsync("{\"id\":2,\"command\":[\"wait\"]}\n{\"id\":3,\"command\":[\"echo\",\"x\"]}\n");
        Assert.Equal("busy", (await client.ReadAsync())["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Cancelled_command_ends_and_its_id_is_free()
    {
        using var client = await ConnectAsync();
        await client.SendAsync("{\"id\":1,\"command\":[\"wait\"]}\n{\"id\":1,\"cancel\":true}\n{\"id\":9,\"cancel\":true}\n");
        Assert.True((await client.ReadAsync())["end"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Client_that_closes_its_side_still_gets_its_answer()
    {
        using var client = await ConnectAsync();
        await client.SendAsync("{\"id\":1,\"command\":[\"echo\",\"x\"]}\n");
        client.CloseSending();
        Assert.Equal(1, (await client.ReadAsync())["id"]!.GetValue<int>());
        Assert.Null(await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\n")]
    [InlineData("{\"id\":1}\n")]
    public async Task What_is_no_request_closes_the_connection_and_is_counted(string bytes)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(bytes);
        Assert.Equal("bad-request", (await client.ReadAsync())["error"]!["code"]!.GetValue<string>());
        await client.AssertClosedAsync();
        Assert.Equal(1, _server.Counters.Hostile);
        await AssertServesAsync();
    }

    [Fact]
    public async Task Line_without_end_closes_the_connection_and_is_counted()
    {
        using var client = await ConnectAsync();
        await client.SendAsync(new string('x', 10_000));
        await client.AssertClosedAsync();
        Assert.Equal(1, _server.Counters.Hostile);
        await AssertServesAsync();
    }

    [Fact]
    public async Task Random_bytes_harm_nobody()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var random = new Prng(seed);
            using var client = await ConnectAsync();
            await client.SendAsync([.. Enumerable.Range(0, 1 + (int)(random.Next() % 2_000)).Select(_ => (byte)random.Next()), (byte)'\n']);
            await client.AssertClosedAsync();
            if (_server.Counters.Hostile == (long)seed) continue;
            deadline.Token.ThrowIfCancellationRequested();
            seed--; // Refused unread: the places of the ones before are not free yet.
        }
        Assert.Equal(30, _server.Counters.Hostile);
        await AssertServesAsync();
    }

    [Fact]
    public async Task Connection_beyond_the_limit_is_told_so_and_closed()
    {
        using var first = await ConnectAsync();
        using (var second = await ConnectAsync())
        {
            await AssertEchoAsync(first);
            await AssertEchoAsync(second);
            using var third = await ConnectAsync();
            Assert.Contains("connections-max", (await third.ReadAsync())["error"]!["message"]!.GetValue<string>());
            await third.AssertClosedAsync();
            Assert.Equal(1, _server.Counters.Refused);
        }
        await AssertServesAsync(); // The second one's place is free again.
    }

    [Fact]
    public async Task Port_that_is_taken_is_named()
    {
        var options = new ManagementOptions { Port = _server.LocalEndPoint.Port };
        var error = Assert.Throws<IOException>(
            () => ManagementServer.Start(new ProductionEnvironment(), options, new ManagementCommands(), NullLogger.Instance));
        Assert.Contains(_server.LocalEndPoint.ToString(), error.Message);
        await AssertServesAsync();
    }

    [Fact]
    public async Task Closing_ends_what_runs()
    {
        using var client = await ConnectAsync();
        await client.SendAsync("{\"id\":1,\"command\":[\"wait\"]}\n{\"id\":2,\"command\":[\"echo\",\"x\"]}\n");
        await client.ReadAsync();
        await _server.DisposeAsync().AsTask().WaitAsync(Deadline);
        await client.AssertClosedAsync();
    }

    /// <summary>A new connection is served; tried again while an old one is still being closed.</summary>
    private async Task AssertServesAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            using var client = await ConnectAsync();
            await client.SendAsync("{\"id\":5,\"command\":[\"echo\",\"still here\"]}\n");
            if (await client.ReadLineAsync() is { } line && line.Contains("still here", StringComparison.Ordinal)) return;
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task AssertEchoAsync(Client client)
    {
        await client.SendAsync("{\"id\":1,\"command\":[\"echo\",\"x\"]}\n");
        Assert.True((await client.ReadAsync())["ok"]!.GetValue<bool>());
    }

    private async Task<Client> ConnectAsync()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(_server.LocalEndPoint);
        return new Client(tcp);
    }

    private sealed class Client(TcpClient tcp) : IDisposable
    {
        private readonly StreamReader _reader = new(tcp.GetStream());

        public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

        public async Task SendAsync(byte[] bytes)
        {
            try
            {
                await tcp.GetStream().WriteAsync(bytes);
            }
            catch (IOException)
            {
                // The port may close in the middle of what it does not like.
            }
        }

        public async Task<JsonNode> ReadAsync() => JsonNode.Parse((await ReadLineAsync())!)!;

        public async Task<string?> ReadLineAsync()
        {
            try
            {
                return await _reader.ReadLineAsync().WaitAsync(Deadline);
            }
            catch (IOException)
            {
                return null; // Reset: closed with unread bytes.
            }
        }

        public async Task AssertClosedAsync()
        {
            while (await ReadLineAsync() is not null) { }
        }

        public void CloseSending() => tcp.Client.Shutdown(SocketShutdown.Send);

        public void Dispose()
        {
            _reader.Dispose();
            tcp.Dispose();
        }
    }
}
