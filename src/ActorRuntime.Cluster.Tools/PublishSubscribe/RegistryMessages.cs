using System.Collections.Immutable;
using ActorRuntime.Event;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>One change of a node's registrations.</summary>
/// <param name="Version">Number of the change, from 1.</param>
internal sealed record RegistryEntry(string Key, long Version, bool IsPresent);

/// <summary>The newest change of each key between two versions.</summary>
/// <param name="Life">Which life of the sender's mediator; later ones are greater.</param>
/// <param name="From">Version after which the entries begin; 0 begins from nothing.</param>
/// <param name="To">Version they lead to.</param>
/// <param name="Anew">Greater than before with <paramref name="From"/> 0: what was known is void.</param>
internal sealed record RegistryDelta(long Life, long From, long To, long Anew, ImmutableArray<RegistryEntry> Entries);

/// <summary>How much of a node's registrations another has.</summary>
/// <param name="By">Life of the mediator that has them.</param>
/// <param name="Life">Life of the mediator whose registrations they are; 0 when nothing was heard of it: asks for everything.</param>
/// <param name="Anew">When it last began to tell everything.</param>
internal sealed record RegistryAck(long By, long Life, long Anew, long Version)
{
    /// <summary>It asks for everything.</summary>
    public bool IsQuestion => Life == 0;
}

/// <summary>A delta between two mediators. No dead letter on a node that has none (yet).</summary>
/// <param name="Node">Name of the sender's node.</param>
[WireType("pubsub-delta")]
internal sealed record MediatorDelta(string Node, ulong Incarnation, RegistryDelta Delta) : IDeadLetterSuppression;

/// <summary>An acknowledgement between two mediators.</summary>
/// <param name="Node">Name of the sender's node.</param>
[WireType("pubsub-ack")]
internal sealed record MediatorAck(string Node, ulong Incarnation, RegistryAck Ack) : IDeadLetterSuppression;

/// <summary>A message from mediator to mediator for those who registered a key there; its sender travels as the sender of this one.</summary>
/// <param name="ToOne">For one of them, not for all.</param>
internal sealed record MediatorDelivery(string Key, bool ToOne, object Message);
