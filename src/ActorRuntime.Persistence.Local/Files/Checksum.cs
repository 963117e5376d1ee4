using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>CRC-32C, by the processor's own instruction.</summary>
internal static class Checksum
{
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    /// <summary>Of a format's number and what it is the format of: a number that decays is no newer format.</summary>
    public static uint Of(ReadOnlySpan<byte> format, ReadOnlySpan<byte> bytes) => ~Continue(Continue(uint.MaxValue, format), bytes);

    /// <summary>Takes in more bytes; the last result is turned over (~) by the caller.</summary>
    public static uint Continue(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) checksum = BitOperations.Crc32C(checksum, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..]) checksum = BitOperations.Crc32C(checksum, rest);
        return checksum;
    }
}
