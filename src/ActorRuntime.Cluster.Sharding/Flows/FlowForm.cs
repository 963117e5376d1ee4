using System.Buffers;
using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Serialization;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>Events and messages of flows as bytes: on the wire and in journals. A manifest never changes its form.</summary>
public static class FlowForm
{
    /// <summary>Identifier of the serializer, as it stands in journals.</summary>
    public const int SerializerId = 41;

    private const int ItemHeadBytes = 12;

    /// <summary>Names the form of an event, a message, or a receiver's state.</summary>
    public static string Manifest(object value) => value switch
    {
        FlowEvent.FlowOpened => "flow-opened:1",
        FlowEvent.ItemsApplied => "items-applied:1",
        FlowEvent.ItemsRefused => "items-refused:1",
        FlowEvent.FlowCompleted => "flow-completed:1",
        FlowMessage.Open => "open-flow:1",
        FlowMessage.OpenAnswer => "flow-open-answer:1",
        FlowMessage.Items => "flow-items:1",
        FlowMessage.End => "flow-end:1",
        FlowMessage.Acknowledged => "flow-acknowledged:1",
        FlowMessage.Refused => "flow-refused:1",
        _ => throw new ArgumentException($"{value.GetType()} has no form here", nameof(value)),
    };

    public static void Write(object value, IBufferWriter<byte> writer)
    {
        switch (value)
        {
            case FlowEvent fact:
                writer.WriteText(fact.Flow);
                writer.WriteLong(fact.AtMs);
                WriteEvent(fact, writer);
                break;
            case FlowMessage message:
                writer.WriteText(message.Flow);
                Write(message.Fence, writer);
                WriteMessage(message, writer);
                break;
            default:
                throw new ArgumentException($"{value.GetType()} has no form here", nameof(value));
        }
    }

    /// <summary>Reads an event or a message; the bytes may be reused afterwards.</summary>
    /// <exception cref="FormatException">The manifest is unknown or the bytes do not fit it.</exception>
    public static object Read(ReadOnlySpan<byte> bytes, string manifest)
    {
        var reader = new ByteReader(bytes);
        var flow = reader.ReadText();
        object value = manifest switch
        {
            "flow-opened:1" => new FlowEvent.FlowOpened(flow, reader.ReadLong(), ReadFence(ref reader), reader.ReadInt(), reader.ReadLong()),
            "items-applied:1" =>
                new FlowEvent.ItemsApplied(flow, reader.ReadLong(), ReadFence(ref reader), reader.ReadLong(), ReadItems(ref reader)),
            "items-refused:1" => new FlowEvent.ItemsRefused(
                flow, reader.ReadLong(), reader.ReadLong(), reader.ReadInt(), ReadRefusal(ref reader), reader.ReadLong(), reader.ReadLong()),
            "flow-completed:1" => new FlowEvent.FlowCompleted(flow, reader.ReadLong(), ReadFence(ref reader), reader.ReadLong()),
            "open-flow:1" => new FlowMessage.Open(flow, ReadFence(ref reader), reader.ReadInt()),
            "flow-open-answer:1" =>
                new FlowMessage.OpenAnswer(flow, ReadFence(ref reader), reader.ReadLong(), reader.ReadLong(), reader.ReadInt() != 0),
            "flow-items:1" =>
                new FlowMessage.Items(flow, ReadFence(ref reader), reader.ReadInt(), reader.ReadLong(), ReadItems(ref reader)),
            "flow-end:1" => new FlowMessage.End(flow, ReadFence(ref reader), reader.ReadInt(), reader.ReadLong()),
            "flow-acknowledged:1" => new FlowMessage.Acknowledged(flow, ReadFence(ref reader), reader.ReadLong(), reader.ReadInt() != 0),
            "flow-refused:1" => new FlowMessage.Refused(
                flow, ReadFence(ref reader), ReadRefusal(ref reader), ReadFence(ref reader), reader.ReadLong()),
            _ => throw new FormatException($"unknown manifest '{manifest}'"),
        };
        reader.End();
        return value;
    }

