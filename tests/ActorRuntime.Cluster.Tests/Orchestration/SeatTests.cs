using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.Signal;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Orchestration;

[Trait("Requirement", "CL-11")]
public sealed class SeatTests
{
    private static readonly NodeKey A = SignalViews.Key("a"), B = SignalViews.Key("b"), C = SignalViews.Key("c");

    [Fact]
    public void An_orchestrator_that_leaves_hands_its_seat_to_a_node_that_stays()
    {
        Assert.False(Seat.IsVacant(Seated(A), Evidence.None));
        Assert.True(Seat.IsVacant(Leaving(Seated(A), A), Evidence.None));
        Assert.False(Seat.IsVacant(Leaving(Seated(A), B), Evidence.None));
    }

    [Fact]
    public void When_all_leave_the_seat_stays_where_it_is_instead_of_going_round()
    {
        var view = Leaving(Leaving(Leaving(Seated(A), A), B), C);
        Assert.False(Seat.IsVacant(view, Evidence.None));
        Assert.True(Seat.IsVacant(view with { Members = view.Members.Remove(A.Name) }, Evidence.None));
        Assert.True(Seat.IsVacant(view, Evidence.None with { SteppedDown = [A] }));
    }

    private static ClusterView Seated(NodeKey orchestrator) =>
        SignalViews.Of(1, (A, 1), (B, 2), (C, 3)) with { Orchestrator = new OrchestratorSeat(1, orchestrator) };

    private static ClusterView Leaving(ClusterView view, NodeKey node) => view.With(view.Find(node)! with { Status = MemberStatus.Leaving });
}
