using Xunit;

namespace ActorRuntime.Cluster.Tests.Membership;

/// <summary>A node that leaves goes when its parts have stopped what was taken from them, or when it has waited long enough.</summary>
[Trait("Requirement", "CL-11")]
public sealed class LeavingTests
{
    private const string GaveUp = "Not handed over within";

    [Fact]
    public async Task A_part_that_has_not_handed_over_is_waited_for_until_the_time_is_up()
    {
        await using var cluster = new TestCluster();
        await cluster.StartUpAsync("a");
        var leaving = cluster.Start("b", options => options with { LeaveTimeout = TimeSpan.FromMilliseconds(300) });
        await leaving.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        leaving.Cluster.HandedOver("part", 0);
        await leaving.Cluster.LeaveAsync().WaitAsync(TestNode.Patience);
        Assert.Contains(leaving.Lines, line => line.Contains(GaveUp, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_goes_as_soon_as_its_parts_have_handed_over()
    {
        await using var cluster = new TestCluster();
        var other = (await cluster.StartUpAsync("a"))[0];
        var leaving = cluster.Start("b", options => options with { LeaveTimeout = TimeSpan.FromMinutes(5) });
        await leaving.Cluster.WhenUp.WaitAsync(TestNode.Patience);
        leaving.Cluster.HandedOver("part", 0);
        var left = leaving.Cluster.LeaveAsync();
        await other.UntilAsync(view => view.Find(leaving.Key) is { Status: MemberStatus.Leaving }, "b leaves");
        Assert.False(left.IsCompleted);
        leaving.Cluster.HandedOver("part", long.MaxValue);
        await left.WaitAsync(TestNode.Patience);
        Assert.DoesNotContain(leaving.Lines, line => line.Contains(GaveUp, StringComparison.Ordinal));
    }
}
