using System.Text.Json;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class ReportJsonTests
{
    private static readonly FlowReport Intact = new("f1", 3, 3, 0, 0, 0, 0, 0, "ab", "ab", 2, 12.34);

    [Fact]
    public void One_line_with_the_names_programs_read()
    {
        var text = ReportJson.Render(Report(Intact));
        Assert.DoesNotContain('\n', text);
        var json = JsonDocument.Parse(text).RootElement;
        Assert.True(json.GetProperty("ok").GetBoolean());
        foreach (var name in (string[])["items_in", "items_out", "lost", "duplicated", "reordered", "refused_from_muted"])
        {
            Assert.Equal(JsonValueKind.Number, json.GetProperty("total").GetProperty(name).ValueKind);
            Assert.Equal(JsonValueKind.Number, json.GetProperty("flows")[0].GetProperty(name).ValueKind);
        }
        Assert.Equal("f1", json.GetProperty("flows")[0].GetProperty("flow").GetString());
        Assert.Equal("ab", json.GetProperty("total").GetProperty("sha256_in").GetString());
        foreach (var step in (string[])["suspected", "confirmed", "decided", "muted", "activated", "first_item_after"])
            Assert.True(json.GetProperty("timeline").TryGetProperty(step, out _), step);
        Assert.Equal("kill", json.GetProperty("fault").GetProperty("kind").GetString());
        Assert.Equal(137, json.GetProperty("nodes")[0].GetProperty("exit_code").GetInt32());
    }

    public static TheoryData<string> Disturbances => ["lost", "duplicated", "reordered", "foreign", "fenced", "count", "digest", "finding"];

    [Theory]
    [MemberData(nameof(Disturbances))]
    public void Any_disturbance_fails_the_run(string what)
    {
        var report = what switch
        {
            "lost" => Report(Intact with { Lost = 1 }),
            "duplicated" => Report(Intact with { Duplicated = 1 }),
            "reordered" => Report(Intact with { Reordered = 1 }),
            "foreign" => Report(Intact with { Foreign = 1 }),
            "fenced" => Report(Intact with { Fenced = 1 }),
            "count" => Report(Intact with { ItemsOut = 2 }),
            "digest" => Report(Intact with { Sha256Out = "cd" }),
            _ => Report(Intact) with { Findings = ["the zombie did not come back"] },
        };
        Assert.True(Report(Intact).Succeeded);
        Assert.False(report.Succeeded);
        Assert.False(JsonDocument.Parse(ReportJson.Render(report)).RootElement.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public void Digests_over_all_count_beside_those_of_the_flows() =>
        Assert.False((Report(Intact) with { Total = DemoReport.TotalOf([Intact], "ab", "xx") }).Succeeded);

    [Fact]
    public void Total_adds_up_and_takes_the_longest_silence()
    {
        var total = DemoReport.TotalOf([Intact, Intact with { Flow = "f2", SilenceMs = 99, RefusedFromMuted = 5 }], "a", "b");
        Assert.Equal((6, 6, 7, 99.0), (total.ItemsIn, total.ItemsOut, total.RefusedFromMuted, total.SilenceMs));
    }

    private static DemoReport Report(FlowReport flow) => new(
        "in.txt", DemoReport.TotalOf([flow], flow.Sha256In, flow.Sha256Out), [flow],
        new("kill", "node-1", DateTimeOffset.UnixEpoch, 10), Timeline.Empty, [new("node-1", 42, 1, 137)], []);
}
