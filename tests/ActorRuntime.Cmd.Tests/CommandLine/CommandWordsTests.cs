using ActorRuntime.Cmd.CommandLine;
using Xunit;

namespace ActorRuntime.Cmd.Tests.CommandLine;

[Trait("Requirement", "AR-8")]
public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("cluster  show ", "cluster|show")]
    [InlineData("entity where 'a type' \"an \\id\"", "entity|where|a type|an \\id")]
    [InlineData("x\\ y z", "x y|z")]
    [InlineData("a'b'c", "abc")]
    [InlineData("'' x", "|x")]
    [InlineData("x\\", "x\\")]
    [InlineData("   ", "")]
    public void Line_is_cut_into_words(string line, string words) => Assert.Equal(words, string.Join('|', CommandWords.Split(line)));

    [Theory]
    [InlineData("a 'b")]
    [InlineData("\"")]
    public void Open_quote_is_refused(string line) => Assert.Throws<FormatException>(() => CommandWords.Split(line));
}
