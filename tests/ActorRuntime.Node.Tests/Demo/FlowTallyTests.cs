using System.Security.Cryptography;
using System.Text;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class FlowTallyTests
{
    [Fact]
    [Trait("Requirement", "CL-10")]
    public void Everything_once_and_in_order_is_intact()
    {
        var report = Tally("a\nb\nc\n", Applied(0, "a\n"), Applied(2, "b\n"), Applied(4, "c\n"));
        Assert.True(report.IsIntact);
        Assert.Equal((3, 3), (report.ItemsIn, report.ItemsOut));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("a\nb\nc\n"u8)), report.Sha256Out);
    }

    [Fact]
    public void Missing_item_is_lost()
    {
        var report = Tally("a\nb\nc\n", Applied(0, "a\n"), Applied(4, "c\n"));
        Assert.Equal((1, 0, 0), (report.Lost, report.Duplicated, report.Reordered));
        Assert.False(report.IsIntact);
    }

    [Fact]
    public void Item_that_came_twice_is_duplicated_even_when_another_is_lost()
    {
        var report = Tally("a\nb\nc\n", Applied(0, "a\n"), Applied(2, "b\n"), Applied(2, "b\n"));
        Assert.Equal((1, 1, 0), (report.Lost, report.Duplicated, report.Reordered));
        Assert.Equal(report.ItemsIn, report.ItemsOut);
        Assert.False(report.IsIntact);
    }

    [Fact]
    public void Item_after_a_later_one_is_reordered()
    {
        var report = Tally("a\nb\nc\n", Applied(0, "a\n"), Applied(4, "c\n"), Applied(2, "b\n"));
        Assert.Equal((0, 0, 1), (report.Lost, report.Duplicated, report.Reordered));
        Assert.False(report.IsIntact);
    }

    [Fact]
    public void Item_with_other_bytes_or_an_unknown_offset_is_foreign()
    {
        Assert.Equal(1, Tally("a\nb\n", Applied(0, "a\n"), Applied(2, "x\n")).Foreign);
        Assert.Equal(1, Tally("a\n", Applied(0, "a\n"), Applied(7, "b\n")).Foreign);
    }

    [Fact]
    [Trait("Requirement", "AR-5")]
    public void Item_of_a_fence_below_an_opened_one_shows_a_second_sender()
    {
        var opened = new FlowEvent.FlowOpened("f", 0, new(9, 1, 1), 1, 0);
        Assert.Equal(1, Tally("a\n", opened, Applied(0, "a\n", term: 5)).Fenced);
        Assert.False(Tally("a\n", opened, Applied(0, "a\n", term: 5)).IsIntact);
        Assert.True(Tally("a\n", opened, Applied(0, "a\n", term: 9)).IsIntact);
    }

    [Fact]
    public void Silence_is_the_longest_stretch_between_two_batches() => Assert.Equal(
        250, Tally("a\nb\nc\n", Applied(0, "a\n", atMs: 0), Applied(2, "b\n", atMs: 250), Applied(4, "c\n", atMs: 300)).SilenceMs);

    [Fact]
    public void Refused_are_items_of_senders_that_were_muted_or_superseded() => Assert.Equal(
        12, Tally("", new FlowEvent.FlowOpened("f", 0, new(2, 1, 1), 1, 0), Refused(FlowRefusal.Fenced, 5), Refused(FlowRefusal.Muted, 4),
            Refused(FlowRefusal.NotActive, 3), Refused(FlowRefusal.Gap, 100), Refused(FlowRefusal.OpenFirst, 100)).RefusedFromMuted);

    [Fact]
    public void What_an_earlier_attempt_of_the_same_sender_had_under_way_is_not_counted_as_refused() => Assert.Equal(
        0, Tally("", new FlowEvent.FlowOpened("f", 0, new(1, 1, 2), 0, 0), Refused(FlowRefusal.Fenced, 5)).RefusedFromMuted);

    [Fact]
    public void Any_single_disturbance_of_a_run_is_found()
    {
        var lines = Enumerable.Range(0, 20).Select(i => $"line {i}\n").ToArray();
        var offsets = lines.Select((_, i) => (long)lines.Take(i).Sum(line => line.Length)).ToArray();
        var clean = lines.Select((line, i) => Applied(offsets[i], line)).ToArray();
        Assert.True(Tally(string.Concat(lines), clean).IsIntact);
        for (var i = 0; i < lines.Length; i++)
        {
            var without = clean.Where((_, at) => at != i).ToArray();
            Assert.Equal(1, Tally(string.Concat(lines), without).Lost);
            Assert.Equal(1, Tally(string.Concat(lines), [.. clean, clean[i]]).Duplicated);
            if (i < lines.Length - 1) Assert.Equal(1, Tally(string.Concat(lines), [.. without, clean[i]]).Reordered);
        }
    }

    private static FlowEvent.ItemsApplied Applied(long offset, string text, long term = 1, long atMs = 0) =>
        new("f", atMs, new(term, 1, 1), 1, [new(offset, Encoding.UTF8.GetBytes(text))]);

    private static FlowEvent.ItemsRefused Refused(FlowRefusal why, long items) => new("f", 0, 1, 0, why, 1, items);

    private static FlowReport Tally(string input, params FlowEvent[] journal)
    {
        using var tally = new FlowTally("f");
        long offset = 0;
        foreach (var line in input.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            tally.Expect(new(offset, Encoding.UTF8.GetBytes(line + "\n")));
            offset += line.Length + 1;
        }
        foreach (var fact in journal) tally.Take(fact);
        return tally.Report();
    }
}
