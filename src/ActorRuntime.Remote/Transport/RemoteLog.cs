using ActorRuntime.Actor;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Remote.Transport;

/// <summary>Log lines of remoting; event ids 2000 to 2099.</summary>
internal sealed partial class RemoteLog(ILogger logger)
{
    [LoggerMessage(2001, LogLevel.Information, "Remoting listens on {Address}, incarnation {Uid}")]
    public partial void Listening(Address address, long uid);

    [LoggerMessage(2002, LogLevel.Information, "Association with {Peer} opened, incarnation {Uid}")]
    public partial void Opened(Address peer, long uid);

    [LoggerMessage(2003, LogLevel.Warning, "Association with {Peer} lost, incarnation {Uid}: {Reason}, {Detail}")]
    public partial void Lost(Address peer, long uid, AssociationLossReason reason, string detail);

    [LoggerMessage(2004, LogLevel.Warning, "{Peer} incarnation {Uid} is quarantined: {Reason}")]
    public partial void Quarantined(Address peer, long uid, string reason);

    [LoggerMessage(2005, LogLevel.Warning, "{Peer} cannot be reached for {Seconds:0.0} s: {Reason}")]
    public partial void ConnectFailed(Address peer, string reason, double seconds);

    [LoggerMessage(2006, LogLevel.Warning,
        "Queue to {Peer} is full with {Size} messages (actor-runtime.remote.outbound-queue-size); more go to dead letters, {HeldBack} since the last line")]
    public partial void QueueFull(Address peer, int size, long heldBack);

    [LoggerMessage(2007, LogLevel.Warning, "Connection with {Remote} closed: {Reason}; {HeldBack} more since the last line")]
    public partial void BadConnection(string remote, string reason, long heldBack);

    [LoggerMessage(2008, LogLevel.Error, "Message '{Manifest}' from {Peer} to {Recipient} dropped: {Reason}; {HeldBack} more since the last line")]
    public partial void Unreadable(Address peer, string recipient, string manifest, string reason, long heldBack);

    [LoggerMessage(2009, LogLevel.Error, "Message to {Recipient} not sent: {Reason}; {HeldBack} more since the last line")]
    public partial void Unwritable(string recipient, string reason, long heldBack);

    [LoggerMessage(2010, LogLevel.Warning, "More than {Max} incoming connections (actor-runtime.remote.inbound-connections-max); closed, {HeldBack} more since the last line")]
    public partial void TooManyConnections(int max, long heldBack);

    [LoggerMessage(2011, LogLevel.Error, "Cannot accept connections at present: {Reason}")]
    public partial void AcceptFailed(string reason);

    [LoggerMessage(2012, LogLevel.Critical, "A loop of remoting failed; this is a bug")]
    public partial void LoopFailed(Exception cause);
}
