using System.Text.Json.Nodes;
using ActorRuntime.Actor;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary><c>actor hierarchy</c>: the actors of this node as a tree, with class and waiting messages.</summary>
internal static class ActorTree
{
    private const int LinesMax = 5_000;

    /// <param name="below">Path below which to look, for example <c>/user</c>; null for all.</param>
    /// <exception cref="CommandRefusedException">There is no such actor here.</exception>
    public static JsonObject Show(ExtendedActorSystem system, string? below)
    {
        var root = system.Provider.RootGuardian;
        foreach (var name in (below ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            root = root.Cell.GetChildren().OfType<LocalActorRef>().FirstOrDefault(child => child.Path.Name == name)
                ?? throw new CommandRefusedException("no-such-actor", $"there is no actor {below} on this node", "actor hierarchy shows all");
        }
        var lines = new List<string> { root.Path.ToStringWithoutAddress() };
        Add(root, "", lines);
        if (lines.Count >= LinesMax) lines.Add($"… more than {LinesMax}; name a path to see a part");
        return CommandResult.Lines(lines);
    }

    private static void Add(LocalActorRef parent, string indent, List<string> lines)
    {
        var children = parent.Cell.GetChildren().OfType<LocalActorRef>()
            .OrderBy(child => child.Path.Name, StringComparer.Ordinal).ToArray();
        for (var i = 0; i < children.Length && lines.Count < LinesMax; i++)
        {
            var isLast = i == children.Length - 1;
            var waiting = children[i].Cell.Mailbox.NumberOfMessages;
            lines.Add($"{indent}{(isLast ? "└─ " : "├─ ")}{children[i].Path.Name}  {children[i].Cell.Props.Type.Name}"
                + (waiting > 0 ? $"  {waiting} waiting" : ""));
            Add(children[i], indent + (isLast ? "   " : "│  "), lines);
        }
    }
}
