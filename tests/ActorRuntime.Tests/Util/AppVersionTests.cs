using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Tests.Util;

public sealed class AppVersionTests
{
    [Theory]
    [InlineData("1.9.9", "1.10.0")]
    [InlineData("1.2.9", "1.2.10")]
    [InlineData("1.9", "2")]
    [InlineData("1", "1.0.1")]
    [InlineData("1.2.3-M2", "1.2.3-RC1")]
    [InlineData("1.2.3-RC1", "1.2.3")]
    [InlineData("1.2-SNAPSHOT", "1.2")]
    [InlineData("1.2.3", "1.2.3-1-1234abcd")]
    [InlineData("1.2.3+9-1234abcd", "1.2.3+10-0234abcd")]
    [InlineData("1.2.3-10-1234abcd", "1.2.4-1-0234abcd")]
    public void Older_comes_before_newer(string older, string newer)
    {
        var (a, b) = (AppVersion.Create(older), AppVersion.Create(newer));
        Assert.True(a < b && b > a && a <= b && b >= a && a != b);
        Assert.Equal([a, b], ((AppVersion[])[b, a]).Order());
    }

    [Theory]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("1.2", "1.2.0")]
    [InlineData("1.2.3-RC1", "1.2.3-RC1")]
    [InlineData("1.2.3-4-abcd", "1.2.3+4-abcd")]
    public void Versions_that_compare_as_equal_are_equal(string one, string other)
    {
        var (a, b) = (AppVersion.Create(one), AppVersion.Create(other));
        Assert.True(a == b && a <= b && a >= b && !(a < b));
        Assert.Equal((a, a.GetHashCode()), (b, b.GetHashCode()));
        Assert.Equal(one, a.ToString());
    }

    [Fact]
    public void Zero_is_older_than_every_release()
    {
        Assert.Equal(AppVersion.Create("0.0.0"), AppVersion.Zero);
        Assert.True(AppVersion.Zero < AppVersion.Create("0.0.1"));
        Assert.True(AppVersion.Zero.CompareTo(null) > 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3.4")]
    [InlineData("1.x.3")]
    [InlineData("1..3")]
    [InlineData("-RC1")]
    [InlineData("1.2147483648")]
    [InlineData("+1.2")]
    public void What_does_not_begin_with_numbers_is_refused(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => AppVersion.Create(text)).Message);
}
