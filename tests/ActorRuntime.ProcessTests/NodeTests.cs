using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ActorRuntime.Persistence.Sql.ControlLog;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>The node process: starting, refusing to start, leaving, returning.</summary>
[Collection(OneAtATime.Name)]
public sealed class NodeTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_makes_a_node_leave_in_order(string signal)
    {
        using var directory = new TestDirectory();
        await using var node = Executable.Node("--config", directory.Node("n1").Path);
        await node.SaysAsync("is up");
        node.Signal(signal);
        Assert.Equal(0, await node.EndAsync());
        Assert.Contains("Leaving in order", node.Error, StringComparison.Ordinal);
        Assert.Contains("node-removed", (await RowsAsync(directory))[^1], StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "AR-3")]
    public async Task Killed_node_returns_under_its_name_as_a_new_incarnation()
    {
        using var directory = new TestDirectory();
        var configuration = directory.Node("n1").Path;
        await using (var first = Executable.Node("--config", configuration))
        {
            await first.SaysAsync("is up");
            first.Signal("KILL");
            Assert.Equal(137, await first.EndAsync());
        }
        await using var second = Executable.Node("--config", configuration);
        await second.SaysAsync("is up");
        Assert.Equal(2, (await RowsAsync(directory)).Count(row => row.Contains("node-joined", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Name_that_lives_is_refused_and_its_holder_named()
    {
        using var directory = new TestDirectory();
        await using var first = Executable.Node("--config", directory.Node("n1").Path);
        await first.SaysAsync("is up");
        await using var second = Executable.Node("--config", directory.Node("n1", "cluster.join-timeout = 2s").Path);
        Assert.Equal(1, await second.EndAsync());
        Assert.Contains("The name 'n1' is held by n1#", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "AR-6")]
    public async Task Configuration_that_cannot_be_used_starts_nothing()
    {
        using var directory = new TestDirectory();
        await using var node = Executable.Node("--config", directory.Node("n1", "cluster.signal { loss-after = 10ms, lese = 1s }").Path);
        Assert.Equal(2, await node.EndAsync());
        Assert.Contains("loss-after", node.Error, StringComparison.Ordinal);
        Assert.Contains("did you mean actor-runtime.cluster.signal.lease?", node.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(directory.File("control-log.db")));
    }

    [Theory]
    [InlineData("remoting")]
    [InlineData("signals")]
    [InlineData("management")]
    public async Task Port_that_is_taken_is_named(string which)
    {
        using var directory = new TestDirectory();
        var configuration = directory.Node("n1");
        var port = which switch
        {
            "remoting" => configuration.Port,
            "signals" => configuration.SignalPort,
            _ => configuration.ManagementPort,
        };
        using var socket = which == "signals"
            ? new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        if (which != "signals") socket.Listen();
        await using var node = Executable.Node("--config", configuration.Path);
        Assert.Equal(1, await node.EndAsync());
        Assert.Contains($"127.0.0.1:{port}", node.Error, StringComparison.Ordinal);
        Assert.Contains("taken", node.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("control-log.db")]
    [InlineData("journal.db")]
    public async Task Store_that_is_corrupt_is_refused_and_left_as_it_is(string file)
    {
        using var directory = new TestDirectory();
        File.WriteAllBytes(directory.File(file), RandomNumberGenerator.GetBytes(9_000));
        var before = SHA256.HashData(File.ReadAllBytes(directory.File(file)));
        await using var node = Executable.Node("--config", directory.Node("n1").Path);
        Assert.Equal(1, await node.EndAsync());
        Assert.Contains(file, node.Error, StringComparison.Ordinal);
        Assert.Contains("not a SQLite database", node.Error, StringComparison.Ordinal);
        Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(directory.File(file))));
    }

    [Theory]
    [InlineData("control-log.db")]
    [InlineData("journal.db")]
    public async Task Store_of_a_newer_version_is_refused(string file)
    {
        using var directory = new TestDirectory();
        var configuration = directory.Node("n1").Path;
        await RunOnceAsync(configuration);
        using (var database = Sqlite.Open(directory.File(file))) Sqlite.Execute(database, "update component set schema_version = 99");
        await using var node = Executable.Node("--config", configuration);
        Assert.Equal(1, await node.EndAsync());
        Assert.Contains(file, node.Error, StringComparison.Ordinal);
        Assert.Contains("newer", node.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("control-log.db")]
    [InlineData("journal.db")]
    public async Task Store_that_another_program_holds_is_refused(string file)
    {
        using var directory = new TestDirectory();
        var configuration = directory.Node("n1").Path;
        await RunOnceAsync(configuration);
        using var holder = Sqlite.Open(directory.File(file));
        Sqlite.Execute(holder, "pragma locking_mode = exclusive");
        Sqlite.Execute(holder, "begin exclusive");
        await using var node = Executable.Node("--config", configuration);
        Assert.Equal(1, await node.EndAsync());
        Assert.Contains(file, node.Error, StringComparison.Ordinal);
        Assert.Contains("fuser", node.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "AR-8")]
    public async Task Arctl_shows_the_node_and_stops_it()
    {
        using var directory = new TestDirectory();
        var configuration = directory.Node("n1");
        await using var node = Executable.Node("--config", configuration.Path);
        await node.SaysAsync("is up");
        var address = $"127.0.0.1:{configuration.ManagementPort}";
        foreach (var (words, text) in ((string, string)[])
        [
            ("cluster show", "n1"), ("cluster status", "orchestrator"), ("signal show", "peer"), ("signal status", "lease"),
            ("shard list", "flow-receiver"), ("entity where flow-receiver a", "n1"), ("flow list", "flow"), ("log show", "node-joined"),
            ("why", "n1"), ("actor hierarchy", "system"),
            ("node version", "SQLite"), ("help", "cluster show"),
        ])
        {
            await Executable.ShowsAsync(address, words, shown => shown.Contains(text, StringComparison.Ordinal));
        }
        await using (var tail = Executable.Arctl(address, "log", "tail", "--json")) await tail.PrintsAsync("node-joined");

        await using var refused = Executable.Arctl(address, "flow", "show", "nothing");
        Assert.NotEqual(0, await refused.EndAsync());
        Assert.Contains("there is no flow nothing", refused.Error + refused.Output, StringComparison.Ordinal);

        await using var stop = Executable.Arctl(address, "node", "stop");
        Assert.Equal(0, await stop.EndAsync());
        Assert.Equal(0, await node.EndAsync());
    }

    private static async Task RunOnceAsync(string configuration)
    {
        await using var node = Executable.Node("--config", configuration);
        await node.SaysAsync("is up");
        node.Signal("TERM");
        Assert.Equal(0, await node.EndAsync());
    }

    /// <summary>The texts of the control log.</summary>
    private static async Task<IReadOnlyList<string>> RowsAsync(TestDirectory directory)
    {
        var store = new SqliteControlLogStore(new() { Path = directory.File("control-log.db") }, new ProductionEnvironment());
        await using (store)
        {
            await store.OpenAsync(CancellationToken.None);
            return [.. (await store.ReadAsync(1, 1000, CancellationToken.None)).Select(row => row.Text)];
        }
    }
}
