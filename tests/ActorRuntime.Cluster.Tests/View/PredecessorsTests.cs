using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.Signal;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.View;

public sealed class PredecessorsTests
{
    private static readonly NodeKey A = new("a", 1), B = new("b", 2), C = new("c", 3);
    private static readonly ShardState LedByB = new(5, B, [A], "b");

    private readonly ClusterView _view = SignalViews.Of(7, (A, 1), (B, 2), (C, 3));

    [Fact]
    public void A_lost_predecessor_is_carried_on_until_it_is_known_to_be_silent()
    {
        var view = _view.Lose(A);

        Assert.Equal<NodeKey[]>([A, B], [.. Predecessors.OfShard(view, LedByB, C, Evidence.None.HandedOverBy)]);
        Assert.Equal<NodeKey[]>([B], [.. Predecessors.OfShard(view, LedByB, C, Silent(A).HandedOverBy)]);
    }

    [Fact]
    public void A_lost_leader_that_is_known_to_be_silent_is_no_predecessor()
    {
        var view = _view.Lose(B);

        Assert.Equal<NodeKey[]>([A, B], [.. Predecessors.OfShard(view, LedByB, C, Evidence.None.HandedOverBy)]);
        Assert.Equal<NodeKey[]>([A], [.. Predecessors.OfShard(view, LedByB, C, Silent(B).HandedOverBy)]);
    }

    [Fact]
    public void A_living_leader_is_a_predecessor_whatever_it_has_handed_over()
    {
        var evidence = Evidence.None with { Reports = TestLog.Reports([new(A, 6, 6), new(B, 6, 6)]) };

        Assert.Equal<NodeKey[]>([B], [.. Predecessors.OfShard(_view, LedByB, C, evidence.HandedOverBy)]);
        Assert.Equal<NodeKey[]>([A, B], [.. Predecessors.OfShard(_view, LedByB, C, (Evidence.None with { Reports = TestLog.Reports([new(A, 6, 4)]) }).HandedOverBy)]);
    }

    private static Evidence Silent(NodeKey node) => Evidence.None with { Silenced = ImmutableArray.Create(node) };
}
