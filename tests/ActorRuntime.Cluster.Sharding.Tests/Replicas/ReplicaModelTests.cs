namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>
/// Goal: no schedule loses a committed block, commits two at one height, or lets a lower term commit once a higher one is open (I1, I2, I3),
/// and whatever happened, everything is in sync again once nothing more happens.
/// Method: <see cref="ReplicaModel"/> from seeds; after every step each member of the newest set is looked at.
/// </summary>
public sealed class ReplicaModelTests
{
    [Theory, Trait("Requirement", "AR-5")]
    [InlineData(3, 2, 1_000)]
    [InlineData(3, 1, 400)]
    [InlineData(5, 3, 300)]
    [InlineData(2, 1, 300)]
    public void No_schedule_loses_a_committed_block(int nodes, int minInSync, int seeds)
    {
        var (writes, promotions, truncations, begunAnew) = (0, 0, 0, 0);
        for (var seed = 1; seed <= seeds; seed++)
        {
            var model = new ReplicaModel((ulong)seed, nodes, minInSync);
            model.Run(steps: 1_500);
            Assert.True(model.Violation is null, $"seed {seed}: {model.Violation}\n{model.History}");
            begunAnew += model.BegunAnew;
            (writes, promotions, truncations) = (writes + model.Writes, promotions + model.Promotions, truncations + model.Truncations);
        }
        // It must have been worth looking at.
        Assert.True(writes > 2 * seeds && promotions > 2 * seeds && truncations > seeds / 10 && begunAnew > seeds / 20,
            $"{writes} writes, {promotions} promotions, {truncations} truncations, {begunAnew} logs begun anew");
    }
}
