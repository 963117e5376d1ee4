using ActorRuntime.Actor;
using ActorRuntime.Remote.Wire;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Tests;

[Trait("Requirement", "AR-2")]
public sealed class HostileInputTests : RemoteTestBase
{
    private static readonly IStreamNetwork Streams = new ProductionEnvironment().Streams;

    [Fact]
    public async Task Garbage_on_the_port_costs_its_connection_and_a_count_only()
    {
        const int seeds = 60;
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var echo = SeenFrom(a, b.ActorOf(Props.Create(() => new Echo())), b);
        Assert.Equal("before", await echo.Ask<string>("before", Patience));
        for (var seed = 0UL; seed < seeds; seed++)
        {
            var random = new Prng(seed);
            var garbage = new byte[1 + random.Next() % 5000];
            for (var i = 0; i < garbage.Length; i++) garbage[i] = (byte)random.Next();
            await SendAndWaitForTheEnd(b, [garbage], closeAfterwards: true);
        }
        Eventually(() => RemoteOf(b).Counters.BadConnections == seeds, "all counted");
        Assert.Equal("after", await echo.Ask<string>("after", Patience));
    }

    [Fact]
    public async Task Broken_frames_after_a_good_handshake_end_that_connection_only()
    {
        const int seeds = 60;
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var echo = SeenFrom(a, b.ActorOf(Props.Create(() => new Echo())), b);
        Assert.Equal("before", await echo.Ask<string>("before", Patience));
        for (var seed = 0UL; seed < seeds; seed++)
        {
            var random = new Prng(seed);
            var body = new byte[random.Next() % 300];
            for (var i = 0; i < body.Length; i++) body[i] = (byte)(random.Next() % 8); // Small numbers get further.
            await SendAndWaitForTheEnd(b, [Greeting(b, 99), Frame((FrameKind)(random.Next() % 9), body), Frame((FrameKind)77, [])], closeAfterwards: false);
        }
        Assert.True(RemoteOf(b).Counters.BadConnections > 0);
        Assert.Equal("after", await echo.Ask<string>("after", Patience));
        Assert.False(RemoteOf(b).IsQuarantined(RemoteOf(a).Address, RemoteOf(a).Uid));
    }

    [Fact]
    public async Task Silent_stranger_is_closed_after_the_handshake_timeout()
    {
        var b = StartSystem("b", new RemoteOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(50) });
        await SendAndWaitForTheEnd(b, [], closeAfterwards: false);
        await SendAndWaitForTheEnd(b, [new byte[] { 40, 0, 0 }], closeAfterwards: false);
        Assert.Equal(2, RemoteOf(b).Counters.BadConnections);
    }

    [Fact]
    public async Task Unknown_manifest_drops_the_message_and_keeps_the_connection()
    {
        var b = StartSystem("b");
        var inbox = NewInbox(b, "inbox");
        using var writer = new FrameWriter();
        writer.BeginFrame(FrameKind.Messages);
        WriteMessage(writer, serializer: 2, "no-such-type:1", "{}"u8);
        WriteMessage(writer, serializer: 987, "x", "{}"u8);
        WriteMessage(writer, serializer: 2, "System.Diagnostics.Process, System", "{}"u8);
        WriteMessage(writer, serializer: 1, "s", "hello"u8);
        writer.EndFrame();
        await using var connection = await Streams.ConnectAsync("127.0.0.1", RemoteOf(b).Address.Port!.Value, default);
        await connection.SendAsync(Greeting(b, 5), default);
        await connection.SendAsync(writer.Written, default);
        Assert.Equal("hello", inbox.Next("the message behind the unknown ones"));
        Assert.Equal(3, RemoteOf(b).Counters.DroppedInbound);
        Assert.Equal(0, RemoteOf(b).Counters.BadConnections);
    }

    [Fact]
    public async Task More_connections_than_allowed_are_closed_at_once()
    {
        var b = StartSystem("b", new RemoteOptions { InboundConnectionsMax = 2, HandshakeTimeout = TimeSpan.FromMinutes(5) });
        var port = RemoteOf(b).Address.Port!.Value;
        await using var first = await Streams.ConnectAsync("127.0.0.1", port, default);
        await using var second = await Streams.ConnectAsync("127.0.0.1", port, default);
        await SendAndWaitForTheEnd(b, [], closeAfterwards: false);
        Assert.Equal(1, RemoteOf(b).Counters.RefusedOther);
    }

    [Fact]
    public async Task Dialling_another_systems_address_is_refused()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var address = RemoteOf(b).Address;
        var wrong = ((ExtendedActorSystem)a).Provider.ResolveActorRef($"actor-runtime.tcp://other@{address.Host}:{address.Port}/user/x");
        var dead = Events<Event.DeadLetter>(a);
        wrong.Tell("lost");
        Assert.Equal("lost", Take(dead, "dead letter").Message);
        Assert.True(RemoteOf(b).Counters.RefusedOther > 0);
        await Task.CompletedTask;
    }

    private static byte[] Greeting(ActorSystem to, long uid)
    {
        using var writer = new FrameWriter();
        new Hello(LaneKind.Control, 0, uid, "actor-runtime.tcp://stranger@127.0.0.1:9", RemoteOf(to).Address.ToString()).Write(writer);
        return writer.Written.ToArray();
    }

    private static byte[] Frame(FrameKind kind, byte[] body)
    {
        using var writer = new FrameWriter();
        writer.BeginFrame(kind);
        body.CopyTo(writer.GetSpan(body.Length));
        writer.Advance(body.Length);
        writer.EndFrame();
        return writer.Written.ToArray();
    }

    private static void WriteMessage(FrameWriter writer, long serializer, string manifest, ReadOnlySpan<byte> payload)
    {
        var start = writer.BeginLengthPrefix();
        writer.WriteVarint(1); // Recipient, inline.
        writer.WriteString("/user/inbox");
        writer.WriteVarint(0); // No sender.
        writer.WriteVarint(2); // Manifest, to slot 0.
        writer.WriteVarint(0);
        writer.WriteInt64(serializer);
        writer.WriteString(manifest);
        payload.CopyTo(writer.GetSpan(payload.Length));
        writer.Advance(payload.Length);
        writer.EndLengthPrefix(start);
    }

    private static async Task SendAndWaitForTheEnd(ActorSystem to, byte[][] writes, bool closeAfterwards)
    {
        await using var connection = await Streams.ConnectAsync("127.0.0.1", RemoteOf(to).Address.Port!.Value, default);
        try
        {
            foreach (var bytes in writes) await connection.SendAsync(bytes, default);
            if (closeAfterwards) return;
            var buffer = new byte[4096];
            using var patience = new CancellationTokenSource(Patience);
            while (await connection.ReceiveAsync(buffer, patience.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset by the other side: closed, as it should be.
        }
    }
}
