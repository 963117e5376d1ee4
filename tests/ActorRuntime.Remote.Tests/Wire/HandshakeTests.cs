using ActorRuntime.Remote.Wire;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Tests.Wire;

public sealed class HandshakeTests
{
    private static readonly Hello Sample = new(LaneKind.Data, 3, -5, "actor-runtime.tcp://a@h:1", "actor-runtime.tcp://b@h:2");

    [Fact]
    public void Both_sides_read_what_the_other_wrote()
    {
        Assert.Equal(Sample, Hello.Read(FrameKind.Hello, Body(Sample.Write), out var version));
        Assert.Equal(Hello.Version, version);
        var welcome = new HelloReply(7, null, "");
        Assert.Equal(welcome, HelloReply.Read(FrameKind.Welcome, Body(welcome.Write)));
        var refused = new HelloReply(7, RefusalReason.Quarantined, "why");
        Assert.Equal(refused, HelloReply.Read(FrameKind.Refused, Body(refused.Write)));
    }

    [Fact]
    public void Another_version_is_told_apart_from_nonsense()
    {
        var body = Body(Sample.Write);
        body[8]++; // The version follows the magic number.
        Assert.Null(Hello.Read(FrameKind.Hello, body, out var version));
        Assert.Equal(Hello.Version + 1, version);
        body[0]++;
        Assert.Throws<WireException>(() => Hello.Read(FrameKind.Hello, body, out _));
    }

    [Fact]
    public void Mutilated_handshakes_are_refused_or_read_and_nothing_else()
    {
        for (var seed = 0UL; seed < 500; seed++)
        {
            var random = new Prng(seed);
            var body = Body(Sample.Write);
            for (var i = random.Next() % 4; i > 0; i--) body[random.Next() % (ulong)body.Length] = (byte)random.Next();
            var cut = body.AsMemory(0, (int)(random.Next() % (ulong)(body.Length + 1)));
            try
            {
                Hello.Read((FrameKind)(random.Next() % 9), cut, out _);
            }
            catch (WireException)
            {
                // Refused, as it should be.
            }
        }
    }

    private static byte[] Body(Action<FrameWriter> write)
    {
        using var writer = new FrameWriter();
        write(writer);
        return writer.Written[(FrameReader.HeaderBytes + 1)..].ToArray();
    }
}
