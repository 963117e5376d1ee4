using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorRuntime.Cmd.Client;
using ActorRuntime.Cmd.CommandLine;
using ActorRuntime.Cmd.Output;

namespace ActorRuntime.Cmd;

/// <summary>Carries commands out at one node and shows what comes back. Each command has a connection of its own, so a restart of the node
/// goes unnoticed.</summary>
internal sealed class Session(CommandOptions options, Terminal terminal)
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where results go.</summary>
    public Terminal Terminal => terminal;

    /// <summary>Carries out a line as typed; <c>--json</c> and <c>--follow</c> in it hold for it alone.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunLineAsync(string line, CancellationToken cancellationToken)
    {
        try
        {
            var words = CommandWords.Split(line);
            var (json, follow) = (words.Remove("--json"), words.Remove("--follow"));
            var ofLine = options with { Json = options.Json || json, Follow = options.Follow || follow };
            return await new Session(ofLine, terminal).RunAsync(words, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            await terminal.Error.WriteLineAsync("arctl: " + e.Message).ConfigureAwait(false);
            return ExitCode.BadUsage;
        }
    }

    /// <summary>Carries out one command.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var follow = options.Follow || words.Take(2).Contains("tail");
        try
        {
            using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            var items = new ItemView(terminal.Output, terminal.Width);
            await foreach (var reply in client.SendAsync(words, follow, options.Timeout, cancellationToken).ConfigureAwait(false))
            {
                if (reply is Reply.Refused refused) return Refuse(refused);
                if (reply is Reply.Item item) Show(item.Value, items.Show);
                if (reply is Reply.Result result) Show(result.Value, new ResultView(terminal.Output, terminal.Width).Show);
            }
            return ExitCode.Success;
        }
        catch (NodeUnreachableException e)
        {
            return Report("unreachable", e.Message, e.Advice, ExitCode.Unreachable);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return follow ? ExitCode.Success : ExitCode.Interrupted; // A tail has no other end.
        }
    }

    /// <summary>The node's commands for completion; empty when it does not answer, which the next command will say.</summary>
    public async Task<IReadOnlyList<string>> CommandsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await foreach (var reply in client.SendAsync(["help"], false, options.Timeout, cancellationToken).ConfigureAwait(false))
            {
                if (reply is Reply.Result { Value: JsonObject table } && table["rows"] is JsonArray rows)
                    return [.. rows.OfType<JsonArray>().Where(row => row.Count > 0).Select(row => CellText.Of(row[0]))];
            }
        }
        catch (NodeUnreachableException)
        {
            // Completion is a comfort.
        }
        return [];
    }

    private Task<ManagementClient> ConnectAsync(CancellationToken cancellationToken) =>
        ManagementClient.ConnectAsync(options.Address, options.Timeout, cancellationToken);

    private void Show(JsonNode value, Action<JsonNode> draw)
    {
        if (options.Json) terminal.Output.WriteLine(value.ToJsonString(Compact));
        else draw(value);
        terminal.Output.Flush();
    }

    private int Refuse(Reply.Refused refused) => Report(
        refused.Code,
        refused.Message,
        refused.Hint,
        refused.Code is "unknown-command" or "bad-arguments" or "bad-request" ? ExitCode.BadUsage : ExitCode.Refused);

    private int Report(string code, string message, string? hint, int exitCode)
    {
        terminal.Error.WriteLine("arctl: " + CellText.Printable(message));
        if (hint is not null) terminal.Error.WriteLine("       " + CellText.Printable(hint));
        if (options.Json)
        {
            var error = new JsonObject { ["code"] = code, ["message"] = message, ["hint"] = hint };
            terminal.Output.WriteLine(new JsonObject { ["error"] = error }.ToJsonString(Compact));
        }
        return exitCode;
    }
}
