using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.Membership;

/// <summary>Told to the cluster actor: deliver member events to a subscriber, after the state there is.</summary>
internal sealed record SubscribeMembers(IActorRef Subscriber, ClusterEvent.SubscriptionInitialStateMode Mode, IReadOnlyList<Type> To);

/// <summary>Told to the cluster actor: no more events.</summary>
internal sealed record UnsubscribeMembers(IActorRef Subscriber, Type? From);

/// <summary>Told to the cluster actor: this node should leave; answered with <see cref="Done"/> when it has handed everything over.</summary>
internal sealed record HandOver;

/// <summary>Told to the cluster actor: end the membership; answered with <see cref="Done"/> when it has ended, or cannot be ended in
/// time.</summary>
internal sealed record EndMembership;

/// <summary>Told to the cluster actor: somebody asks that <paramref name="Node"/> leaves.</summary>
internal sealed record LeaveNode(Address Node);

/// <summary>Told to the cluster actor by an operator: <paramref name="Node"/> is gone for sure, declare it lost.</summary>
internal sealed record DownNode(Address Node);

/// <summary>A part of a leaving node has said up to where it has handed over.</summary>
internal sealed record HandedOverSaid
{
    private HandedOverSaid() { }

    public static HandedOverSaid Instance { get; } = new();
}

// What the cluster's actor tells itself.
internal sealed record OpenStore;

internal sealed record TakeName;

internal sealed record HeadReached;

internal sealed record JoinTimedOut;

internal sealed record HandOverTimedOut;

/// <summary>The store is open.</summary>
internal sealed record StoreOpened(ControlLogIdentity Identity);

/// <summary>The store did not open.</summary>
internal sealed record OpenFailed(Exception Cause);

/// <summary>What became of the proposal to join.</summary>
internal sealed record JoinAnswered(ProposalOutcome Outcome);

/// <summary>The signal channel says nothing any more.</summary>
internal sealed record FellSilent;

/// <summary>This node's last words are said, or could not be.</summary>
internal sealed record Ended;
