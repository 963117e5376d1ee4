using ActorRuntime.Actor;

namespace ActorRuntime.Remote.Transport;

/// <summary>A message on its way out.</summary>
internal readonly record struct OutboundMessage(object Message, IActorRef? Sender, RemoteActorRef Recipient);
