namespace ActorRuntime.Remote.Wire;

/// <summary>The reading side of a <see cref="SlotWriter{T}"/>.</summary>
/// <param name="size">Slots, equal on both sides.</param>
internal sealed class SlotReader<T>(int size)
    where T : class
{
    private readonly List<T?> _slots = [];

    /// <summary>Puts what the writer announced into its slot.</summary>
    /// <exception cref="WireException">No such slot.</exception>
    public void Set(int slot, T value)
    {
        if (slot >= size) throw new WireException($"slot {slot} assigned, there are {size}");
        while (_slots.Count <= slot) _slots.Add(null);
        _slots[slot] = value;
    }

    /// <exception cref="WireException">Nothing was announced for the slot.</exception>
    public T Get(int slot) =>
        slot < _slots.Count && _slots[slot] is { } value ? value : throw new WireException($"slot {slot} is used and was never assigned");
}
