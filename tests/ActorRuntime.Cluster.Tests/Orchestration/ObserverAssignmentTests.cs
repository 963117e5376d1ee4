using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Orchestration;

public sealed class ObserverAssignmentTests
{
    [Fact]
    [Trait("Requirement", "CL-5")]
    public void Everyone_observes_everyone_up_to_ten_nodes_and_nine_observe_one_above()
    {
        for (var count = 1; count <= 30; count++)
        {
            var nodes = Enumerable.Range(0, count).Select(i => TestLog.Key($"n{i:00}")).Reverse().ToArray();
            var duties = nodes.ToDictionary(node => node, _ => 0);
            foreach (var node in nodes)
            {
                var (observers, witness) = ObserverAssignment.For(nodes, node, 9);
                Assert.Equal(Math.Min(9, count - 1), observers.Length);
                Assert.Equal(count == 2, witness);
                Assert.DoesNotContain(node, observers);
                Assert.Equal(observers.Order().Distinct(), observers);
                foreach (var observer in observers) duties[observer]++;
            }
            Assert.All(duties.Values, duty => Assert.Equal(Math.Min(9, count - 1), duty));
        }
    }
}
