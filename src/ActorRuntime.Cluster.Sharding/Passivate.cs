using ActorRuntime.Event;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>A unit asks its parent to be stopped until the next message for it comes: the stop message is sent back to it, messages that
/// come meanwhile wait and start it again.</summary>
/// <param name="StopMessage">For example <see cref="Actor.PoisonPill"/>; the unit stops itself when it gets it.</param>
public sealed record Passivate(object StopMessage) : IDeadLetterSuppression;
