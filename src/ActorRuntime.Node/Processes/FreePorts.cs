using System.Net;
using System.Net.Sockets;

namespace ActorRuntime.Node.Processes;

/// <summary>Ports of the loopback that nobody uses now.</summary>
internal static class FreePorts
{
    /// <summary>Finds distinct ports that are free for TCP and UDP. Nothing keeps them free: use them soon.</summary>
    public static IReadOnlyList<int> Find(int count)
    {
        var held = new List<Socket>();
        var ports = new List<int>();
        try
        {
            while (ports.Count < count)
            {
                var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                held.Add(tcp);
                tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                var port = ((IPEndPoint)tcp.LocalEndPoint!).Port;
                using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                try
                {
                    udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
                    ports.Add(port);
                }
                catch (SocketException)
                {
                    // Free for TCP only: held until the end, so that it is not offered again.
                }
            }
            return ports;
        }
        finally
        {
            foreach (var socket in held) socket.Dispose();
        }
    }
}
