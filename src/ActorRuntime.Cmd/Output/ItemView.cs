using System.Text.Json.Nodes;

namespace ActorRuntime.Cmd.Output;

/// <summary>Draws results that come one by one: rows under one heading, in columns that only grow.</summary>
internal sealed class ItemView(TextWriter output, int? width)
{
    private readonly ResultView _view = new(output, width);
    private string[] _columns = [];
    private int[] _widths = [];

    /// <summary>Draws the next item.</summary>
    public void Show(JsonNode item)
    {
        if (item is not JsonObject o || o["columns"] is not JsonArray columns || o["rows"] is not JsonArray rows)
        {
            _view.Show(item);
            return;
        }
        string[] names = [.. columns.Select(CellText.Of)];
        if (!names.SequenceEqual(_columns))
        {
            (_columns, _widths) = (names, new int[names.Length]);
            WriteRow(names);
        }
        foreach (var row in rows.OfType<JsonArray>())
            WriteRow([.. names.Select((_, index) => CellText.Of(row.ElementAtOrDefault(index)))]);
        output.Flush();
    }

    private void WriteRow(string[] cells)
    {
        for (var index = 0; index < cells.Length; index++) _widths[index] = Math.Max(_widths[index], cells[index].Length);
        output.WriteLine(string.Join("  ", cells.Select((cell, index) => cell.PadRight(_widths[index]))).TrimEnd());
    }
}
