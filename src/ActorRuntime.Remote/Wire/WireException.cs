namespace ActorRuntime.Remote.Wire;

/// <summary>Bytes of a peer that no version of this protocol writes: the connection they came on is closed, nothing else.</summary>
internal sealed class WireException(string message) : Exception(message);
