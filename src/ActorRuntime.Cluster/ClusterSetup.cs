using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Remote;

namespace ActorRuntime.Cluster;

/// <summary>Makes an actor system a node of a cluster.</summary>
/// <param name="store">The control log; this system's own handle, disposed of when the system ends.</param>
/// <param name="options">Settings.</param>
public sealed class ClusterSetup(IControlLogStore store, ClusterOptions options) : Setup
{
    /// <summary>The control log.</summary>
    public IControlLogStore Store { get; } = store;

    /// <summary>Settings.</summary>
    public ClusterOptions Options { get; } = options.Validated();

    /// <summary>An operator's word, for one start: goes on with a control log that this node would refuse, because it is younger than what
    /// the node remembers, of another history, or another log. All other nodes must have been stopped. Default false.</summary>
    public bool AdoptsLog { get; init; }

    /// <summary>Highest term that the journal has seen: an adopted log goes on above it. Default 0.</summary>
    public long TermMax { get; init; }

    /// <summary>What the signal channel is made of; simulations put a broken part in, to see it caught.</summary>
    internal SignalParts SignalParts { get; init; } = SignalParts.Sound;
}

/// <summary>Adds membership to the setups of a system.</summary>
public static class ClusterSetupExtensions
{
    /// <summary>With remoting and membership. The system joins once <see cref="Cluster.Get"/> was called.</summary>
    /// <param name="remote">Where to listen; <see cref="RemoteOptions.QuarantineAfter"/> is switched off: the control log says who is
    /// gone.</param>
    public static ActorSystemSetup WithCluster(this ActorSystemSetup setup, ClusterSetup cluster, RemoteOptions? remote = null) =>
        setup.WithRemoting(new RemoteSetup((remote ?? new RemoteOptions()) with { QuarantineAfter = Timeout.InfiniteTimeSpan }))
            .WithSetup(cluster);
}