    private static void WriteEvent(FlowEvent fact, IBufferWriter<byte> writer)
    {
        switch (fact)
        {
            case FlowEvent.FlowOpened opened:
                Write(opened.Fence, writer);
                writer.WriteInt(opened.Sender);
                writer.WriteLong(opened.Position);
                break;
            case FlowEvent.ItemsApplied applied:
                Write(applied.Fence, writer);
                writer.WriteLong(applied.FirstSequence);
                Write(applied.Batch, writer);
                break;
            case FlowEvent.ItemsRefused refused:
                writer.WriteLong(refused.Term);
                writer.WriteInt(refused.Sender);
                writer.WriteInt((int)refused.Why);
                writer.WriteLong(refused.Messages);
                writer.WriteLong(refused.Items);
                break;
            case FlowEvent.FlowCompleted completed:
                Write(completed.Fence, writer);
                writer.WriteLong(completed.Count);
                break;
        }
    }

    private static void WriteMessage(FlowMessage message, IBufferWriter<byte> writer)
    {
        switch (message)
        {
            case FlowMessage.Open open:
                writer.WriteInt(open.Sender);
                break;
            case FlowMessage.OpenAnswer answer:
                writer.WriteLong(answer.Position);
                writer.WriteLong(answer.SourceOffset);
                writer.WriteInt(answer.IsCompleted ? 1 : 0);
                break;
            case FlowMessage.Items items:
                writer.WriteInt(items.Sender);
                writer.WriteLong(items.FirstSequence);
                Write(items.Batch, writer);
                break;
            case FlowMessage.End end:
                writer.WriteInt(end.Sender);
                writer.WriteLong(end.Count);
                break;
            case FlowMessage.Acknowledged acknowledged:
                writer.WriteLong(acknowledged.Position);
                writer.WriteInt(acknowledged.IsCompleted ? 1 : 0);
                break;
            case FlowMessage.Refused refused:
                writer.WriteInt((int)refused.Why);
                Write(refused.Current, writer);
                writer.WriteLong(refused.Expected);
                break;
        }
    }

    private static void Write(FlowFence fence, IBufferWriter<byte> writer)
    {
        writer.WriteLong(fence.Term);
        writer.WriteLong(fence.ShardTerm);
        writer.WriteLong(fence.Attempt);
    }

    private static FlowFence ReadFence(ref ByteReader reader) => new(reader.ReadLong(), reader.ReadLong(), reader.ReadLong());

    private static FlowRefusal ReadRefusal(ref ByteReader reader)
    {
        var value = (FlowRefusal)reader.ReadInt();
        return Enum.IsDefined(value) ? value : throw new FormatException($"unknown refusal {value}");
    }

    private static void Write(ImmutableArray<FlowItem> items, IBufferWriter<byte> writer)
    {
        writer.WriteInt(items.Length);
        foreach (var item in items)
        {
            writer.WriteLong(item.SourceOffset);
            writer.WriteBytes(item.Bytes.Span);
        }
    }

    /// <summary>One array for all items: the bytes are copied once.</summary>
    private static ImmutableArray<FlowItem> ReadItems(ref ByteReader reader)
    {
        var count = reader.ReadCount(ItemHeadBytes);
        var bytes = new byte[reader.Rest.Length - count * ItemHeadBytes];
        var items = ImmutableArray.CreateBuilder<FlowItem>(count);
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var offset = reader.ReadLong();
            var item = reader.ReadBytes();
            if (item.Length > bytes.Length - at) throw new FormatException($"item {i} takes the bytes of the items after it");
            item.CopyTo(bytes.AsSpan(at));
            items.Add(new FlowItem(offset, bytes.AsMemory(at, item.Length)));
            at += item.Length;
        }
        return items.MoveToImmutable();
    }
}
