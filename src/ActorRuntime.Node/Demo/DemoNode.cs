using System.Globalization;
using System.Text;

namespace ActorRuntime.Node.Demo;

/// <summary>One node of the run: its name, ports and files.</summary>
internal sealed record DemoNode(string Name, int Port, int SignalPort, int ManagementPort, string ConfigurationFile, string LogFile)
{
    public const int PortsPerNode = 3;

    /// <summary>Names the nodes and gives them ports and files.</summary>
    /// <param name="ports"><see cref="PortsPerNode"/> for each node.</param>
    public static IReadOnlyList<DemoNode> Plan(int nodes, DemoDirectory directory, IReadOnlyList<int> ports) =>
        [.. Enumerable.Range(0, nodes).Select(i => (Name: $"node-{i + 1}", At: i * PortsPerNode)).Select(node => new DemoNode(
            node.Name, ports[node.At], ports[node.At + 1], ports[node.At + 2], directory.File(node.Name + ".conf"),
            directory.File(node.Name + ".log")))];

    /// <summary>The node's configuration: HOCON, as an operator would write it.</summary>
    public string Configuration(DemoOptions options, InputFile input, int itemsPerSecond, DemoStore store)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $$"""
            # Written by `demo`; runs by itself too: --config {{ConfigurationFile}}
            actor-runtime {
              remote { hostname = "127.0.0.1", port = {{Port}} }
              cluster {
                name = "{{Name}}"
                data-dir = {{Quoted(store.Directory)}}
                signal-bind-address = "127.0.0.1"
                signal-port = {{SignalPort}}
                signal.fault-injection = {{(options.Fault == Fault.Signal ? "on" : "off")}}
                sharding { {{Durability(options)}} }
              }
              management.port = {{ManagementPort}}
              persistence { {{store.Persistence}} }
              node {
                control-log-file = {{Quoted(store.ControlLogFile)}}
                journal-file = {{Quoted(store.JournalFile)}}
                flows-need-nodes = {{options.Nodes}}
                flows {

            """);
        var senders = Math.Min(options.Nodes, 2);
        var rate = Math.Max(1, (itemsPerSecond + options.Flows - 1) / options.Flows);
        for (var i = 0; i < options.Flows; i++)
        {
            var settings = $"path = {Quoted(input.Path)}, partition = {i}, partitions = {options.Flows}";
            text.Append(CultureInfo.InvariantCulture, $$"""
                    "{{FlowName(i)}}" {
                      source = "file-lines", source-settings { {{settings}} }
                      senders = {{senders}}, failback = automatic, items-per-second = {{rate}}
                    }

                """);
        }
        return text.Append("    }\n  }\n}\n").ToString();
    }

    private static string Durability(DemoOptions options) => options.ReplicaCount == 0 ? "durability = journal"
        : $"durability = replicated, replication {{ replicas = {options.ReplicaCount}, min-in-sync = {(options.ReplicaCount + 1) / 2} }}";

    public static string FlowName(int index) => $"flow-{index + 1}";

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
}
