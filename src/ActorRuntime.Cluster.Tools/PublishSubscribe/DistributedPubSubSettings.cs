using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Routing;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>Which of several registered actors a message for one goes to.</summary>
public enum PubSubRouting
{
    /// <summary>Any, with equal chances.</summary>
    Random,

    /// <summary>One after the other.</summary>
    RoundRobin,
}

/// <summary>Settings of the mediator, read from <c>actor-runtime.cluster.pub-sub</c>. Immutable.</summary>
public sealed record DistributedPubSubSettings
{
    internal const string Path = "actor-runtime.cluster.pub-sub";

    /// <summary>Only nodes with this role take part; null, in the file empty: all nodes.</summary>
    public string? Role { get; init; }

    /// <summary>Which of several a message for one goes to. Default random (as Akka.NET).</summary>
    public PubSubRouting Routing { get; init; } = PubSubRouting.Random;

    /// <summary><see cref="Routing"/> as the logic of a router.</summary>
    public RoutingLogic RoutingLogic => Routing == PubSubRouting.RoundRobin ? new RoundRobinRoutingLogic() : new RandomLogic();

    /// <summary>How often a node sends again what a peer has not acknowledged. 10 ms to 1 min, default 1 s (as Akka.NET).</summary>
    public TimeSpan GossipInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a removed registration is remembered for a peer that does not answer. 1 s to 1 day, default 2 min (as Akka.NET).</summary>
    public TimeSpan RemovedTimeToLive { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Registrations in one message between nodes. 1 to 100,000, default 3,000 (as Akka.NET).</summary>
    public int MaxDeltaElements { get; init; } = 3_000;

    /// <summary>Paths and topics (with groups) that one node registers. 1 to 10,000,000, default 1,000,000.</summary>
    public int RegistrationsMax { get; init; } = 1_000_000;

    /// <summary>Whether a message that nobody listens to becomes a dead letter. Default true (as Akka.NET).</summary>
    public bool SendToDeadLettersWhenNoSubscribers { get; init; } = true;

    /// <summary>The settings in the configuration of a system.</summary>
    public static DistributedPubSubSettings Create(ActorSystem system) => Create(system.Settings.Config.GetConfig(Path));

    /// <summary>Reads the settings.</summary>
    /// <param name="config">The section itself.</param>
    /// <exception cref="ConfigurationException">A value has the wrong type.</exception>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public static DistributedPubSubSettings Create(Config config)
    {
        var defaults = new DistributedPubSubSettings();
        return new DistributedPubSubSettings
        {
            Role = config.GetString("role", "") is { Length: > 0 } role ? role : null,
            Routing = RoutingFrom(config.GetString("routing-logic", "random")),
            GossipInterval = config.GetTimeSpan("gossip-interval", defaults.GossipInterval),
            RemovedTimeToLive = config.GetTimeSpan("removed-time-to-live", defaults.RemovedTimeToLive),
            MaxDeltaElements = config.GetInt("max-delta-elements", defaults.MaxDeltaElements),
            RegistrationsMax = config.GetInt("registrations-max", defaults.RegistrationsMax),
            SendToDeadLettersWhenNoSubscribers =
                config.GetBoolean("send-to-dead-letters-when-no-subscribers", defaults.SendToDeadLettersWhenNoSubscribers),
        }.Validated();
    }

    /// <summary>With the <see cref="Routing"/> that <paramref name="routingLogic"/> stands for.</summary>
    /// <exception cref="ArgumentException">It is neither <see cref="RandomLogic"/> nor <see cref="RoundRobinRoutingLogic"/>.</exception>
    public DistributedPubSubSettings WithRoutingLogic(RoutingLogic routingLogic) => this with
    {
        Routing = routingLogic switch
        {
            RandomLogic => PubSubRouting.Random,
            RoundRobinRoutingLogic => PubSubRouting.RoundRobin,
            _ => throw new ArgumentException(
                $"{routingLogic?.GetType().Name ?? "null"} cannot choose among registrations: RandomLogic or RoundRobinRoutingLogic", nameof(routingLogic)),
        },
    };

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule, not only the first.</exception>
    public DistributedPubSubSettings Validated()
    {
        new OptionErrors(Path)
            .Require(Enum.IsDefined(Routing), "routing-logic: must be random or round-robin")
            .Require(GossipInterval >= TimeSpan.FromMilliseconds(10) && GossipInterval <= TimeSpan.FromMinutes(1), "gossip-interval: must be 10 ms to 1 min")
            .Require(RemovedTimeToLive >= TimeSpan.FromSeconds(1) && RemovedTimeToLive <= TimeSpan.FromDays(1), "removed-time-to-live: must be 1 s to 1 day")
            .Require(MaxDeltaElements is >= 1 and <= 100_000, "max-delta-elements: must be 1 to 100000")
            .Require(RegistrationsMax is >= 1 and <= 10_000_000, "registrations-max: must be 1 to 10000000")
            .ThrowIfAny();
        return this;
    }

    /// <summary>An unknown word is a broken rule like any other.</summary>
    private static PubSubRouting RoutingFrom(string word) => word switch
    {
        "random" => PubSubRouting.Random,
        "round-robin" => PubSubRouting.RoundRobin,
        _ => (PubSubRouting)(-1),
    };
}
