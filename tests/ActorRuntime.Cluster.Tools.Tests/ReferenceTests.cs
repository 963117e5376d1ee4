using ActorRuntime.Cluster.Tools.PublishSubscribe;
using ActorRuntime.Cluster.Tools.Singleton;
using ActorRuntime.Configuration;
using ActorRuntime.Routing;

namespace ActorRuntime.Cluster.Tools.Tests;

/// <summary>hocon/cluster-tools.conf and the settings know the same keys with the same defaults.</summary>
public sealed class ReferenceTests
{
    private static readonly Config Reference = ConfigurationFactory.Default();

    [Fact, Trait("Requirement", "AR-6")]
    public void Defaults_of_the_reference_are_those_of_the_code()
    {
        Assert.Equal(new SingletonOptions(), SingletonOptions.FromConfig(Reference));
        Assert.Equal(new DistributedPubSubSettings(), DistributedPubSubSettings.Create(Reference.GetConfig("actor-runtime.cluster.pub-sub")));
    }

    [Fact, Trait("Requirement", "AR-6")]
    public void Every_tool_hands_out_its_own_section_at_its_full_path()
    {
        Assert.Equal(ConfigurationFactory.Default("actor-runtime.cluster.pub-sub").ToString(), DistributedPubSub.DefaultConfig().ToString());
        var manager = ConfigurationFactory.ParseString("actor-runtime.cluster.singleton.role = r").WithFallback(ClusterSingletonManager.DefaultConfig());
        Assert.Equal(("r", "singleton"), (SingletonOptions.FromConfig(manager).Role, manager.GetString("actor-runtime.cluster.singleton.singleton-name")));
        Assert.False(manager.HasPath("actor-runtime.cluster.singleton-proxy"));
        Assert.Equal(1000, ClusterSingletonProxy.DefaultConfig().GetInt("actor-runtime.cluster.singleton-proxy.buffer-size"));
        Assert.False(ClusterSingletonProxy.DefaultConfig().HasPath("actor-runtime.cluster.singleton"));
    }

    [Theory, Trait("Requirement", "AR-6")]
    [InlineData("singleton", "singleton-name = other, role = r, hand-over-retry-interval = 1s, hand-off-timeout = 1s")]
    [InlineData("singleton-proxy", "buffer-size = 1, singleton-identification-interval = 2s")]
    public void Every_key_of_singletons_has_an_effect(string section, string other) =>
        EachChanges(section, other, config => SingletonOptions.FromConfig(config));

    [Fact, Trait("Requirement", "AR-6")]
    public void Every_key_of_publish_subscribe_has_an_effect() => EachChanges(
        "pub-sub",
        "role = r, routing-logic = round-robin, gossip-interval = 2s, removed-time-to-live = 1m, max-delta-elements = 1, "
            + "registrations-max = 1, send-to-dead-letters-when-no-subscribers = off",
        config => DistributedPubSubSettings.Create(config.GetConfig("actor-runtime.cluster.pub-sub")));

    [Fact, Trait("Requirement", "AR-3")]
    public void Routing_may_be_given_as_the_logic_of_a_router()
    {
        var settings = new DistributedPubSubSettings().WithRoutingLogic(new RoundRobinRoutingLogic());
        Assert.Equal(PubSubRouting.RoundRobin, settings.Routing);
        Assert.IsType<RoundRobinRoutingLogic>(settings.RoutingLogic);
        Assert.Equal(PubSubRouting.Random, settings.WithRoutingLogic(new RandomLogic()).Routing);
        Assert.IsType<RandomLogic>(new DistributedPubSubSettings().RoutingLogic);
        Assert.Throws<ArgumentException>(() => settings.WithRoutingLogic(new BroadcastRoutingLogic()));
    }

    private static void EachChanges<T>(string section, string other, Func<Config, T> read)
    {
        var path = $"actor-runtime.cluster.{section}";
        var changes = other.Split(", ");
        Assert.Equal(
            Reference.GetConfig(path).AsEnumerable().Select(pair => pair.Key).Order(StringComparer.Ordinal),
            changes.Select(change => change.Split(" = ")[0]).Order(StringComparer.Ordinal));
        foreach (var change in changes)
            Assert.NotEqual(read(Reference), read(ConfigurationFactory.ParseString($"{path}.{change}").WithFallback(Reference)));
    }
}
