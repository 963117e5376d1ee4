using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.View;

public sealed class MemberTests
{
    [Fact]
    public void The_version_is_the_one_the_node_recorded_when_it_joined()
    {
        Assert.Equal(AppVersion.Create("1.10.0"), WithVersion("1.10.0").AppVersion);
        Assert.True(WithVersion("1.9.0").AppVersion < WithVersion("1.10.0").AppVersion);
        Assert.Equal(AppVersion.Zero, WithVersion("").AppVersion);
    }

    [Fact]
    public void A_checkpoint_holds_the_recorded_version_only_and_reads_back()
    {
        var text = CheckpointCodec.Encode(ClusterView.Empty.With(WithVersion("1.10.0")));
        Assert.Contains("\"version\":\"1.10.0\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("appVersion", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(AppVersion.Create("1.10.0"), CheckpointCodec.Decode(text).Members["a"].AppVersion);
    }

    private static Member WithVersion(string version) => new(
        new NodeFacts(new NodeKey("a", 1), "s", "127.0.0.1", 1, 2, "", "", [], version), MemberStatus.Up, 1, 1, [], null);
}
