using ActorRuntime.Cluster.ControlLog;

namespace ActorRuntime.Cluster.View;

/// <summary>Who is a member, in which state, and who decides.</summary>
internal static class MembershipFold
{
    public static Folded Join(ClusterView view, ControlChange.NodeJoined joined, LogEntry entry)
    {
        var key = joined.Node.Key;
        if (FactsRefusal(joined.Node) is { } wrong) return wrong;
        if (view.Lost.ContainsKey(key)) return $"{key} was declared lost: a new incarnation is needed";

        view.Members.TryGetValue(key.Name, out var old);
        if (old?.Key == key) return $"{key} is a member already";
        if (old?.Key != joined.Replaces) return $"expected {Text(joined.Replaces)} under the name {key.Name}, there is {Text(old?.Key)}";
        if (old is null && view.Members.Count >= ViewLimits.MembersMax) return $"the cluster has {ViewLimits.MembersMax} members";
        if (old is not null)
        {
            if (ReplacementRefusal(old, joined, entry) is { } refusal) return refusal;
            // The strongest evidence known stays with the lost incarnation: an authoritative one opens the gate of its successors.
            var evidence = joined.ReplacedBecause ?? old.DownBy!;
            view = AddLost(view, old, old.DownBy is { IsAuthoritative: true } known ? known : evidence);
        }
        return WithMember(view, new Member(joined.Node, MemberStatus.Joining, view.Version, view.Version, [], null));
    }

    public static Folded Up(ClusterView view, ControlChange.NodeUp up) =>
        view.Find(up.Node) is not { } member ? NotThere(up.Node)
        : member.Status != MemberStatus.Joining ? $"{up.Node} is {member.Status}, not Joining"
        : WithMember(view, member with { Status = MemberStatus.Up, Since = view.Version });

    public static Folded Leave(ClusterView view, ControlChange.NodeLeaving leaving) =>
        view.Find(leaving.Node) is not { } member ? NotThere(leaving.Node)
        : member.Status is not (MemberStatus.Joining or MemberStatus.Up) ? $"{leaving.Node} is {member.Status} already"
        : WithMember(view, member with { Status = MemberStatus.Leaving, Since = view.Version });

    public static Folded Down(ClusterView view, ControlChange.NodeDown down, LogEntry entry)
    {
        if (view.Find(down.Node) is not { } member) return NotThere(down.Node);
        if (member.Status == MemberStatus.Down) return $"{down.Node} is down already";
        if (LossRules.Refusal(view, member, down.Evidence, entry.Proposer) is { } refusal) return refusal;
        // Its own last word: LossRules let nobody else say it.
        var evidence = down.Evidence.Kind == LossKind.Itself ? down.Evidence with { Supporters = [down.Node] } : down.Evidence;
        view = AddLost(view, member, evidence);
        view = WithMember(view, member with { Status = MemberStatus.Down, Since = view.Version, DownBy = evidence });
        return ReplicaFold.WithoutNode(view, member.Name);
    }

    /// <summary>The evidence of a loss becomes an operator's word that the process has ended.</summary>
    public static Folded End(ClusterView view, ControlChange.NodeEnded ended)
    {
        if (!view.Lost.TryGetValue(ended.Node, out var lost)) return view.Find(ended.Node) is null ? NotThere(ended.Node) : $"{ended.Node} is not lost";
        if (lost.Evidence.IsAuthoritative) return $"{ended.Node} is known to have ended ({lost.Evidence.Kind})";
        var evidence = lost.Evidence with { Kind = LossKind.Ended, Supporters = [], WitnessSequence = null, Detail = ended.Why };
        view = view with { Lost = view.Lost.SetItem(ended.Node, lost with { Evidence = evidence }) };
        return view.Find(ended.Node) is { } member ? WithMember(view, member with { DownBy = evidence }) : view;
    }

