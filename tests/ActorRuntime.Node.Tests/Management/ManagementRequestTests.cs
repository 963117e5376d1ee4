using System.Text;
using ActorRuntime.Node.Management;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Node.Tests.Management;

[Trait("Requirement", "AR-8")]
public sealed class ManagementRequestTests
{
    [Fact]
    public void Command_is_read()
    {
        var request = Parse("{\"id\":7,\"command\":[\"entity\",\"where\",\"é\"],\"follow\":true}");
        Assert.Equal((7, "entity where é", true, false), (request!.Id, string.Join(' ', request.Words), request.Follow, request.Cancel));
        Assert.True(Parse("{\"id\":7,\"cancel\":true}")!.Cancel);
        Assert.False(Parse("{\"command\":[\"why\"],\"id\":1}")!.Follow);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("[]")]
    [InlineData("{\"id\":1}")]
    [InlineData("{\"id\":0,\"command\":[\"why\"]}")]
    [InlineData("{\"id\":1.5,\"command\":[\"why\"]}")]
    [InlineData("{\"id\":\"1\",\"command\":[\"why\"]}")]
    [InlineData("{\"id\":1,\"command\":\"why\"}")]
    [InlineData("{\"id\":1,\"command\":[1]}")]
    [InlineData("{\"id\":1,\"command\":[\"\\ud800\"]}")]
    [InlineData("{\"id\":1,\"command\":[\"why\"]} x")]
    public void Anything_else_is_refused(string line) => Assert.Null(Parse(line));

    [Fact]
    public void Changed_bytes_never_break_the_reader()
    {
        var good = Encoding.UTF8.GetBytes("{\"id\":1,\"command\":[\"cluster\",\"\\u0041é\"],\"follow\":false,\"cancel\":false}");
        for (ulong seed = 0; seed < 5_000; seed++)
        {
            var random = new Prng(seed);
            var bytes = good[..(int)(random.Next() % (ulong)(good.Length + 1))];
            for (var i = random.Next() % 4; i > 0 && bytes.Length > 0; i--)
                bytes[random.Next() % (ulong)bytes.Length] = (byte)random.Next();
            var request = ManagementRequest.Parse(bytes);
            Assert.True(request is null || request.Id >= 1, $"seed {seed}");
        }
    }

    private static ManagementRequest? Parse(string line) => ManagementRequest.Parse(Encoding.UTF8.GetBytes(line));
}
