namespace ActorRuntime.Serialization;

/// <summary>A message cannot be written or read: its type is not allowed on the wire, or its bytes do not fit their manifest.</summary>
public sealed class SerializationException(string message, Exception? cause = null) : Exception(message, cause);
