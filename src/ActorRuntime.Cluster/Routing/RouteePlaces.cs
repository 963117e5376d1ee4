using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Routing;

/// <summary>On which nodes a cluster router has routees: from the view alone, so that all nodes with one view agree.</summary>
internal static class RouteePlaces
{
    /// <summary>Node and number on that node of each routee, in rounds over the members that are up, oldest first: as even as it gets.</summary>
    /// <param name="except">A node that is left out; null for none.</param>
    public static ImmutableArray<(Member Member, int Index)> Of(ClusterView view, ClusterRouterSettings settings, NodeKey? except)
    {
        var members = view.InJoinOrder
            .Where(member => member.Status == MemberStatus.Up && member.Key != except && (settings.UseRole is not { } role || member.HasRole(role)))
            .ToArray();
        var places = ImmutableArray.CreateBuilder<(Member, int)>();
        for (var index = 0; index < settings.MaxInstancesPerNode; index++)
        {
            foreach (var member in members)
            {
                if (places.Count == settings.TotalInstances) return places.ToImmutable();
                places.Add((member, index));
            }
            if (members.Length == 0) break;
        }
        return places.ToImmutable();
    }
}
