using ActorRuntime.Cluster.Routing;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Routing;

[Trait("Requirement", "AR-3")]
public sealed class RouteePlacesTests
{
    private static readonly ClusterView View = TestLog.WithNodes("b", "a", "c").View;

    [Theory]
    [InlineData(100, 2, "b0 a0 c0 b1 a1 c1")]
    [InlineData(4, 2, "b0 a0 c0 b1")]
    [InlineData(2, 5, "b0 a0")]
    [InlineData(100, 1, "b0 a0 c0")]
    public void Routees_are_taken_in_rounds_over_the_nodes_oldest_first(int total, int perNode, string expected) =>
        Assert.Equal(expected, Places(View, new ClusterRouterPoolSettings(total, perNode, allowLocalRoutees: true), null));

    [Fact]
    public void A_node_left_out_gives_its_places_to_the_others() =>
        Assert.Equal("a0 c0 a1", Places(View, new ClusterRouterPoolSettings(3, 2, allowLocalRoutees: false), TestLog.Key("b")));

    [Fact]
    public void Only_members_with_the_role_that_are_up_have_routees()
    {
        var settings = new ClusterRouterPoolSettings(10, 1, allowLocalRoutees: true, useRole: "worker");
        Assert.Equal("", Places(View, settings, null));
        var members = View.Members;
        foreach (var (name, status) in new[] { ("a", MemberStatus.Up), ("c", MemberStatus.Leaving) })
            members = members.SetItem(name, members[name] with { Status = status, Facts = members[name].Facts with { Roles = ["worker"] } });
        Assert.Equal("a0", Places(View with { Members = members }, settings, null));
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClusterRouterPoolSettings(0, 1, true));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClusterRouterPoolSettings(1, 0, true));
        Assert.Throws<ArgumentException>(() => new ClusterRouterGroupSettings(1, [], true));
    }

    private static string Places(ClusterView view, ClusterRouterSettings settings, NodeKey? except) =>
        string.Join(' ', RouteePlaces.Of(view, settings, except).Select(place => $"{place.Member.Name}{place.Index}"));
}
