using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace ActorRuntime.ProcessTests.Net;

/// <summary>The emulated network itself, with plain sockets: what is set is what happens.</summary>
public sealed class LinkEmulatorTests : IDisposable
{
    private const int Port = 9000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NodeNamespace[] _nodes = [NodeNamespace.Create(), NodeNamespace.Create()];
    private readonly LinkEmulator _network;

    public LinkEmulatorTests() => _network = new(seed: 1, _nodes);

    public void Dispose()
    {
        _network.Dispose();
        foreach (var node in _nodes) node.Dispose();
    }

    [NamespaceFact]
    public void Everything_passes_a_clear_link()
    {
        using var receiver = Bound(2, SocketType.Dgram, ProtocolType.Udp);
        Send(count: 100);
        Assert.Equal(Enumerable.Range(0, 100), Receive(receiver, 100));
    }

    [NamespaceFact]
    public void Delay_is_seen_on_the_way()
    {
        using var receiver = Bound(2, SocketType.Dgram, ProtocolType.Udp);
        _network.Link(1, 2, FrameClass.Signal).Settings = new() { DelayMin = TimeSpan.FromMilliseconds(150), DelayMax = TimeSpan.FromMilliseconds(150) };
        var clock = Stopwatch.StartNew();
        Send(count: 1);
        Receive(receiver, 1);
        Assert.True(clock.ElapsedMilliseconds >= 150, $"{clock.ElapsedMilliseconds} ms");
    }

    [NamespaceFact]
    public void Datagrams_overtake_each_other_and_arrive_twice()
    {
        using var receiver = Bound(2, SocketType.Dgram, ProtocolType.Udp);
        var link = _network.Link(1, 2, FrameClass.Signal);
        link.Settings = new() { Duplication = 1, Reorders = true, DelayMax = TimeSpan.FromMilliseconds(100) };
        Send(count: 50);
        var received = Receive(receiver, 100);
        Assert.Equal(Enumerable.Range(0, 50).SelectMany(i => (int[])[i, i]), received.Order());
        Assert.NotEqual(received.Order(), received);
        Assert.Equal((50, 50), (link.Passed, link.Duplicated));
    }

    [NamespaceFact]
    public void A_cut_of_one_direction_of_one_channel_leaves_the_rest()
    {
        _network.Link(1, 2, FrameClass.Signal).Settings = LinkSettings.Cut;
        using (var lost = Bound(2, SocketType.Dgram, ProtocolType.Udp))
        using (var back = Bound(1, SocketType.Dgram, ProtocolType.Udp))
        {
            Send(count: 5);
            Send(count: 5, from: 2, to: 1);
            Receive(back, 5); // The other direction works.
            Assert.Equal(0, lost.Available);
        }
        Assert.Equal((0, 5), (_network.Link(1, 2, FrameClass.Signal).Passed, _network.Link(1, 2, FrameClass.Signal).Lost));
        Assert.Equal(100_000, Stream(100_000)); // And so does the other channel.
    }

    [NamespaceFact]
    public void Stream_comes_through_loss_reordering_and_duplication_whole()
    {
        foreach (var (from, to) in ((int, int)[])[(1, 2), (2, 1)])
        {
            _network.Link(from, to, FrameClass.Data).Settings =
                new() { Loss = 0.05, Duplication = 0.05, Reorders = true, DelayMax = TimeSpan.FromMilliseconds(5) };
        }
        Assert.Equal(300_000, Stream(300_000));
        Assert.True(_network.Link(1, 2, FrameClass.Data).Lost > 0);
    }

    [NamespaceFact]
    public void Cap_slows_a_stream_down()
    {
        _network.Link(1, 2, FrameClass.Data).Settings = new() { BytesPerSecond = 200_000 };
        var clock = Stopwatch.StartNew();
        Assert.Equal(200_000, Stream(200_000));
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(0.9), $"{clock.Elapsed}");
    }

    private Socket Bound(int node, SocketType type, ProtocolType protocol) => _nodes[node - 1].Inside(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        socket.Bind(new IPEndPoint(IPAddress.Parse(Frame.Address(node)), Port));
        return socket;
    });

    private void Send(int count, int from = 1, int to = 2)
    {
        using var socket = _nodes[from - 1].Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        for (var i = 0; i < count; i++) socket.SendTo(BitConverter.GetBytes(i), new IPEndPoint(IPAddress.Parse(Frame.Address(to)), Port));
    }

    private static List<int> Receive(Socket socket, int count)
    {
        var buffer = new byte[4];
        var received = new List<int>();
        while (received.Count < count)
        {
            Assert.Equal(4, socket.Receive(buffer));
            received.Add(BitConverter.ToInt32(buffer));
        }
        return received;
    }

    /// <summary>Sends so many bytes from node 1 to node 2 over one connection.</summary>
    /// <returns>How many arrived as they were.</returns>
    private int Stream(int bytes)
    {
        using var listener = Bound(2, SocketType.Stream, ProtocolType.Tcp);
        listener.Listen();
        using var sender = _nodes[0].Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        var sent = Enumerable.Range(0, bytes).Select(i => (byte)(i * 31)).ToArray();
        var sending = Task.Factory.StartNew(
            () =>
            {
                sender.Connect(IPAddress.Parse(Frame.Address(2)), Port);
                for (var at = 0; at < bytes;) at += sender.Send(sent.AsSpan(at));
                sender.Shutdown(SocketShutdown.Send);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var receiver = listener.Accept();
        receiver.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        var received = new List<byte>();
        var buffer = new byte[65536];
        for (int read; (read = receiver.Receive(buffer)) > 0;) received.AddRange(buffer.AsSpan(0, read));
        sending.Wait();
        return received.Zip(sent).Count(two => two.First == two.Second);
    }
}
