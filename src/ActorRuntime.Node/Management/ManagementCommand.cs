using System.Text.Json.Nodes;

namespace ActorRuntime.Node.Management;

/// <summary>Carries a command out. May run on any thread, several at once.</summary>
/// <exception cref="CommandRefusedException">It is refused and nothing was changed.</exception>
internal delegate Task<JsonNode> CommandHandler(CommandArguments arguments, CancellationToken cancellationToken);

/// <summary>Carries out a command whose results come one by one.</summary>
/// <param name="arguments">What followed the command.</param>
/// <param name="follow">True: goes on until cancelled. False: ends after what is there now.</param>
/// <param name="cancellationToken">Cancelled when nobody listens any more.</param>
internal delegate IAsyncEnumerable<JsonNode> StreamHandler(CommandArguments arguments, bool follow, CancellationToken cancellationToken);

/// <summary>One command of the management port: a handler or a stream.</summary>
/// <param name="Path">Its words, for example <c>cluster show</c>.</param>
/// <param name="Parameters">What may follow.</param>
/// <param name="Description">One line for <c>help</c>.</param>
internal sealed record ManagementCommand(string Path, CommandParameters Parameters, string Description)
{
    /// <summary>Set for a command with one result.</summary>
    public CommandHandler? Handler { get; init; }

    /// <summary>Set for a command whose results come one by one.</summary>
    public StreamHandler? Stream { get; init; }
}
