using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>The witness rows an entry fences: every end of an incarnation fences its row, so that its successor can renew; where the witness took
/// part in the declaration, the row must still stand at that sequence (SAFETY 1B-11).</summary>
internal static class WitnessFences
{
    public static ImmutableArray<WitnessFence> Of(ImmutableArray<ControlChange> changes)
    {
        var fences = ImmutableArray.CreateBuilder<WitnessFence>();
        foreach (var change in changes)
        {
            (NodeKey Node, long? Sequence)? ended = change switch
            {
                ControlChange.NodeDown down => (down.Node, down.Evidence.WitnessSequence),
                ControlChange.NodeRemoved removed => (removed.Node, null),
                ControlChange.NodeJoined { Replaces: { } replaced } => (replaced, null),
                _ => null,
            };
            if (ended is var (node, sequence)) fences.Add(new WitnessFence(node.Name, node.Incarnation, sequence));
        }
        return fences.ToImmutable();
    }
}
