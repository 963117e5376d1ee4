namespace ActorRuntime.Node.Management;

/// <summary>A command that will not be carried out; nothing was changed by it.</summary>
/// <param name="code">One word for programs, such as <c>no-such-node</c>.</param>
/// <param name="message">What is wrong, naming the thing.</param>
/// <param name="hint">What to do; null when there is nothing to say.</param>
internal sealed class CommandRefusedException(string code, string message, string? hint = null) : Exception(message)
{
    /// <summary>One word for programs.</summary>
    public string Code { get; } = code;

    /// <summary>What to do.</summary>
    public string? Hint { get; } = hint;
}
