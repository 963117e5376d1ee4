namespace ActorRuntime.Remote.Wire;

/// <summary>First byte of a frame's body. Numbers are never reused.</summary>
internal enum FrameKind : byte
{
    /// <summary>First frame of a connection, from the side that dialled: who it is and whom it wants.</summary>
    Hello = 1,

    /// <summary>Answer to <see cref="Hello"/>: messages may follow.</summary>
    Welcome = 2,

    /// <summary>Answer to <see cref="Hello"/>: why not; the connection is closed.</summary>
    Refused = 3,

    /// <summary>Any number of messages, each with its length in front.</summary>
    Messages = 4,

    /// <summary>One system message with its sequence number; control lane only.</summary>
    System = 5,

    /// <summary>From the accepting side of a control lane: all system messages up to a sequence number were handed over.</summary>
    Acknowledge = 6,

    /// <summary>The sender's incarnation ends in an orderly way; nothing follows.</summary>
    Goodbye = 7,
}
