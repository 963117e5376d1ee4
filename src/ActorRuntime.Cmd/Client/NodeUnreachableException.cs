namespace ActorRuntime.Cmd.Client;

/// <summary>No node answers, or it stopped answering; whether a command under way was carried out is unknown.</summary>
/// <param name="message">What happened, with the address.</param>
/// <param name="advice">What to look at.</param>
internal sealed class NodeUnreachableException(string message, string advice, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What to look at.</summary>
    public string Advice { get; } = advice;
}
