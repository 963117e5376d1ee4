using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.View;

public sealed class ObserverSetTests
{
    [Fact]
    [Trait("Requirement", "CL-9")]
    public void Lease_quorum_and_loss_quorum_share_a_voter_in_every_set()
    {
        for (var observers = 0; observers <= ViewLimits.ObserversMax; observers++)
        foreach (var witness in new[] { false, true })
        {
            var set = new ObserverSet(1, [.. Enumerable.Range(0, observers).Select(i => TestLog.Key($"n{i}"))], witness);
            Assert.True(set.LeaseQuorum + set.LossQuorum > set.Voters);
            // Without the node itself there are enough voters for a loss, except for a lone node.
            Assert.Equal(set.Voters > 1, set.LossQuorum <= set.Voters - 1);
        }
    }

    [Theory]
    [InlineData(2, false, 2, 2)] // three nodes
    [InlineData(1, true, 2, 2)] // two nodes and the witness
    [InlineData(9, false, 6, 5)] // ten nodes
    [InlineData(0, false, 1, 1)] // alone: nobody can vote
    public void Quorums_are_those_of_the_rule(int observers, bool witness, int lease, int loss)
    {
        var set = new ObserverSet(1, [.. Enumerable.Range(0, observers).Select(i => TestLog.Key($"n{i}"))], witness);
        Assert.Equal((lease, loss), (set.LeaseQuorum, set.LossQuorum));
    }
}
