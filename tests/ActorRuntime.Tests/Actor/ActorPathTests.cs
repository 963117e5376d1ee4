using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class ActorPathTests
{
    [Theory]
    [InlineData("actor-runtime://sys/user/a")]
    [InlineData("actor-runtime.tcp://sys@host:2551/user/a/b")]
    [InlineData("actor-runtime.tcp://sys@[::1]:2551/user/$a")]
    [InlineData("actor-runtime://sys/")]
    public void Text_comes_back(string text)
    {
        Assert.Equal(text, ActorPath.Parse(text).ToString());
        Assert.Equal(text + (text.EndsWith('/') ? "" : "#77"), ActorPath.Parse(text).WithUid(77).ToSerializationFormat());
        Assert.Equal(ActorPath.Parse(text), ActorPath.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("user/a")]
    [InlineData("x://")]
    [InlineData("x://sys@host:port/user")]
    [InlineData("x://sys@host:99999/user")]
    [InlineData("x://sys@:1/user")]
    [InlineData("x://sys/user/a#b")]
    [InlineData("x://sys/user/a b")]
    [InlineData("x://sys/user/\u0000")]
    public void Nonsense_is_refused(string text)
    {
        Assert.False(ActorPath.TryParse(text, out _));
        Assert.Throws<FormatException>(() => ActorPath.Parse(text));
    }

    [Fact]
    public void Parts_are_what_they_say()
    {
        var path = ActorPath.Parse("actor-runtime.tcp://sys@host:2551/user/a/b#42");
        Assert.Equal(42, path.Uid);
        Assert.Equal("b", path.Name);
        Assert.Equal(["user", "a", "b"], path.Elements);
        Assert.Equal("/user/a/b", path.ToStringWithoutAddress());
        Assert.Equal("a", path.Parent.Name);
        Assert.Equal("user", path.ParentOf(1).Name);
        Assert.Equal("user", path.ParentOf(-2).Name);
        Assert.Equal(("sys", "host", 2551), (path.Address.System, path.Address.Host, path.Address.Port));
        Assert.Equal("sys@host:2551", path.Address.HostPort());
        Assert.Equal(path, path.Parent / "b");
        Assert.Equal(path.ParentOf(0) / new[] { "user", "a" }, path.Parent);
        Assert.NotEqual(path, ActorPath.Parse("actor-runtime.tcp://sys@host:2552/user/a/b"));
        var local = new RootActorPath(new Address("actor-runtime", "sys")) / "user";
        Assert.Equal("actor-runtime.tcp://sys@host:2551/user", local.ToStringWithAddress(path.Address));
    }

    [Fact]
    public void Addresses_parse_compare_and_order()
    {
        var address = Address.Parse("p://s@h:1");
        Assert.True(address == new Address("p", "s", "h", 1));
        Assert.True(address != new Address("p", "s", "h", 2));
        Assert.True(address < new Address("p", "s", "i", 1));
        Assert.Throws<FormatException>(() => Address.Parse("nothing"));
        Assert.True(new Address("p", "s").HasLocalScope);
    }
}
