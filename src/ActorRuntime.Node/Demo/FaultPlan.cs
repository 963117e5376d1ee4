using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;

namespace ActorRuntime.Node.Demo;

/// <summary>Which node a fault hits, Pure: reads the view.</summary>
internal static class FaultPlan
{
    /// <summary>The node the fault hits: the one that decides for <see cref="Fault.Orchestrator"/>, else the one with the most active
    /// senders.</summary>
    /// <remarks>Of equals the one that does not decide, then the one that joined first: the plain case is kept apart from the
    /// orchestrator's where possible.</remarks>
    /// <returns>Null while no node qualifies.</returns>
    public static NodeKey? Victim(ClusterView view, Fault fault) => fault switch
    {
        Fault.None => null,
        Fault.Orchestrator => view.Orchestrator?.Node,
        _ => view.Members.Values
            .Where(member => member.Status == MemberStatus.Up)
            .OrderByDescending(member => ClusterTables.ActiveSenders(view, member.Key))
            .ThenBy(member => member.Key == view.Orchestrator?.Node)
            .ThenBy(member => member.JoinedAt)
            .FirstOrDefault()?.Key,
    };
}
