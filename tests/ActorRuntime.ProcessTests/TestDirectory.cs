using ActorRuntime.Node.Processes;

namespace ActorRuntime.ProcessTests;

/// <summary>A directory of its own for one test, and configurations in it.</summary>
internal sealed class TestDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("actor-runtime-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes the configuration of a node that keeps everything in this directory.</summary>
    public NodeFile Node(string name, string more = "")
    {
        var ports = FreePorts.Find(3);
        var file = File($"{name}-{ports[0]}.conf");
        System.IO.File.WriteAllText(file, $$"""
            actor-runtime {
              remote { hostname = "127.0.0.1", port = {{ports[0]}} }
              cluster { name = "{{name}}", data-dir = "{{Path}}", signal-bind-address = "127.0.0.1", signal-port = {{ports[1]}} }
              management.port = {{ports[2]}}
              node { control-log-file = "{{File("control-log.db")}}", journal-file = "{{File("journal.db")}}" }
              persistence.sqlite { write-timeout = 2s, busy-timeout = 100ms, control-log.open-timeout = 1s }
              cluster.join-timeout = 30s
              {{more}}
            }
            """);
        return new(file, ports[0], ports[1], ports[2]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>A node's configuration file and its ports.</summary>
internal sealed record NodeFile(string Path, int Port, int SignalPort, int ManagementPort);
