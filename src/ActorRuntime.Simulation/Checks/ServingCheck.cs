using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Simulation.Checks;

/// <summary>I4: never two unmuted leaders of one shard. Units report when they handle a command, and under which term.</summary>
/// <remarks>In true time the terms under which the units of a shard act never fall, and one term belongs to one life of one node. Exempt is what a stopped process
/// had in its mailboxes: it handles that right after it runs again, and the journal refuses the effects (DESIGN section 13).</remarks>
internal sealed class ServingCheck(SimulatedCluster cluster)
{
    private static readonly long Pause = TimeSpan.FromSeconds(2).Ticks;

    private readonly Dictionary<string, (long Term, string Holder)> _newest = []; // Looked up only.

    /// <summary>Commands seen.</summary>
    public long Handled { get; private set; }

    /// <summary>A unit begins to handle a command.</summary>
    public void OnHandled(SimulatedNode node, WriterFence writer)
    {
        Handled++;
        var holder = $"{node.Name} (life {node.Lives})";
        var newest = _newest.GetValueOrDefault(writer.Scope);
        if (writer.Term > newest.Term) _newest[writer.Scope] = (writer.Term, holder);
        else if (writer.Term < newest.Term && !WasStopped(node))
            cluster.Fail("I4 one leader", $"shard {writer.Scope}: {holder} handles a command under term {writer.Term} after {newest.Holder} did under term {newest.Term}");
        else if (writer.Term == newest.Term && holder != newest.Holder)
            cluster.Fail("I4 one leader", $"shard {writer.Scope}: both {holder} and {newest.Holder} act under term {writer.Term}");
    }

    private bool WasStopped(SimulatedNode node) => node.Process is { } process && process.ThawedAt > cluster.World.Agenda.Now - Pause;
}
