using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Flows;

public sealed class FlowFormTests
{
    private static readonly FlowFence Fence = new(7, 5, 3);
    private static readonly ImmutableArray<FlowItem> Batch = [new(4, "a\r\n"u8.ToArray()), new(9, Array.Empty<byte>()), new(10, new byte[] { 0xff, 0 })];

    private static readonly object[] Values =
    [
        new FlowEvent.FlowOpened("größe", 1, Fence, 2, 40), new FlowEvent.ItemsApplied("f", 2, Fence, 41, Batch),
        new FlowEvent.ItemsRefused("f", 3, 6, -1, FlowRefusal.Muted, 4, 5), new FlowEvent.FlowCompleted("f", 4, Fence, 43),
        new FlowMessage.Open("f", Fence, 1), new FlowMessage.OpenAnswer("f", Fence, 40, 44, true), new FlowMessage.Items("f", Fence, 1, 41, Batch),
        new FlowMessage.End("f", Fence, 1, 43), new FlowMessage.Acknowledged("f", Fence, 43, true),
        new FlowMessage.Refused("f", Fence, FlowRefusal.Gap, Fence with { Attempt = 4 }, 41),
    ];

    [Fact]
    public void Everything_comes_back_as_it_was()
    {
        foreach (var value in Values) Assert.Equal(Text(value), Text(FlowForm.Read(Bytes(value), FlowForm.Manifest(value))));
    }

    [Fact]
    public void Cut_lengthened_and_damaged_bytes_are_refused_or_read_never_worse()
    {
        foreach (var value in Values)
        {
            var (bytes, manifest) = (Bytes(value), FlowForm.Manifest(value));
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<FormatException>(() => FlowForm.Read(bytes.AsSpan(0, length), manifest));
            Assert.Throws<FormatException>(() => FlowForm.Read([.. bytes, 0], manifest));
            for (ulong seed = 1; seed <= 500; seed++) ReadDamaged(bytes, manifest, new Prng(seed));
        }
        Assert.Throws<FormatException>(() => FlowForm.Read(Bytes(Values[0]), "unknown:1"));
    }

    /// <summary>Stored events of the first version: every later program must read them.</summary>
    [Fact]
    public void The_stored_form_of_version_1_never_changes()
    {
        const string stored =
            "0100000066" + "0200000000000000" + "0700000000000000" + "0500000000000000" + "0300000000000000" + "2900000000000000"
            + "03000000" + "0400000000000000" + "03000000" + "610D0A" + "0900000000000000" + "00000000" + "0A00000000000000" + "02000000" + "FF00";
        Assert.Equal(stored, Convert.ToHexString(Bytes(Values[1])));
    }

    private static void ReadDamaged(byte[] bytes, string manifest, Prng random)
    {
        var damaged = bytes.ToArray();
        damaged[random.Next() % (ulong)damaged.Length] = (byte)random.Next();
        try
        {
            FlowForm.Read(damaged, manifest);
        }
        catch (FormatException)
        {
            // Refused: as good as read.
        }
    }

    private static byte[] Bytes(object value)
    {
        var writer = new ArrayBufferWriter<byte>();
        FlowForm.Write(value, writer);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Items compare by reference: as text by content.</summary>
    private static string Text(object value)
    {
        var batch = value switch
        {
            FlowEvent.ItemsApplied applied => applied.Batch,
            FlowMessage.Items items => items.Batch,
            _ => [],
        };
        var text = new StringBuilder(value.ToString());
        foreach (var item in batch) text.Append(item.SourceOffset).Append(':').Append(Convert.ToHexString(item.Bytes.Span)).Append(' ');
        return text.ToString();
    }
}
