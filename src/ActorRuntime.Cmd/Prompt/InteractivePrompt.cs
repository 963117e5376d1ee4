using ActorRuntime.Cmd.CommandLine;

namespace ActorRuntime.Cmd.Prompt;

/// <summary>Reads keys, draws the line, runs what was entered. A shell around <see cref="LineEditor"/>.</summary>
internal sealed class InteractivePrompt(Session session, NodeAddress address)
{
    private const string Greeting = "help lists the commands, tab completes them, Ctrl-C ends a tail, exit or Ctrl-D leaves.";
    private readonly History _history = new();
    private readonly string _prompt = $"arctl {address}> ";

    /// <summary>Runs until <c>exit</c> or Ctrl-D.</summary>
    /// <returns>Always success: whoever types saw each outcome.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var output = session.Terminal.Output;
        await output.WriteLineAsync(Greeting).ConfigureAwait(false);
        while (!cancellationToken.IsCancellationRequested)
        {
            var commands = await session.CommandsAsync(cancellationToken).ConfigureAwait(false);
            if (ReadLine([.. commands, "exit"]) is not { } line || line.Trim() is "exit" or "quit") return ExitCode.Success;
            if (string.IsNullOrWhiteSpace(line)) continue;
            _history.Add(line);
            await RunLineAsync(line, cancellationToken).ConfigureAwait(false);
        }
        return ExitCode.Success;
    }

    private async Task RunLineAsync(string line, CancellationToken cancellationToken)
    {
        using var interruption = new Interruption(cancellationToken); // The command ends, the prompt stays.
        await session.RunLineAsync(line, interruption.Token).ConfigureAwait(false);
    }

    /// <summary>One line from the keyboard; null when no more come.</summary>
    private string? ReadLine(IReadOnlyList<string> commands)
    {
        var output = session.Terminal.Output;
        Console.TreatControlCAsInput = true;
        try
        {
            var editor = new LineEditor(_history, commands);
            while (true)
            {
                Draw(editor);
                switch (editor.Apply(Console.ReadKey(intercept: true)))
                {
                    case LineEdit.Submitted:
                        Draw(editor);
                        output.WriteLine();
                        return editor.Text;
                    case LineEdit.Ended:
                        output.WriteLine();
                        return null;
                    case LineEdit.Abandoned:
                        output.WriteLine("^C");
                        return "";
                    case LineEdit.ClearScreen:
                        output.Write("\e[2J\e[H");
                        break;
                    default:
                        if (editor.Choices.Count > 0) output.WriteLine("\n" + string.Join("  ", editor.Choices));
                        break;
                }
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private void Draw(LineEditor editor)
    {
        var output = session.Terminal.Output;
        var (visible, cursor) = editor.View(Math.Max(10, Console.WindowWidth - _prompt.Length - 1));
        output.Write($"\r{_prompt}{visible}\e[K\r\e[{_prompt.Length + cursor}C");
        output.Flush();
    }
}
