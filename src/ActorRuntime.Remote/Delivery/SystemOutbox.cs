namespace ActorRuntime.Remote.Delivery;

/// <summary>The sending half of reliable, ordered delivery to one incarnation of a peer.</summary>
/// <remarks>
/// Decides which message leaves next and under which number. Model: connections break and lose any suffix of what was written; the peer
/// acknowledges cumulatively. Invariant: what the peer has acknowledged is a prefix of what was sent, and every message not acknowledged is still held.
/// Not thread-safe: its lane holds a lock.
/// </remarks>
/// <param name="capacity">Messages held at most.</param>
internal sealed class SystemOutbox<T>(int capacity)
{
    private const int DeadEntriesMax = 1024;

    private readonly List<T> _held = []; // The first _head entries are acknowledged and wait to be cut off together.
    private int _head;
    private int _sent; // How many of those not acknowledged were written to the present connection.
    private long _acknowledged;

    /// <summary>Messages not yet acknowledged.</summary>
    public int Count => _held.Count - _head;

    /// <summary>True when a message waits to be written.</summary>
    public bool HasNext => _sent < Count;

    /// <summary>Takes in a message.</summary>
    /// <returns>False when <see cref="Count"/> is at the capacity: the peer must be given up.</returns>
    public bool TryAdd(T message)
    {
        if (Count >= capacity) return false;
        _held.Add(message);
        return true;
    }

    /// <summary>The next message to write, with its number, from 1 without gaps.</summary>
    public bool TryTake(out long sequence, out T message)
    {
        (sequence, message) = (0, default!);
        if (!HasNext) return false;
        message = _held[_head + _sent];
        sequence = _acknowledged + ++_sent;
        return true;
    }

    /// <summary>The peer handed over everything up to <paramref name="sequence"/>; old acknowledgements change nothing.</summary>
    /// <returns>False when it acknowledges what was never sent: a broken peer.</returns>
    public bool TryAcknowledge(long sequence)
    {
        if (sequence > _acknowledged + Count) return false;
        if (sequence <= _acknowledged) return true;
        var count = (int)(sequence - _acknowledged);
        _acknowledged = sequence;
        _sent = Math.Max(0, _sent - count);
        _head += count;
        if (_head < DeadEntriesMax && _head < _held.Count) return true;
        _held.RemoveRange(0, _head);
        _head = 0;
        return true;
    }

    /// <summary>A new connection to the same incarnation: everything not acknowledged is written again.</summary>
    public void Rewind() => _sent = 0;

    /// <summary>Another incarnation took the peer's place: numbers start again with the messages that still mean something to it.</summary>
    /// <returns>The messages dropped.</returns>
    public IReadOnlyList<T> Restart(Predicate<T> keep)
    {
        _held.RemoveRange(0, _head);
        (_head, _sent, _acknowledged) = (0, 0, 0);
        var dropped = _held.FindAll(message => !keep(message));
        _held.RemoveAll(message => !keep(message));
        return dropped;
    }
}

/// <summary>What to do with a numbered message.</summary>
internal enum Arrival
{
    /// <summary>Hand it over.</summary>
    Deliver,

    /// <summary>Handed over before: drop it, acknowledge again.</summary>
    Duplicate,

    /// <summary>One before it is missing, which a connection in order cannot cause: close it.</summary>
    Gap,
}

/// <summary>The receiving half; one per incarnation of a peer.</summary>
internal sealed class SystemInbox
{
    /// <summary>Number of the last message handed over.</summary>
    public long Delivered { get; private set; }

    /// <summary>Judges the message numbered <paramref name="sequence"/>.</summary>
    public Arrival Accept(long sequence)
    {
        if (sequence <= Delivered) return Arrival.Duplicate;
        if (sequence != Delivered + 1) return Arrival.Gap;
        Delivered = sequence;
        return Arrival.Deliver;
    }
}
