using System.Net;
using System.Net.Sockets;

namespace ActorRuntime.Node.Processes;

/// <summary>Ports of the loopback that nobody uses now.</summary>
/// <remarks>Below the range that systems take the ports of outgoing connections from (Linux: from 32768 on). A port in that range is found
/// free and taken by somebody's next connection before a node binds it, or while a node that will come back is away.</remarks>
internal static class FreePorts
{
    private const int First = 10_000;
    private const int Count = 22_000;
    private const int Stride = 64; // Between processes started one after another: they look in different places.

    private static int _next = Environment.ProcessId % (Count / Stride) * Stride;

    /// <summary>Finds distinct ports that are free for TCP and UDP, others with each call. Nothing keeps them free: use
    /// them soon.</summary>
    /// <exception cref="IOException">There are not as many.</exception>
    public static IReadOnlyList<int> Find(int count)
    {
        var ports = new List<int>();
        for (var tried = 0; tried < Count && ports.Count < count; tried++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port, SocketType.Stream, ProtocolType.Tcp) && IsFree(port, SocketType.Dgram, ProtocolType.Udp)) ports.Add(port);
        }
        return ports.Count == count ? ports : throw new IOException($"{count} ports are needed, {ports.Count} of {First} to {First + Count - 1} are free");
    }

    private static bool IsFree(int port, SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
