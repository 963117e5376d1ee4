using ActorRuntime.Cluster.Signal;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>How long a signal's echo takes, which a lease must have room for (CL-3).</summary>
public sealed class RoundTripTests
{
    private readonly PeerLink _link = new(SignalViews.Key("b"));

    [Fact]
    [Trait("Requirement", "CL-3")]
    public void First_echo_of_a_signal_tells_how_long_the_way_is()
    {
        var sequence = _link.NextSequence(At(0), At(500));
        Assert.True(_link.TryTakeEcho(sequence, At(410), out var leaseEnd));
        Assert.Equal(At(500), leaseEnd);
        Assert.Equal(TimeSpan.FromMilliseconds(410), _link.RoundTrip);
    }

    [Fact]
    public void Echo_said_again_and_echo_of_what_was_never_sent_tell_nothing()
    {
        var first = _link.NextSequence(At(0), At(500));
        var second = _link.NextSequence(At(100), At(600));
        Assert.True(_link.TryTakeEcho(second, At(300), out _));
        Assert.True(_link.TryTakeEcho(second, At(9_000), out _));
        Assert.True(_link.TryTakeEcho(first, At(9_000), out _));
        Assert.False(_link.TryTakeEcho(second + 1, At(9_000), out _));
        Assert.Equal(TimeSpan.FromMilliseconds(200), _link.RoundTrip);
    }

    [Fact]
    public void Average_follows_a_way_that_got_longer()
    {
        for (var i = 0; i < 1_000; i++)
        {
            var sequence = _link.NextSequence(At(1_000 * i), At((1_000 * i) + 500));
            _link.TryTakeEcho(sequence, At((1_000 * i) + (i < 500 ? 50 : 400)), out _);
            if (i == 499) Assert.Equal(TimeSpan.FromMilliseconds(50), _link.RoundTrip);
        }
        Assert.InRange(_link.RoundTrip.TotalMilliseconds, 399, 400);
    }

    private static MonotonicTime At(int ms) => new(TimeSpan.FromMilliseconds(ms).Ticks);
}
