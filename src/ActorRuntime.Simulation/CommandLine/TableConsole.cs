using Spectre.Console;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>Where tables are written: without colours, and never narrower than they are, when that is no terminal.</summary>
internal static class TableConsole
{
    private const int WidthMin = 150;

    public static void Write(Table table)
    {
        var console = AnsiConsole.Create(new() { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect });
        if (Console.IsOutputRedirected) console.Profile.Width = WidthMin;
        console.Write(table);
    }
}
