using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorRuntime.Persistence.Sql.Databases;

/// <summary>CRC-32C of a stored payload: SQLite does not notice a flipped bit inside a blob.</summary>
internal static class Checksum
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var checksum = uint.MaxValue;
        foreach (var word in words) checksum = BitOperations.Crc32C(checksum, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..]) checksum = BitOperations.Crc32C(checksum, rest);
        return ~checksum;
    }
}
