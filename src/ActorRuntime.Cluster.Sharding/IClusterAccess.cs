using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>What sharding needs of the cluster layer. Any thread.</summary>
public interface IClusterAccess
{
    /// <summary>This incarnation of this node.</summary>
    NodeKey Self { get; }

    /// <summary>Roles of this node.</summary>
    IReadOnlyCollection<string> Roles { get; }

    /// <summary>The newest view applied.</summary>
    ClusterView View { get; }

    /// <summary>Whether this node may serve.</summary>
    IMuteSwitch Mute { get; }

    /// <summary>Whether what only the lease protects may be taken over.</summary>
    ITakeoverGate Gate { get; }

    /// <summary>Tells <see cref="ClusterChanged"/> after every change of the view, of the mute switch and of a gate, until the subscriber
    /// ends; at least once now.</summary>
    void Subscribe(IActorRef subscriber);

    /// <summary>Proposes the change that <paramref name="decide"/> makes of the newest view; it may be asked several times. Null: nothing to do any
    /// more.</summary>
    Task<ProposalOutcome> ProposeAsync(Func<ClusterView, ControlChange?> decide, string why, CancellationToken cancellationToken);

    /// <summary>Says that whatever views up to <paramref name="version"/> took from this node of the units of <paramref name="type"/> has
    /// stopped. Before a type is hosted it says 0: from then on nothing counts as handed over that it did not name.</summary>
    void HandedOver(string type, long version);

    /// <summary>Somebody has seen this version: read the log if it is newer than the view.</summary>
    void Pull(long version);
}

/// <summary>The view, the mute switch or a gate has changed: look again.</summary>
public sealed class ClusterChanged : INotInfluenceReceiveTimeout
{
    private ClusterChanged() { }

    public static ClusterChanged Instance { get; } = new();
}
