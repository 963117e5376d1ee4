using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster;

/// <summary>What subscribers of <see cref="Cluster"/> are told.</summary>
public static class ClusterEvent
{
    /// <summary>How a new subscriber learns what there is already.</summary>
    public enum SubscriptionInitialStateMode
    {
        /// <summary>As one <see cref="CurrentClusterState"/>.</summary>
        InitialStateAsSnapshot,

        /// <summary>As the events that would have led to it.</summary>
        InitialStateAsEvents,
    }

    /// <inheritdoc cref="SubscriptionInitialStateMode.InitialStateAsSnapshot"/>
    public const SubscriptionInitialStateMode InitialStateAsSnapshot = SubscriptionInitialStateMode.InitialStateAsSnapshot;

    /// <inheritdoc cref="SubscriptionInitialStateMode.InitialStateAsEvents"/>
    public const SubscriptionInitialStateMode InitialStateAsEvents = SubscriptionInitialStateMode.InitialStateAsEvents;

    /// <summary>Anything that happens to a member.</summary>
    public interface IMemberEvent
    {
        /// <summary>The member as it is now; as it was last for one that is removed.</summary>
        Member Member { get; }
    }

    /// <summary>A member changed its status.</summary>
    public abstract record MemberStatusChange(Member Member) : IMemberEvent;

    /// <summary>A node wrote itself into the control log.</summary>
    public sealed record MemberJoined(Member Member) : MemberStatusChange(Member);

    /// <summary>A node takes shards and observes from now on.</summary>
    public sealed record MemberUp(Member Member) : MemberStatusChange(Member);

    /// <summary>A node asked to leave.</summary>
    public sealed record MemberLeft(Member Member) : MemberStatusChange(Member);

    /// <summary>A node was declared lost; its <c>DownBy</c> says why.</summary>
    public sealed record MemberDowned(Member Member) : MemberStatusChange(Member);

    /// <summary>A node is off the list, or another incarnation took its name.</summary>
    /// <param name="PreviousStatus">Down: it was lost.</param>
    public sealed record MemberRemoved(Member Member, MemberStatus PreviousStatus) : MemberStatusChange(Member);

    /// <summary>Another node decides.</summary>
    public sealed record OrchestratorChanged(NodeKey? Node, long Term);

    /// <summary>The members at one version.</summary>
    /// <param name="Members">By name.</param>
    /// <param name="Leader">Address of the orchestrator's node; null before the first election.</param>
    public sealed record CurrentClusterState(long Version, ImmutableArray<Member> Members, Actor.Address? Leader)
    {
        /// <summary>True while nodes of several versions of the runtime are members.</summary>
        public bool HasMoreThanOneAppVersion => Members.Select(m => m.Facts.Version).Distinct().Count() > 1;
    }

    /// <summary>The members of <paramref name="view"/>.</summary>
    internal static CurrentClusterState StateOf(ClusterView view) => new(
        view.Version, [.. view.Members.Values], view.Orchestrator is { } seat ? view.Find(seat.Node)?.Address : null);

    /// <summary>What happened between two views, members in order of their names.</summary>
    internal static IEnumerable<object> Between(ClusterView old, ClusterView next)
    {
        var changed = MemberTrail.Between(old, next);
        foreach (var (before, now) in changed)
        {
            if (before is null || now?.Key == before.Key) continue;
            // Several entries may have been read at once: a subscriber hears of every step all the same.
            var wasLost = next.Lost.GetValueOrDefault(before.Key) is { Evidence.Kind: not LossKind.Itself };
            var last = before with { Status = wasLost ? MemberStatus.Down : MemberStatus.Leaving };
            foreach (var happened in Between(before, last)) yield return happened;
            yield return new MemberRemoved(before, last.Status);
        }
        foreach (var (before, now) in changed)
        {
            if (now is null) continue;
            foreach (var happened in Between(before?.Key == now.Key ? before : null, now)) yield return happened;
        }
        if (old.Orchestrator?.Term != next.Orchestrator?.Term)
            yield return new OrchestratorChanged(next.Orchestrator?.Node, next.Orchestrator?.Term ?? 0);
    }

    private static IEnumerable<MemberStatusChange> Between(Member? before, Member now)
    {
        if (before is null) yield return new MemberJoined(now);
        if ((before?.Status ?? MemberStatus.Joining) == now.Status) yield break;
        if (now.Status == MemberStatus.Up) yield return new MemberUp(now);
        if (now.Status == MemberStatus.Leaving) yield return new MemberLeft(now);
        if (now.Status == MemberStatus.Down) yield return new MemberDowned(now);
    }
}
