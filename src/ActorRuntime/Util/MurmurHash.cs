using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorRuntime.Util;

/// <summary>MurmurHash3, 32 bits (Appleby 2011): well spread, the same in every process and on every node. Not for secrets.</summary>
public static class MurmurHash
{
    /// <summary>Hash of a text, by its UTF-16 units.</summary>
    public static int StringHash(string s) => ByteHash(MemoryMarshal.AsBytes(s.AsSpan()));

    /// <summary>Hash of bytes.</summary>
    public static int ByteHash(ReadOnlySpan<byte> bytes)
    {
        var hash = 0u;
        var rest = bytes;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            hash ^= Scrambled(BinaryPrimitives.ReadUInt32LittleEndian(rest));
            hash = (BitOperations.RotateLeft(hash, 13) * 5) + 0xE6546B64;
        }

        var tail = 0u;
        for (var i = rest.Length - 1; i >= 0; i--) tail = (tail << 8) | rest[i];
        if (rest.Length > 0) hash ^= Scrambled(tail);

        hash ^= (uint)bytes.Length;
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return (int)(hash ^ (hash >> 16));
    }

    private static uint Scrambled(uint block) => BitOperations.RotateLeft(block * 0xCC9E2D51, 15) * 0x1B873593;
}
