using System.Net;
using System.Net.Sockets;
using Xunit;

namespace ActorRuntime.Tests;

public sealed class TcpStreamNetworkTests
{
    private readonly IStreamNetwork _streams = new ProductionEnvironment().Streams;

    [Fact]
    public async Task Bytes_arrive_in_order_and_the_end_is_seen()
    {
        await using var listener = _streams.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = listener.AcceptAsync(default);
        var client = await _streams.ConnectAsync("127.0.0.1", listener.LocalEndPoint.Port, default);
        await using var server = await accepting;

        var sent = new byte[3_000_000];
        new Random(1).NextBytes(sent);
        var sending = client.SendAsync(sent, default);
        var received = new MemoryStream();
        var buffer = new byte[65_536];
        while (received.Length < sent.Length) received.Write(buffer, 0, await server.ReceiveAsync(buffer, default));
        await sending;
        Assert.Equal(sent, received.ToArray());

        await client.DisposeAsync();
        Assert.Equal(0, await server.ReceiveAsync(buffer, default));
    }

    [Fact]
    public async Task Port_without_listener_is_refused()
    {
        // Bound, so that nobody else gets it meanwhile, but not listening.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(async () => await _streams.ConnectAsync("127.0.0.1", port, default));
        Assert.Contains($"127.0.0.1:{port}", refused.Message);
    }

    [Fact]
    public async Task Taken_port_is_named_with_advice()
    {
        await using var listener = _streams.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var taken = Assert.Throws<IOException>(() => _streams.Listen(listener.LocalEndPoint));
        Assert.Contains(listener.LocalEndPoint.ToString(), taken.Message);
        Assert.Contains("configure another port", taken.Message);
    }

    [Fact]
    public async Task Closing_the_listener_ends_a_pending_accept()
    {
        var listener = _streams.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = listener.AcceptAsync(default);
        await listener.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await accepting);
    }

    [Fact]
    public async Task Closing_a_connection_ends_its_pending_read()
    {
        await using var listener = _streams.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var accepting = listener.AcceptAsync(default);
        var client = await _streams.ConnectAsync("127.0.0.1", listener.LocalEndPoint.Port, default);
        await using var server = await accepting;
        var reading = client.ReceiveAsync(new byte[1], default).AsTask();
        await client.DisposeAsync();
        try
        {
            Assert.Equal(0, await reading.WaitAsync(TimeSpan.FromSeconds(30)));
        }
        catch (IOException)
        {
            // Equally good: the reader learns that it is over.
        }
    }
}
