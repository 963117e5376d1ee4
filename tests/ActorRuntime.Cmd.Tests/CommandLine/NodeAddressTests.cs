using ActorRuntime.Cmd.CommandLine;
using Xunit;

namespace ActorRuntime.Cmd.Tests.CommandLine;

[Trait("Requirement", "AR-8")]
public sealed class NodeAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:9110", "127.0.0.1:9110")]
    [InlineData("9111", "127.0.0.1:9111")]
    [InlineData("node-1.example:80", "node-1.example:80")]
    [InlineData("[::1]:9110", "[::1]:9110")]
    public void Address_is_read(string text, string address)
    {
        Assert.True(NodeAddress.TryParse(text, out var read));
        Assert.Equal(address, read.ToString());
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("host:")]
    [InlineData(":9110")]
    [InlineData("host:0")]
    [InlineData("host:70000")]
    [InlineData("host:-1")]
    [InlineData("a b:1")]
    [InlineData("")]
    public void Other_text_is_not(string text) => Assert.False(NodeAddress.TryParse(text, out _));
}
