namespace ActorRuntime.Serialization;

/// <summary>Lets a record cross process boundaries: it may be sent to other nodes and stored, written as JSON under this name.</summary>
/// <remarks>
/// This one attribute is all a message type needs. Types without it (and without a serializer bound in code or configuration) are refused
/// on both sides: names of types are never taken from the wire. The pair of name and version never changes once released. A new
/// form gets a new version on a new type; keep the old type, with its version, for as long as old bytes may arrive.
/// </remarks>
/// <param name="name">Name on the wire, unique in the system, for example <c>heartbeat</c>.</param>
/// <param name="version">From 1; raised when an old reader could misread the new form.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class WireTypeAttribute(string name, int version = 1) : Attribute
{
    /// <summary>Name on the wire.</summary>
    public string Name { get; } = name;

    /// <summary>Version of the form, from 1.</summary>
    public int Version { get; } = version;
}
