#pragma warning disable RS0030 // One of the implementations behind the seam: here sockets enter the process.
using System.Net;
using System.Net.Sockets;

namespace ActorRuntime;

/// <summary>UDP channels, each with its own socket and thread.</summary>
internal sealed class UdpNetwork : IDatagramNetwork
{
    private const int ReceiveBufferBytes = 1 << 20;

    public IDatagramChannel Open(IPEndPoint endPoint, string name, IDatagramHandler handler)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            socket.ReceiveBufferSize = ReceiveBufferBytes; // The kernel may grant less; a burst must survive one collection of garbage.
            socket.Bind(endPoint);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"Cannot open udp {endPoint} for {name}: {TcpStreamNetwork.Advice(e)}", e);
        }
        return new UdpChannel(socket, name, handler);
    }
}
