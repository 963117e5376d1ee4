using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>The items a sender has read and that are not acknowledged, by sequence: a ring that grows up to its limit.</summary>
internal sealed class FlowWindow
{
    private FlowItem[] _ring = new FlowItem[64];
    private int _head;

    /// <summary>Sequence of the oldest item, or of the next one when there is none.</summary>
    public long First { get; private set; } = 1;

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Sequence the next item gets.</summary>
    public long End => First + Count;

    public FlowItem this[long sequence]
    {
        get
        {
            Invariant.Holds(sequence >= First && sequence < End);
            return _ring[(_head + (int)(sequence - First)) & (_ring.Length - 1)];
        }
    }

    /// <summary>Forgets everything and starts at <paramref name="first"/>.</summary>
    public void Reset(long first)
    {
        Array.Clear(_ring);
        (First, Count, Bytes, _head) = (first, 0, 0, 0);
    }

    public void Append(FlowItem item)
    {
        if (Count == _ring.Length) Grow();
        _ring[(_head + Count) & (_ring.Length - 1)] = item;
        Count++;
        Bytes += item.Bytes.Length;
    }

    /// <summary>Forgets the items up to and with <paramref name="sequence"/>.</summary>
    public void DropThrough(long sequence)
    {
        Invariant.Holds(sequence < End);
        while (First <= sequence)
        {
            Bytes -= _ring[_head].Bytes.Length;
            _ring[_head] = default;
            _head = (_head + 1) & (_ring.Length - 1);
            First++;
            Count--;
        }
    }

    private void Grow()
    {
        var larger = new FlowItem[_ring.Length * 2];
        for (var i = 0; i < Count; i++) larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        (_ring, _head) = (larger, 0);
    }
}
