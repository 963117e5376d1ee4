namespace ActorRuntime.Remote;

/// <summary>Marks a message that travels on the control lane of an association: never behind ordinary messages, never in front of them either way round.</summary>
/// <remarks>
/// For what keeps a cluster in order, not for applications. Order with ordinary messages of the same sender is not kept. The lane has a bound of its own
/// (<see cref="RemoteOptions.ControlQueueSize"/>); a peer that lets it fill up is quarantined.
/// </remarks>
public interface IControlMessage;
