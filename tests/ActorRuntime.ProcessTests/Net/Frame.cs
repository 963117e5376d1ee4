using System.Buffers.Binary;

namespace ActorRuntime.ProcessTests.Net;

/// <summary>Addresses of the emulated network, and what an Ethernet frame tells about itself.</summary>
/// <remarks>Node n, from 1, has 10.77.0.n and the hardware address 02:00:00:00:00:n. All know both of each other, so nobody asks for them, and
/// a frame of anything but TCP and UDP over IPv4 between two nodes does not belong here.</remarks>
internal static class Frame
{
    public const int NodesMax = 32;
    public const int BytesMax = 1514;

    private const int HeaderBytes = 14;
    private const int IPv4 = 0x0800, Tcp = 6, Udp = 17;

    public static string Address(int node) => $"10.77.0.{node}";

    public static string HardwareAddress(int node) => $"02:00:00:00:00:{node:x2}";

    /// <summary>Reads to whom a frame goes, and on which channel.</summary>
    /// <returns>False for what does not belong here.</returns>
    public static bool TryRead(ReadOnlySpan<byte> frame, out int to, out FrameClass channel)
    {
        (to, channel) = (0, FrameClass.Data);
        if (frame.Length < HeaderBytes + 20 || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != IPv4) return false;
        if (!frame[..5].SequenceEqual((ReadOnlySpan<byte>)[2, 0, 0, 0, 0]) || frame[5] is 0 or > NodesMax) return false;
        var protocol = frame[HeaderBytes + 9];
        (to, channel) = (frame[5], protocol == Udp ? FrameClass.Signal : FrameClass.Data);
        return protocol is Tcp or Udp;
    }
}
