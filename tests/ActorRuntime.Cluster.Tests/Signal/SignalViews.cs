using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Views for tests of the signal channel: members that observe each other.</summary>
internal static class SignalViews
{
    public static NodeKey Key(string name, ulong incarnation = 0) => new(name, incarnation == 0 ? (ulong)name[0] * 1000 + (ulong)name.Length : incarnation);

    /// <summary>All up; everybody observes everybody, with the witness among two.</summary>
    public static ClusterView Of(long version, params (NodeKey Key, int SignalPort)[] nodes)
    {
        var view = ClusterView.Empty with { Version = version };
        foreach (var (key, port) in nodes)
        {
            var others = nodes.Select(n => n.Key).Where(n => n != key).Order().ToImmutableArray();
            view = view.With(new Member(
                new NodeFacts(key, "test", "127.0.0.1", 1, port, "", "", [], ""), MemberStatus.Up, version, version,
                [new ObserverSet(version, others, others.Length == 1)], null));
        }
        return view;
    }

    public static ClusterView With(this ClusterView view, Member member) => view with { Members = view.Members.SetItem(member.Name, member) };

    public static ClusterView WithSets(this ClusterView view, NodeKey node, long version, params ObserverSet[] sets) =>
        view.With(view.Find(node)! with { ObserverSets = [.. sets] }) with { Version = version };

    /// <summary>One node declared lost by the next entry.</summary>
    public static ClusterView Lose(this ClusterView view, NodeKey node, LossKind kind = LossKind.Quorum, long? witnessSequence = null)
    {
        var version = view.Version + 1;
        var member = view.Find(node)!;
        var evidence = new LossEvidence(kind, [], witnessSequence, null, null, "");
        return view.With(member with { Status = MemberStatus.Down, DownBy = evidence }) with
        {
            Version = version,
            Lost = view.Lost.SetItem(node, new LostNode(version, evidence, member.ObserverSets)),
        };
    }
}
