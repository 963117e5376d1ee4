using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorRuntime.Node.Demo;

/// <summary>The report for programs: one JSON object on one line, names in snake case.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Render(DemoReport report) => new JsonObject
    {
        ["ok"] = report.Succeeded,
        ["input"] = report.Input,
        ["total"] = Flow(report.Total),
        ["flows"] = new JsonArray([.. report.Flows.Select(flow => (JsonNode)Named(flow))]),
        ["timeline"] = Steps(report.Timeline),
        ["fault"] = new JsonObject
        {
            ["kind"] = report.Fault.Kind,
            ["node"] = report.Fault.Node,
            ["at"] = report.Fault.At?.ToString("O"),
            ["after_items"] = report.Fault.AfterItems,
        },
        ["nodes"] = new JsonArray([.. report.Nodes.Select(node => (JsonNode)new JsonObject
        {
            ["name"] = node.Name, ["pid"] = node.ProcessId, ["incarnations"] = node.Incarnations, ["exit_code"] = node.ExitCode,
        })]),
        ["findings"] = new JsonArray([.. report.Findings.Select(finding => (JsonNode)finding!)]),
    }.ToJsonString(Options);

    private static JsonObject Named(FlowReport flow)
    {
        var json = Flow(flow);
        json.Insert(0, "flow", flow.Flow);
        return json;
    }

    private static JsonObject Flow(FlowReport flow) => new()
    {
        ["items_in"] = flow.ItemsIn,
        ["items_out"] = flow.ItemsOut,
        ["lost"] = flow.Lost,
        ["duplicated"] = flow.Duplicated,
        ["reordered"] = flow.Reordered,
        ["foreign"] = flow.Foreign,
        ["accepted_from_fenced"] = flow.Fenced,
        ["sha256_in"] = flow.Sha256In,
        ["sha256_out"] = flow.Sha256Out,
        ["refused_from_muted"] = flow.RefusedFromMuted,
        ["silence_ms"] = Math.Round(flow.SilenceMs, 1),
    };

    private static JsonObject Steps(Timeline timeline) => new()
    {
        ["suspected"] = timeline.Suspected,
        ["confirmed"] = timeline.Confirmed,
        ["decided"] = timeline.Decided,
        ["muted"] = timeline.Muted,
        ["activated"] = timeline.Activated,
        ["first_item_after"] = timeline.FirstItemAfter,
        ["rejoined"] = timeline.Rejoined,
        ["failed_back"] = timeline.FailedBack,
        ["last_flow"] = timeline.LastFlow,
        ["evidence"] = timeline.Evidence,
    };
}
