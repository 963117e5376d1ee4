using ActorRuntime.Configuration;
using Xunit;

namespace ActorRuntime.Repository.Tests;

/// <summary>The files in hocon/ parse; in a module's reference every key is explained: by a comment beside it or above its paragraph, or by the
/// comment above the section that takes keys of this name.</summary>
[Trait("Requirement", "AR-6")]
public sealed class HoconFilesTests
{
    /// <summary>The only files beside the references that are ready configurations; others stand in folders.</summary>
    private static readonly string[] Ready = ["one-node.conf", "postgres.conf"];

    [Fact]
    public void Files_parse()
    {
        foreach (var file in Repository.Files("hocon", "*.conf"))
            Assert.False(ConfigurationFactory.ParseFile(Path.Combine(Repository.Root, file)).IsEmpty, file);
    }

    [Fact]
    public void Keys_of_references_are_explained()
    {
        var silent =
            (from file in Repository.Files("hocon", "*.conf")
             where Path.GetDirectoryName(file) == "hocon" && !Ready.Contains(Path.GetFileName(file))
             let root = ConfigurationFactory.ParseFile(Path.Combine(Repository.Root, file)).Root
             from line in Silent((HoconValue.Object)root, "", Repository.Lines(file))
             select $"{file}:{line}: no comment").ToArray();
        if (silent.Length > 0) Assert.Fail(string.Join('\n', silent));
    }

    [Fact]
    public void Key_without_a_comment_is_found()
    {
        string[] lines = ["# What it is.", "a = 1", "", "b = 2", "# Takes port and", "# host.", "c {", "  port = 1", "  user = x", "}", "e = 3 # why"];
        var root = (HoconValue.Object)ConfigurationFactory.ParseString(string.Join('\n', lines)).Root;
        Assert.Equal([4, 9], Silent(root, "", lines));
    }

    private static IEnumerable<int> Silent(HoconValue.Object section, string above, string[] lines)
    {
        foreach (var (key, value) in section.Items)
        {
            var comment = CommentAt(value.Origin.Line - 1, lines);
            if (value is HoconValue.Object { Items.Count: > 0 } below)
            {
                foreach (var line in Silent(below, above + comment, lines)) yield return line;
            }
            else if (comment.Length == 0 && value is not HoconValue.Object && !above.Contains(key, StringComparison.Ordinal))
            {
                yield return value.Origin.Line;
            }
        }
    }

    /// <summary>The comment on the line, and those above it up to the next empty line or brace.</summary>
    private static string CommentAt(int index, string[] lines)
    {
        var comment = lines[index].IndexOf('#', StringComparison.Ordinal) is var at and >= 0 ? lines[index][at..] : "";
        for (var above = index - 1; above >= 0 && lines[above].Trim() is not "" && !lines[above].TrimEnd().EndsWith('{'); above--)
        {
            if (lines[above].TrimStart().StartsWith('#')) comment += lines[above];
        }
        return comment;
    }
}
