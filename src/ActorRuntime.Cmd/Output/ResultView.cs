using System.Text.Json.Nodes;
using Spectre.Console;

namespace ActorRuntime.Cmd.Output;

/// <summary>Draws a result: a table, fields, or lines. Anything else is shown as JSON.</summary>
/// <param name="output">Where to.</param>
/// <param name="width">Columns of the terminal; null when programs read it: then nothing is wrapped, framed or coloured.</param>
internal sealed class ResultView(TextWriter output, int? width)
{
    private const int Unwrapped = 10_000;

    /// <summary>Draws <paramref name="result"/>.</summary>
    public void Show(JsonNode result)
    {
        switch (result)
        {
            case JsonObject o when o["columns"] is JsonArray columns && o["rows"] is JsonArray rows:
                ShowTable(columns, rows);
                break;
            case JsonObject o when o["fields"] is JsonObject fields:
                ShowFields(fields);
                break;
            case JsonObject o when o["lines"] is JsonArray lines:
                foreach (var line in lines) output.WriteLine(CellText.Of(line));
                break;
            default:
                output.WriteLine(CellText.Of(result));
                break;
        }
    }

    private void ShowTable(JsonArray columns, JsonArray rows)
    {
        var table = new Table { Border = width is null ? TableBorder.None : TableBorder.Rounded };
        for (var index = 0; index < columns.Count; index++)
        {
            var column = new TableColumn(new Text(CellText.Of(columns[index]), new Style(decoration: Decoration.Bold)));
            if (rows.Count > 0 && rows.All(row => CellText.IsNumber((row as JsonArray)?.ElementAtOrDefault(index)))) column.RightAligned();
            if (width is null) column.NoWrap().PadLeft(0).PadRight(2);
            table.AddColumn(column);
        }
        foreach (var row in rows.OfType<JsonArray>())
            table.AddRow(columns.Select((_, index) => new Text(CellText.Of(row.ElementAtOrDefault(index)))));
        Write(table);
    }

    private void ShowFields(JsonObject fields)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (name, value) in fields)
            grid.AddRow(new Text(CellText.Printable(name), new Style(decoration: Decoration.Bold)), new Text(CellText.Of(value)));
        Write(grid);
    }

    private void Write(Spectre.Console.Rendering.IRenderable drawing)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = width is null ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = width is null ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = width ?? Unwrapped;
        console.Write(drawing);
    }
}
