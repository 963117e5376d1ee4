using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Tests.Regions;

/// <summary>Views made by hand.</summary>
internal static class Views
{
    public const string Type = "t";

    public static NodeKey Node(int number) => new($"n{number}", (ulong)number + 1);

    public static ClusterView WithNodes(int count, params int[] down)
    {
        var view = ClusterView.Empty with { Version = 1 };
        for (var i = 0; i < count; i++)
        {
            var facts = new NodeFacts(Node(i), "s", "127.0.0.1", 1 + i, 100 + i, "", "", [], "0");
            var status = down.Contains(i) ? MemberStatus.Down : MemberStatus.Up;
            view = view with { Members = view.Members.SetItem(facts.Key.Name, new Member(facts, status, i + 1, i + 1, [], null)) };
        }
        return view;
    }

    /// <summary>The next version, in which the leader of a shard is asked to hand it over, or no more.</summary>
    public static ClusterView Asked(this ClusterView view, string shard, int? to)
    {
        var (version, type) = (view.Version + 1, view.Types[Type]);
        var state = type.Shards[shard] with { Transfer = to is { } n ? new ShardTransfer(Node(n), version) : null };
        return view with { Version = version, Types = view.Types.SetItem(Type, type with { Shards = type.Shards.SetItem(shard, state) }) };
    }

    /// <summary>The next version, with shards placed in it.</summary>
    public static ClusterView Placed(this ClusterView view, params (string Shard, int? Leader)[] placements)
    {
        var version = view.Version + 1;
        var type = view.Types.GetValueOrDefault(Type) ?? new UnitType(
            Type, 0, ImmutableSortedDictionary.Create<string, View.ShardState>(StringComparer.Ordinal), []);
        foreach (var (shard, leader) in placements)
            type = type with { Shards = type.Shards.SetItem(shard, new View.ShardState(version, leader is { } n ? Node(n) : null, [], null)) };
        return view with { Version = version, Types = view.Types.SetItem(Type, type) };
    }
}
