using System.Buffers.Binary;
using System.Numerics;

namespace ActorRuntime.Remote.Wire;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of all bytes so far and <paramref name="bytes"/>; start with 0.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var running = ~checksum;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            running = BitOperations.Crc32C(running, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
        foreach (var single in bytes) running = BitOperations.Crc32C(running, single);
        return ~running;
    }
}
