using System.Collections.Immutable;

namespace ActorRuntime.Cluster.View;

/// <summary>What a node says of itself when it joins.</summary>
/// <param name="Key">Name and incarnation.</param>
/// <param name="Host">Host name or address peers connect to, for streams and signals alike.</param>
/// <param name="Port">TCP port of remoting.</param>
/// <param name="SignalPort">UDP port of the signal channel.</param>
/// <param name="BootId">Kernel boot id: equal ids share a kernel, so the lock file can be tried. Empty where unknown.</param>
/// <param name="LockFile">Absolute path of the file whose kernel lock the process holds for life; its content is the text form of the
/// key. Empty where none.</param>
/// <param name="Roles">Ordered, distinct.</param>
/// <param name="SystemName">Name of the actor system, part of its address.</param>
/// <param name="Version">Version of the runtime.</param>
public sealed record NodeFacts(
    NodeKey Key, string SystemName, string Host, int Port, int SignalPort, string BootId, string LockFile, ImmutableArray<string> Roles,
    string Version);
