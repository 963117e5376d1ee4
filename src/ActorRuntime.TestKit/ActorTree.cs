using System.Globalization;
using System.Text;
using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>The actors of a system as a text: what they are doing, and what waits in their mailboxes. A snapshot taken from outside.</summary>
internal static class ActorTree
{
    private const int ActorsMax = 500;

    public static string Of(ActorSystem system)
    {
        var text = new StringBuilder();
        var left = ActorsMax;
        Add(text, ((ExtendedActorSystem)system).Provider.RootGuardian, 1, ref left);
        return text.ToString();
    }

    private static void Add(StringBuilder text, LocalActorRef actor, int depth, ref int left)
    {
        if (left-- <= 0)
        {
            if (left == -1) text.Append("  …\n");
            return;
        }

        var cell = actor.Cell;
        text.Append(' ', depth * 2).Append(actor.Path.Name.Length == 0 ? "/" : actor.Path.Name);
        text.Append(CultureInfo.InvariantCulture, $"  {Text.Of(cell.Props.Type)}, {cell.Phase.ToString().ToLowerInvariant()}");
        if (cell.Mailbox.NumberOfMessages is > 0 and var waiting) text.Append(CultureInfo.InvariantCulture, $", {waiting} messages wait");
        if (cell.CurrentMessage is { } message) text.Append(CultureInfo.InvariantCulture, $", handles {Text.Of(message)}");
        text.Append('\n');
        foreach (var child in cell.GetChildren())
        {
            if (child is LocalActorRef local) Add(text, local, depth + 1, ref left);
        }
    }
}