    public static Folded Remove(ClusterView view, ControlChange.NodeRemoved removed, LogEntry entry)
    {
        if (view.Find(removed.Node) is not { } member) return NotThere(removed.Node);
        var itself = entry.Proposer == removed.Node;
        switch (member.Status)
        {
            case MemberStatus.Up:
                return $"{removed.Node} is up: it leaves or is declared lost first";
            case MemberStatus.Leaving when !itself && ShardFold.LedBy(view, removed.Node) is { } led:
                return $"{removed.Node} still leads {led}";
            case MemberStatus.Down:
                break;
            default:
                view = AddLost(view, member, InOrder(removed.Node, itself));
                break;
        }
        return ReplicaFold.WithoutNode(MemberTrail.With(view, member.Name, null), member.Name);
    }

    public static Folded Elect(ClusterView view, ControlChange.OrchestratorElected elected, LogEntry entry)
    {
        var seat = view.Orchestrator;
        if ((seat?.Term ?? 0) != elected.PreviousTerm) return $"replaces term {elected.PreviousTerm}; the term is {seat?.Term ?? 0}";
        if (elected.Node != entry.Proposer) return $"{entry.Proposer} proposes {elected.Node}: nodes propose themselves";
        if (!view.IsAlive(elected.Node)) return $"{elected.Node} is no live member";
        if (seat is not null && !elected.PreviousSteppedDown && view.Find(seat.Node) is { Status: MemberStatus.Up })
            return $"orchestrator {seat.Node} is up and has not stepped down";
        return view with { Orchestrator = new OrchestratorSeat(view.Version, elected.Node) };
    }

    public static ClusterView WithMember(ClusterView view, Member member) =>
        MemberTrail.With(view, member.Name, member);

    public static string NotThere(NodeKey node) => $"{node} is no member";

    private static string? ReplacementRefusal(Member old, ControlChange.NodeJoined joined, LogEntry entry)
    {
        if (joined.ReplacedBecause is not { } because)
            return old.Status == MemberStatus.Down ? null : $"the name is held by {old.Key}, which is {old.Status}, and nothing proves it gone";
        return because.Kind switch
        {
            // Obtained by the newcomer at the path that the old incarnation announced, with its key still inside.
            LossKind.LockFile when old.Facts.LockFile.Length == 0 || old.Facts.LockFile != joined.Node.LockFile =>
                $"{old.Key} holds another lock file than {joined.Node.Key}",
            LossKind.Itself when entry.Proposer.Name != old.Name => $"{entry.Proposer} speaks for {old.Key}",
            LossKind.LockFile or LossKind.Itself or LossKind.Supervisor => null,
            _ => $"{because.Kind} does not prove that {old.Key} has ended",
        };
    }

    private static ClusterView AddLost(ClusterView view, Member member, LossEvidence evidence)
    {
        var version = view.Lost.TryGetValue(member.Key, out var known) ? known.Version : view.Version;
        var lost = view.Lost.SetItem(member.Key, new LostNode(version, evidence, member.ObserverSets));
        if (lost.Count > ClusterView.LostMax) lost = lost.Remove(lost.MinBy(pair => pair.Value.Version).Key);
        return view with { Lost = lost };
    }

    private static LossEvidence InOrder(NodeKey node, bool itself) =>
        new(LossKind.Itself, itself ? [node] : [], null, null, null, itself ? "stopped in order" : $"{node.Name} left and leads nothing any more");

    private static string? FactsRefusal(NodeFacts facts)
    {
        if (!ViewLimits.IsNodeName(facts.Key.Name)) return $"'{facts.Key.Name}' is no name for a node";
        if (facts.Key.Incarnation == 0) return "incarnation 0 is reserved";
        if (!ViewLimits.IsName(facts.SystemName) || !ViewLimits.IsName(facts.Host)) return "system name or host is empty or too long";
        if (facts.Port is < 1 or > 65_535 || facts.SignalPort is < 1 or > 65_535) return "a port is out of range";
        return facts.Roles.Length <= ViewLimits.ObserversMax && facts.Roles.All(ViewLimits.IsName) ? null : "roles are empty or too many";
    }

    private static string Text(NodeKey? key) => key?.ToString() ?? "nobody";
}
