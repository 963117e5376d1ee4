using System.Text.RegularExpressions;
using Xunit;

namespace ActorRuntime.Repository.Tests;

/// <summary>Documents that name a path of this repository name one that exists.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Paths_in_documents_exist()
    {
        var missing =
            (from document in Repository.Files("", "*.md")
             from path in Paths(Repository.Text(document))
             where !Path.Exists(Path.Combine(Repository.Root, path))
             select $"{document}: {path}").ToArray();
        if (missing.Length > 0) Assert.Fail(string.Join('\n', missing));
    }

    [Fact]
    public void Paths_are_recognised() =>
        Assert.Equal(["src/A.B/C.cs", "tests/run", "docs/x.md"],
            Paths("`src/A.B/C.cs`, `tests/run`\n    dotnet run --project x\n`docs/x.md` and `other/y`"));

    private static IEnumerable<string> Paths(string text) => PathInBackticks().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex("`((?:src|tests|hocon|deploy|docs|\\.ci)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex PathInBackticks();
}
