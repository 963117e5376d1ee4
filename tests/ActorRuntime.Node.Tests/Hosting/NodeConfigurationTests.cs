using ActorRuntime.Cluster.View;
using ActorRuntime.Configuration;
using ActorRuntime.Node.Demo;
using ActorRuntime.Node.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorRuntime.Node.Tests.Hosting;

public sealed class NodeConfigurationTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"node-{Guid.NewGuid():N}.conf");

    public void Dispose() => File.Delete(_file);

    public static TheoryData<string> ReadyConfigurations =>
        [.. Directory.EnumerateFiles(Hocon, "*.conf", SearchOption.AllDirectories).Where(file => !IsReference(file))];

    [Theory]
    [MemberData(nameof(ReadyConfigurations))]
    [Trait("Requirement", "AR-6")]
    public void Ready_configurations_can_be_used(string file)
    {
        var configuration = NodeConfiguration.Load(file);
        Assert.StartsWith("node-", configuration.Cluster.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_the_ready_configurations_that_the_documents_name() =>
        Assert.Equal(5, ReadyConfigurations.Count);

    [Fact]
    [Trait("Requirement", "AR-6")]
    public void Everything_wrong_is_reported_at_once_with_file_line_and_key()
    {
        var refusal = Assert.Throws<ConfigurationException>(() => Load("""
            actor-runtime {
              cluster { name = "n1", data-dirr = "data" }
              cluster.signal { lease = 500ms, loss-after = 400ms }
              remote.port = 99999
              management.port = "many"
              node.restarts-per-minute = 1000
              node.flows.f { source = "file-lines", sendrs = 2 }
            }
            """));
        var errors = refusal.Errors.Select(error => error.ToString()).ToArray();
        Assert.Equal(6, errors.Length);
        Assert.Contains($"{_file}:2: actor-runtime.cluster.data-dirr: unknown key; did you mean actor-runtime.cluster.data-dir?", errors);
        Assert.Contains(errors, error => error.StartsWith($"{_file}:3: actor-runtime.cluster.signal.loss-after:", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith($"{_file}:4: actor-runtime.remote.port:", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith($"{_file}:5: actor-runtime.management.port:", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith($"{_file}:6: actor-runtime.node.restarts-per-minute:", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith($"{_file}:7: actor-runtime.node.flows.f.sendrs: unknown", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_listeners_on_one_port_are_refused() => Assert.Contains(
        Assert.Throws<ConfigurationException>(() => Load(
            "actor-runtime { cluster.name = n, remote.port = 9110, management.port = 9110 }")).Errors,
        error => error.Key == "actor-runtime.management.port");

    [Fact]
    public void Missing_file_is_named() => Assert.Contains(
        "/no/such.conf", Assert.Throws<ConfigurationException>(() => NodeConfiguration.Load("/no/such.conf")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Settings_arrive()
    {
        var configuration = Load("""
            actor-runtime {
              cluster { name = "n1", signal-port = 9105 }
              node {
                system-name = "s", log-level = debug, restarts-per-minute = 0, control-log-file = "a.db", journal-file = "b.db"
                flows {
                  "f.2" { source = "file-lines", source-settings { path = "x", partition = 1, partitions = 3 }, failback = manual }
                  f1 { source = "file-lines", senders = 3, items-per-second = 7 }
                }
              }
            }
            """);
        Assert.Equal(("s", LogLevel.Debug, 0), (configuration.Node.SystemName, configuration.Node.LogLevel, configuration.Node.RestartsPerMinute));
        var store = Assert.IsType<StoreOptions.Sqlite>(configuration.Store);
        Assert.Equal(("a.db", "b.db"), (store.ControlLog.Path, store.Journal.Path));
        Assert.Equal(9105, configuration.Cluster.SignalPort);
        Assert.Equal(["f.2", "f1"], configuration.Node.Flows.Select(flow => flow.Name));
        var (two, one) = (configuration.Node.Flows[0], configuration.Node.Flows[1]);
        Assert.Equal((FailbackPolicy.Manual, 2, (int?)null), (two.Failback, two.Senders, two.ItemsPerSecond));
        Assert.Equal("3", two.SourceSettings["partitions"]);
        Assert.Equal((FailbackPolicy.Automatic, 3, (int?)7), (one.Failback, one.Senders, one.ItemsPerSecond));
    }

    [Fact]
    public void What_the_demonstration_writes_can_be_used()
    {
        using var directory = DemoDirectory.Create(null, keep: false);
        var node = DemoNode.Plan(2, directory, [1001, 1002, 1003, 1004, 1005, 1006])[1];
        var options = new DemoOptions { Nodes = 2, Flows = 3, Fault = Fault.Signal };
        File.WriteAllText(node.ConfigurationFile, node.Configuration(
            options, new InputFile("/tmp/a \"b\".txt", 1, 10, 1, ""), 100, DemoStore.Create(directory.Path, null)));
        var configuration = NodeConfiguration.Load(node.ConfigurationFile);
        Assert.Equal((1004, 1005, 1006),
            (configuration.Remote.Port, configuration.Cluster.SignalPort, configuration.Management.Port));
        Assert.True(configuration.Cluster.Signal.FaultInjection);
        Assert.Equal(["flow-1", "flow-2", "flow-3"], configuration.Node.Flows.Select(flow => flow.Name));
        Assert.Equal("/tmp/a \"b\".txt", configuration.Node.Flows[2].SourceSettings["path"]);
        Assert.Equal(34, configuration.Node.Flows[0].ItemsPerSecond);
        Assert.Equal(directory.File("journal.db"), Assert.IsType<StoreOptions.Sqlite>(configuration.Store).Journal.Path);
    }

    private static string Hocon
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory!.FullName, "ActorRuntime.sln"))) directory = directory.Parent;
            return Path.Combine(directory.FullName, "hocon");
        }
    }

    /// <summary>A reference names defaults; it is no configuration of a node, which needs a name.</summary>
    private static bool IsReference(string file) => Path.GetDirectoryName(file) == Hocon && Path.GetFileName(file) is not ("one-node.conf" or "postgres.conf");

    private NodeConfiguration Load(string text)
    {
        File.WriteAllText(_file, text);
        return NodeConfiguration.Load(_file);
    }
}
