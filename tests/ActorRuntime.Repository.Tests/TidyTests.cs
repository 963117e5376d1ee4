using Xunit;

namespace ActorRuntime.Repository.Tests;

/// <summary>Rules of form that no analyzer checks. One pass over the sources, every breach listed.</summary>
public sealed class TidyTests
{
    private const int LinesPerFile = 400;
    private const int LinesPerTestFile = 500;
    private const int ColumnsPerLine = 140;
    private const int ColumnsMax = 200;

    /// <summary>Long lines among a thousand: a sentence or a signature that would not read better in two.</summary>
    private const int LongLinesPerThousand = 20;

    /// <summary>Longer files that are one thing all the same, with the length they may have. The number only goes down.</summary>
    private static readonly Dictionary<string, int> LongerFiles = new()
    {
    };

    private static readonly (string Text, string Use)[] Banned =
    [
        ("#region", "a smaller file"),
        ("/// TBD", "a real sentence or no comment"),
        ("FIXME", "finish it before it lands"),
        ("NotImplementedException", "finish it before it lands"),
        ("async void", "async Task"),
        ("catch { }", "handle it, or say in a comment why nothing is lost"),
        ("Gets or sets ", "what the signature cannot say"),
    ];

    /// <summary>Banned but in the environment's implementations, which are where the ambient world is let in.</summary>
    private static readonly (string Text, string Use)[] BannedOutsideEnvironment =
    [
        ("Thread.Sleep(", "a wait for a condition with a deadline"),
    ];

    [Fact]
    public void Sources_are_tidy()
    {
        var breaches =
            (from file in Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs"))
             where Path.GetFileName(file) != nameof(TidyTests) + ".cs"
             from breach in Check(file, Repository.Lines(file))
             select breach).ToArray();
        if (breaches.Length > 0) Assert.Fail(string.Join('\n', breaches)); // Assert.Empty would cut the list short
    }

    [Fact]
    public void Exceptions_from_the_length_are_still_needed()
    {
        var needless = LongerFiles
            .Where(exception => !File.Exists(Path.Combine(Repository.Root, exception.Key))
                || Repository.Lines(exception.Key).Length <= LinesPerFile);
        Assert.Empty(needless.Select(exception => exception.Key));
    }

    [Fact]
    public void Long_lines_stay_rare()
    {
        var lines = Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs")).SelectMany(Repository.Lines).ToArray();
        var longLines = lines.Count(line => line.Length > ColumnsPerLine);
        Assert.InRange(longLines * 1000 / lines.Length, 0, LongLinesPerThousand);
    }

    [Theory]
    [InlineData("    // TODO: later")]
    [InlineData("    catch { }")]
    [InlineData("#pragma warning disable CA1031")]
    public void Breach_is_found(string line) => Assert.NotEmpty(Check("x.cs", [line]));

    [Fact]
    public void Long_lines_and_files_are_found()
    {
        Assert.Single(Check("x.cs", [new string('x', ColumnsMax + 1)]));
        Assert.Single(Check("x.cs", Enumerable.Repeat("", LinesPerFile + 1).ToArray()));
        Assert.Empty(Check("x.cs", [new string('x', ColumnsMax), "// TODO(#12): known and numbered", "#pragma warning disable X // why"]));
    }

    private static IEnumerable<string> Check(string path, string[] lines)
    {
        var linesMax = LongerFiles.GetValueOrDefault(
            path, path.StartsWith("tests/", StringComparison.Ordinal) ? LinesPerTestFile : LinesPerFile);
        if (lines.Length > linesMax) yield return $"{path}: {lines.Length} lines, at most {linesMax}";
        var isEnvironment = path.StartsWith("src/ActorRuntime/Environment/", StringComparison.Ordinal);
        (string Text, string Use)[] banned = isEnvironment ? Banned : [.. Banned, .. BannedOutsideEnvironment];
        for (var index = 0; index < lines.Length; index++)
        {
            var line = lines[index];
            if (line.Length > ColumnsMax && !line.Contains("https://", StringComparison.Ordinal))
                yield return $"{path}:{index + 1}: {line.Length} columns, at most {ColumnsMax}";
            var explained = line.Contains("//", StringComparison.Ordinal)
                || (index > 0 && lines[index - 1].TrimStart().StartsWith("//", StringComparison.Ordinal));
            if (line.Contains("#pragma warning disable", StringComparison.Ordinal) && !explained)
                yield return $"{path}:{index + 1}: a warning is switched off without a reason beside or above it";
            if (line.Replace("TODO(#", "", StringComparison.Ordinal).Contains("TODO", StringComparison.Ordinal))
                yield return $"{path}:{index + 1}: a TODO names its issue: TODO(#12)";
            foreach (var (text, use) in banned)
            {
                if (line.Contains(text, StringComparison.Ordinal)) yield return $"{path}:{index + 1}: '{text}' is banned, use {use}";
            }
        }
    }
}
