using System.Globalization;
using System.Text.Json.Nodes;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>Entries of the control log as tables. Pure.</summary>
internal static class LogTables
{
    private static readonly string[] Columns = ["version", "committed-at", "proposer", "term", "changes", "why"];

    /// <summary><c>log show</c> and <c>log tail</c>.</summary>
    public static JsonObject Entries(IEnumerable<TimedEntry> entries) => CommandResult.Table(Columns, entries.Select(Row));

    /// <summary><c>why</c>: decisions with their reasons and the evidence they rest on, newest last.</summary>
    /// <param name="stopped">Why this node decides no more; null while it does.</param>
    public static JsonObject Why(IEnumerable<TimedEntry> entries, string? stopped) => CommandResult.Lines(
        entries.SelectMany(Explain).Concat(stopped is null ? [] : ["This node decides no more. " + stopped]));

    private static IReadOnlyList<JsonNode?> Row(TimedEntry row) =>
    [
        row.Entry.Version, Time(row.CommittedAt), row.Entry.Proposer.Name,
        row.Entry.OrchestratorTerm == 0 ? null : row.Entry.OrchestratorTerm, Kinds(row.Entry), row.Entry.Why,
    ];

    private static string Kinds(LogEntry entry) => string.Join(' ', entry.Changes.Select(Kind).GroupBy(kind => kind)
        .Select(same => same.Count() == 1 ? same.Key : $"{same.Key}×{same.Count()}"));

    private static IEnumerable<string> Explain(TimedEntry row)
    {
        var role = row.Entry.OrchestratorTerm == 0 ? "" : $" as orchestrator of term {row.Entry.OrchestratorTerm}";
        yield return $"{row.Entry.Version}  {Time(row.CommittedAt)}  {row.Entry.Proposer.Name}{role}: {row.Entry.Why}";
        foreach (var change in row.Entry.Changes)
        {
            if (Reason(change) is { } reason) yield return "      " + reason;
        }
    }

    private static string? Reason(ControlChange change) => change switch
    {
        ControlChange.NodeDown down => $"{down.Node} lost by {ClusterTables.Describe(down.Evidence)}"
            + Times(down.Evidence.SuspectedAt, down.Evidence.ConfirmedAt),
        ControlChange.NodeEnded ended => $"{ended.Node} has ended: {ended.Why}",
        ControlChange.NodeJoined { ReplacedBecause: { } evidence } joined =>
            $"{joined.Node.Key} replaces {joined.Replaces}: {ClusterTables.Describe(evidence)}",
        ControlChange.FlowSwitched switched => $"{switched.Flow} → {(switched.To is { } to ? $"sender {to}" : "nobody")}: {switched.Why}",
        ControlChange.SenderMuted muted => $"{muted.Flow}: sender {muted.Sender} muted: {muted.Why}",
        ControlChange.SenderUnmuted unmuted => $"{unmuted.Flow}: sender {unmuted.Sender} unmuted: {unmuted.Why}",
        ControlChange.FlowMuted muted => $"{muted.Flow} muted: {muted.Why}",
        ControlChange.FlowUnmuted unmuted => $"{unmuted.Flow} unmuted: {unmuted.Why}",
        _ => null,
    };

    private static string Times(DateTimeOffset? suspected, DateTimeOffset? confirmed) =>
        (suspected is { } s ? $"; suspected {Time(s)}" : "") + (confirmed is { } c ? $", confirmed {Time(c)}" : "");

    private static string Kind(ControlChange change) => CommandWords.Of(change.GetType().Name);

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
