using System.Text.RegularExpressions;
using Xunit;

namespace ActorRuntime.Repository.Tests;

/// <summary>docs/requirements.md has every id of the ledger once, and what it claims to work can be seen.</summary>
public sealed partial class RequirementTests
{
    private static readonly string[] Ledger =
        [.. from family in new[] { ("CL", 12), ("SR", 5), ("SM", 8), ("MR", 8), ("WS", 6), ("AR", 10) }
            from number in Enumerable.Range(1, family.Item2)
            select $"{family.Item1}-{number}"];

    private static readonly string[] TestSources = [.. Repository.Files("tests", "*Tests.cs").Select(Repository.Text)];

    private static IEnumerable<Row> Rows =>
        from line in Repository.Lines("docs/requirements.md")
        where line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal)
        let cells = line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)
        where cells[0] != "id"
        select new Row(cells[0], cells[2], cells.ElementAtOrDefault(3) ?? "");

    [Fact]
    public void Every_id_of_the_ledger_has_one_row() => Assert.Equal(Ledger, Rows.Select(row => row.Id));

    [Fact]
    public void States_are_the_known_ones() =>
        Assert.All(Rows, row => Assert.Contains(row.State, new[] { "open", "partly", "working" }));

    [Fact]
    public void What_works_has_a_test_with_its_id_or_a_command()
    {
        var proved = TestSources.SelectMany(TraitIds).ToHashSet();
        Assert.All(Rows.Where(row => row.State != "open"), row => Assert.NotEqual("", row.How));
        Assert.All(
            Rows.Where(row => row.State == "working"),
            row => Assert.True(proved.Contains(row.Id) || Command().IsMatch(row.How),
                $"{row.Id}: no test has this trait and no command is named"));
    }

    [Fact]
    public void Tests_named_in_the_table_exist()
    {
        var missing =
            from row in Rows
            from Match name in TestName().Matches(row.How)
            where !TestSources.Any(source => Has(source, name.Groups[1].Value, name.Groups[2].Value))
            select $"{row.Id}: {name.Value}";
        Assert.Empty(missing);
    }

    [Fact]
    public void Traits_name_ids_of_the_ledger() => Assert.Empty(TestSources.SelectMany(TraitIds).Except(Ledger));

    private static IEnumerable<string> TraitIds(string source) => TraitId().Matches(source).Select(match => match.Groups[1].Value);

    private static bool Has(string source, string type, string method) =>
        source.Contains($"class {type}", StringComparison.Ordinal)
            && (method.Length == 0 || source.Contains($" {method}(", StringComparison.Ordinal));

    [GeneratedRegex("Trait\\(\"Requirement\", \"([^\"]*)\"\\)")]
    private static partial Regex TraitId();

    [GeneratedRegex("`(\\w+Tests)(?:\\.(\\w+))?`")]
    private static partial Regex TestName();

    [GeneratedRegex("`(?:dotnet run|tests/run|arctl|demo|node) ")]
    private static partial Regex Command();

    private sealed record Row(string Id, string State, string How);
}
