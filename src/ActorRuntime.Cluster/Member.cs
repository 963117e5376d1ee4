using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.View;
using ActorRuntime.Remote;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster;

/// <summary>Where a member stands between joining and being gone.</summary>
public enum MemberStatus
{
    /// <summary>Written itself into the log; takes no shards yet.</summary>
    Joining,

    /// <summary>Takes shards, observes and is observed.</summary>
    Up,

    /// <summary>Asked to leave; its shards and flows move away.</summary>
    Leaving,

    /// <summary>Declared lost: neither heard nor echoed, fenced everywhere. Stays listed until a new incarnation joins or it is
    /// removed.</summary>
    Down,
}

/// <summary>A node as the control log knows it.</summary>
/// <param name="JoinedAt">Control-log version of its joining: the join order, which is also the order of succession of the
/// orchestrator.</param>
/// <param name="Since">Version at which the present status began.</param>
/// <param name="ObserverSets">The valid observer sets, oldest first: one, or two while a change is in progress (SAFETY 1B-9). Empty
/// until up.</param>
/// <param name="DownBy">How it was found lost; null unless down.</param>
public sealed record Member(
    NodeFacts Facts, MemberStatus Status, long JoinedAt, long Since, ImmutableArray<ObserverSet> ObserverSets, LossEvidence? DownBy)
{
    public NodeKey Key => Facts.Key;

    public string Name => Facts.Key.Name;

    /// <summary>Where its actor system can be reached.</summary>
    public Address Address => new(RemoteActorRefProvider.Protocol, Facts.SystemName, Facts.Host, Facts.Port);

    /// <summary>Address and incarnation.</summary>
    public UniqueAddress UniqueAddress => new(Address, Facts.Key.Incarnation);

    /// <summary>Roles of the node, ordered.</summary>
    public ImmutableArray<string> Roles => Facts.Roles;

    /// <summary>Version of the runtime the node recorded when it joined; <see cref="Util.AppVersion.Zero"/> where it recorded none.</summary>
    public AppVersion AppVersion => Facts.Version.Length == 0 ? AppVersion.Zero : AppVersion.Create(Facts.Version);

    /// <summary>Whether the node has a role.</summary>
    public bool HasRole(string role) => Facts.Roles.Contains(role);
}
