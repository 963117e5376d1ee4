using ActorRuntime.Actor;

namespace ActorRuntime.Serialization;

/// <summary>A failure that happened on another node. Exceptions travel as text: their types are never made from bytes of a peer.</summary>
/// <param name="typeName">Name of the exception's type there.</param>
/// <param name="message">Its message.</param>
/// <param name="detail">Its text with stack trace, for the log.</param>
public sealed class RemoteFailureException(string typeName, string message, string detail) : ActorRuntimeException(message)
{
    /// <summary>Name of the exception's type on the node it happened on.</summary>
    public string TypeName { get; } = typeName;

    /// <summary>Its text with stack trace there.</summary>
    public string Detail { get; } = detail;

    /// <inheritdoc/>
    public override string ToString() => $"{TypeName} on another node: {Message}\n{Detail}";
}
