namespace ActorRuntime.Cmd.CommandLine;

/// <summary>Where commands come from and results go.</summary>
/// <param name="Input">Commands line by line, when there is no keyboard.</param>
/// <param name="Output">Results.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Width">Columns of the output when people look at it; null when it goes to a file or a program.</param>
/// <param name="HasKeyboard">Whether somebody types: then a prompt edits lines.</param>
internal sealed record Terminal(TextReader Input, TextWriter Output, TextWriter Error, int? Width, bool HasKeyboard)
{
    private const int ColumnsUnknown = 80;

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess() => new(
        Console.In,
        Console.Out,
        Console.Error,
        Console.IsOutputRedirected ? null : Columns(),
        !Console.IsInputRedirected && !Console.IsOutputRedirected);

    private static int Columns()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : ColumnsUnknown;
        }
        catch (IOException)
        {
            return ColumnsUnknown; // A terminal that does not tell its size.
        }
    }
}
