namespace ActorRuntime.Remote.Transport;

/// <summary>One connection after its handshake: it belongs to exactly one incarnation of the peer.</summary>
internal interface ILink
{
    /// <summary>The peer's incarnation.</summary>
    long Uid { get; }

    /// <summary>Closes the connection; its loops end by themselves. Any thread.</summary>
    void Close(string reason);
}
