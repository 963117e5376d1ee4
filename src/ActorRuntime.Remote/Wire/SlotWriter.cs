namespace ActorRuntime.Remote.Wire;

/// <summary>The writing side of a table that replaces repeated values (paths, manifests) by small numbers.</summary>
/// <remarks>
/// One per connection and kind of value; the reader keeps a <see cref="SlotReader{T}"/> of the same size. The writer alone decides what stands in a
/// slot and says so in the stream; slots not used of late are taken again (clock algorithm), so any number of values passes through a bounded table.
/// </remarks>
/// <param name="size">Slots, equal on both sides.</param>
/// <param name="comparer">Equality of values.</param>
internal sealed class SlotWriter<T>(int size, IEqualityComparer<T>? comparer = null)
    where T : notnull
{
    private readonly Dictionary<T, int> _slotOf = new(comparer);
    private readonly List<(T? Value, bool IsUsed)> _slots = [];
    private int _hand;

    /// <summary>The slot of <paramref name="value"/>, or -1.</summary>
    public int Find(T value)
    {
        if (!_slotOf.TryGetValue(value, out var slot)) return -1;
        if (!_slots[slot].IsUsed) _slots[slot] = (value, true);
        return slot;
    }

    /// <summary>Puts a new value into a slot; the reader must be told in the same message.</summary>
    public int Assign(T value)
    {
        int slot;
        if (_slots.Count < size)
        {
            slot = _slots.Count;
            _slots.Add(default);
        }
        else
        {
            slot = TakeUnused();
            if (_slots[slot].Value is { } old) _slotOf.Remove(old);
        }
        _slots[slot] = (value, false);
        _slotOf.Add(value, slot);
        return slot;
    }

    /// <summary>Undoes <see cref="Assign"/> when the message that would have told the reader is not sent.</summary>
    public void Forget(int slot)
    {
        if (_slots[slot].Value is { } value) _slotOf.Remove(value);
        _slots[slot] = default;
    }

    private int TakeUnused()
    {
        for (; ; _hand = (_hand + 1) % size)
        {
            var (value, isUsed) = _slots[_hand];
            if (!isUsed) break;
            _slots[_hand] = (value, false);
        }
        var slot = _hand;
        _hand = (_hand + 1) % size;
        return slot;
    }
}
