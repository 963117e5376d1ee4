using System.Runtime.InteropServices;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>A fingerprint of a history: equal histories have equal ones, run after run and machine after machine.</summary>
/// <remarks>Not cryptographic. Eight bytes at a time through the mixer of SplitMix64.</remarks>
internal sealed class TraceDigest
{
    private ulong _state = 0x243F_6A88_85A3_08D3;

    /// <summary>What was added so far, as 16 hexadecimal digits.</summary>
    public override string ToString() => _state.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The value itself.</summary>
    public ulong Value => _state;

    public void Add(long value) => _state = Prng.Mix(_state ^ (ulong)value) + 0x9E37_79B9_7F4A_7C15;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add(bytes.Length);
        var words = MemoryMarshal.Cast<byte, long>(bytes);
        foreach (var word in words) Add(BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        foreach (var rest in bytes[(words.Length * sizeof(long))..]) Add(rest);
    }

    public void Add(string text)
    {
        Add(text.Length);
        foreach (var character in text) Add(character);
    }
}
