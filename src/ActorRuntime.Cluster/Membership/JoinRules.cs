using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Membership;

/// <summary>How a node enters under a name that may be taken. Pure.</summary>
/// <remarks>
/// The lock file proves that an older incarnation has ended: it held the lock, its key stands inside. Until the newcomer is committed the file keeps
/// the older key; so a crash in between loses no proof.
/// </remarks>
internal static class JoinRules
{
    /// <summary>Contents of the lock file, each of which proves that <paramref name="old"/> has ended once its lock is free: its own key, or that of
    /// the incarnation it replaced (it ended before it could write its own).</summary>
    public static IEnumerable<NodeKey> ProvingContents(ClusterView view, Member old)
    {
        yield return old.Key;
        foreach (var (key, lost) in view.Lost)
            if (key.Name == old.Name && lost.Version == old.JoinedAt) yield return key;
    }

    /// <summary>The entry that makes the node a member; null when it is one.</summary>
    /// <param name="proven">The older incarnation that is proven gone.</param>
    public static Decision? Join(ClusterView view, NodeFacts facts, NodeKey? proven)
    {
        view.Members.TryGetValue(facts.Key.Name, out var old);
        if (old?.Key == facts.Key) return null;
        var evidence = old is not null && old.Key == proven
            ? new LossEvidence(LossKind.LockFile, [], null, null, null, $"its lock file {facts.LockFile} was free")
            : null;
        var why = old is null ? $"{facts.Key} joins" : $"{facts.Key} joins in place of {old.Key}";
        return new Decision(view.Version, 0, [new ControlChange.NodeJoined(facts, old?.Key, evidence)], why);
    }

    /// <summary>Null when the name is free or its holder is known to be gone; else who holds it and what to do.</summary>
    public static string? HeldBy(ClusterView view, string name, NodeKey? proven)
    {
        if (!view.Members.TryGetValue(name, out var old) || old.Status == MemberStatus.Down || old.Key == proven) return null;
        return $"The name '{name}' is held by {old.Key} at {old.Facts.Host}:{old.Facts.Port}, which is {old.Status.ToString().ToLowerInvariant()} and not "
            + $"known to have ended. Stop that process, or wait until its peers declare it lost, or run 'arctl <node> cluster down {name}' if you know "
            + "that it is gone; or give this node another actor-runtime.cluster.name.";
    }

    /// <summary>Who holds a lock file, as far as the log knows, and what to do.</summary>
    public static string Holder(Member? old) => old is null
        ? "Stop it, or give this node another actor-runtime.cluster.name or data-dir."
        : $"It is {old.Key} at {old.Facts.Host}:{old.Facts.Port}. Stop it, or give this node another actor-runtime.cluster.name or data-dir.";

    /// <summary>The last words of a node that stops.</summary>
    public static Decision? Stopped(ClusterView view, NodeKey self, bool isInOrder)
    {
        if (view.Find(self) is not { Status: not MemberStatus.Down } member) return null;
        ControlChange change = isInOrder && member.Status == MemberStatus.Leaving
            ? new ControlChange.NodeRemoved(self)
            : new ControlChange.NodeDown(self, new LossEvidence(LossKind.Itself, [], null, null, null, "stopped before its units had moved"));
        return new Decision(view.Version, 0, [change], $"{self.Name} stops");
    }

    /// <summary>A node asks to leave.</summary>
    public static Decision? Leave(ClusterView view, NodeKey node) =>
        view.Find(node) is { Status: MemberStatus.Up or MemberStatus.Joining }
            ? new Decision(view.Version, 0, [new ControlChange.NodeLeaving(node)], $"{node.Name} leaves")
            : null;

    /// <summary>An operator says that a node is gone.</summary>
    public static Decision? Down(ClusterView view, NodeKey node) =>
        view.IsAlive(node) ? new Decision(view.Version, 0, [Lost(node)], $"an operator declares {node} lost") : null;

    /// <summary>An operator knows that the process of a node has ended: it is declared lost if it is not, and nothing more is waited for.</summary>
    public static Decision? Ended(ClusterView view, NodeKey node)
    {
        var ended = new ControlChange.NodeEnded(node, "an operator vouches that its process has ended");
        return view.IsAlive(node) ? new Decision(view.Version, 0, [Lost(node), ended], $"an operator declares {node} lost: its process has ended")
            : view.Lost.TryGetValue(node, out var lost) && !lost.Evidence.IsAuthoritative
                ? new Decision(view.Version, 0, [ended], $"an operator vouches that the process of {node} has ended")
            : null;
    }

    private static ControlChange.NodeDown Lost(NodeKey node) => new(node, new LossEvidence(LossKind.Operator, [], null, null, null, "an operator's command"));

    /// <summary>True when a leaving node has nothing to hand over any more, or nobody to hand it to.</summary>
    public static bool HasHandedOver(ClusterView view, NodeKey self) =>
        view.Find(self) is not { } member
        || (member.Status == MemberStatus.Leaving
            && (ShardFold.LedBy(view, self) is null || !view.Members.Values.Any(m => m.Status == MemberStatus.Up && m.Key != self)));
}
