using System.Text.Json.Nodes;
using ActorRuntime.Actor;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>Commands about this process.</summary>
/// <param name="leave">Asks this process to leave in order.</param>
internal sealed class NodeCommands(ExtendedActorSystem system, Action<string> leave)
{
    public void AddTo(ManagementCommands commands) => commands
        .Add("actor hierarchy", "[path]", "the actors of this node as a tree", (words, _) =>
            Task.FromResult<JsonNode>(ActorTree.Show(system, words.Find("path"))))
        .Add("node version", "", "versions, process and memory", (_, _) => Task.FromResult<JsonNode>(Version()))
        .Add("node stop", "", "this node hands over, leaves and ends", (_, _) =>
        {
            leave("arctl node stop");
            return Task.FromResult<JsonNode>(CommandResult.Lines("this node leaves in order and ends"));
        });

    private JsonObject Version() => CommandResult.Fields(
        ("versions", NodeVersion.Describe()),
        ("process", system.Environment.Host.ProcessId),
        ("uptime-s", Math.Round(system.Uptime.TotalSeconds, 1)),
        ("working-set-mb", Environment.WorkingSet >> 20),
        ("heap-mb", GC.GetTotalMemory(forceFullCollection: false) >> 20),
        ("collections", $"{GC.CollectionCount(0)} {GC.CollectionCount(1)} {GC.CollectionCount(2)}"),
        ("paused-ms", Math.Round(GC.GetTotalPauseDuration().TotalMilliseconds, 1)));
}
