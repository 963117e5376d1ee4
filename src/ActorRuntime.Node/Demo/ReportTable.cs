using System.Globalization;
using Spectre.Console;

namespace ActorRuntime.Node.Demo;

/// <summary>The report for people: the timeline, one row per flow, and the verdict.</summary>
internal static class ReportTable
{
    private const int DigestDigits = 8;

    /// <summary>Narrower terminals wrap lines; the table stays whole.</summary>
    private const int WidthMin = 120;

    public static void Write(IAnsiConsole console, DemoReport report)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, WidthMin);
        if (report.Fault.Node is not null) WriteTimeline(console, report);
        WriteFlows(console, report);
        console.WriteLine($"sha256 in   {report.Total.Sha256In}  the input file");
        console.WriteLine($"sha256 out  {report.Total.Sha256Out}  what receivers persisted, by source offset");
        foreach (var finding in report.Findings) console.WriteLine("NOT AS IT MUST BE: " + finding);
        console.WriteLine(report.Succeeded
            ? $"Nothing lost, nothing doubled, nothing reordered: {Count(report.Total.ItemsOut)} items, byte for byte."
            : "FAILED: what receivers persisted is not the input; see the rows above. --keep leaves the evidence in place.");
    }

    private static void WriteTimeline(IAnsiConsole console, DemoReport report)
    {
        var timeline = report.Timeline;
        var table = new Table()
            .Title($"fault {report.Fault.Kind} on {report.Fault.Node}, after {Count(report.Fault.AfterItems ?? 0)} items")
            .Border(TableBorder.Simple)
            .AddColumn(new TableColumn("ms").RightAligned()).AddColumn("step").AddColumn("from");
        Step(timeline.Suspected, "suspected", "an observer heard nothing any more");
        Step(timeline.Confirmed, "confirmed", timeline.Evidence ?? "");
        Step(timeline.Decided, "decided", "orchestrator, control log");
        Step(timeline.Muted, "muted", "decision durable in the control log");
        Step(timeline.Activated, "activated", "receivers persisted the opening by the new sender");
        Step(timeline.FirstItemAfter, "first_item_after", $"last affected flow ({timeline.LastFlow}) applied an item again");
        Step(timeline.Rejoined, "rejoined", "the node is back as a new incarnation");
        Step(timeline.FailedBack, "failed_back", "last flow switched back to its own sender");
        console.Write(table);

        void Step(double? ms, string name, string from)
        {
            if (ms is { } value) table.AddRow(Number(value), name, Markup.Escape(from));
        }
    }

    private static void WriteFlows(IAnsiConsole console, DemoReport report)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("flow");
        foreach (var title in (string[])["in", "out", "lost", "duplicated", "reordered", "refused", "silence ms"])
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        table.AddColumn("sha256 in, out");
        foreach (var flow in report.Flows.Append(report.Total))
        {
            table.AddRow(Markup.Escape(flow.Flow), Count(flow.ItemsIn), Count(flow.ItemsOut), Count(flow.Lost), Count(flow.Duplicated),
                Count(flow.Reordered), Count(flow.RefusedFromMuted), Number(flow.SilenceMs), Digests(flow));
        }
        console.Write(table);
        console.WriteLine("refused: items that muted or superseded senders still sent; silence: longest stretch between two batches");
    }

    private static string Digests(FlowReport flow) =>
        $"{flow.Sha256In[..DigestDigits]} {(flow.Sha256In == flow.Sha256Out ? "=" : "≠")} {flow.Sha256Out[..DigestDigits]}";

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("N1", CultureInfo.InvariantCulture);
}
