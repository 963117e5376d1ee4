using System.Net;
using System.Net.Sockets;
using ActorRuntime.Node.Processes;
using Xunit;

namespace ActorRuntime.Node.Tests.Processes;

public sealed class FreePortsTests
{
    [Fact]
    public void Ports_are_distinct_and_free_for_streams_and_datagrams()
    {
        var ports = FreePorts.Find(12);
        Assert.Equal(12, ports.Distinct().Count());
        foreach (var port in ports)
        {
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, port));
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
    }
}
