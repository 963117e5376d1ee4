using ActorRuntime.Actor;

namespace ActorRuntime.Dispatch;

/// <summary>The default: first in, first out, without a limit.</summary>
/// <remarks>
/// Rings of slots that are used again and again, so a message costs no allocation. There is none before the first message; the first has 4 slots, and a ring that is full is
/// followed by one of twice its size, at most 256. Producers claim a slot by moving <c>Tail</c>, write the sender and then the message; the consumer takes what is
/// written. A ring that has a follower is closed by a bit in its <c>Tail</c> before producers see the follower, so each producer's messages stay in order.
/// Benchmarks: <c>tell</c>, <c>pingpong</c>.
/// </remarks>
public sealed class UnboundedMailbox : Mailbox, IUnboundedDequeBasedMessageQueueSemantics
{
    private const int SlotsFirst = 4;
    private const int SlotsMax = 256;
    private const int SpinsMax = 20;

    // Where producers add, and where the consumer takes: the same ring unless the consumer is behind.
    private Ring? _newest;
    private Ring? _oldest;

    /// <inheritdoc/>
    protected internal override bool HasQueued => _oldest is { } ring && (!ring.IsEmpty || ring.IsUsedUp);

    /// <inheritdoc/>
    protected internal override int CountQueued()
    {
        var count = 0;
        for (var ring = Volatile.Read(ref _oldest); ring is not null; ring = Volatile.Read(ref ring.Next)) count += ring.Count;
        return count;
    }

    /// <inheritdoc/>
    protected internal override void Enqueue(object message, IActorRef? sender)
    {
        var ring = Volatile.Read(ref _newest) ?? First();
        while (!ring.TryAdd(message, sender)) ring = Follower(ring);
    }

    /// <inheritdoc/>
    protected internal override bool TryDequeue(out Envelope envelope)
    {
        for (var ring = _oldest; ring is not null; ring = _oldest)
        {
            if (ring.TryTake(out envelope)) return true;
            if (!ring.IsUsedUp) return false;
            _oldest = ring.Next;
        }

        envelope = default;
        return false;
    }

    private Ring First()
    {
        Interlocked.CompareExchange(ref _oldest, new Ring(SlotsFirst), null);
        // Should the consumer be past the first ring already, somebody has published it, and this exchange fails.
        var ring = Volatile.Read(ref _oldest)!;
        return Interlocked.CompareExchange(ref _newest, ring, null) ?? ring;
    }

    // Any number of producers may do this for one ring at once: each step happens once.
    private Ring Follower(Ring full)
    {
        if (Volatile.Read(ref full.Next) is null) Interlocked.CompareExchange(ref full.Next, new Ring(Math.Min(full.Slots * 2, SlotsMax)), null);
        full.Close();
        var seen = Interlocked.CompareExchange(ref _newest, full.Next, full)!;
        return ReferenceEquals(seen, full) ? full.Next! : seen;
    }

    // Slots: a power of two.
    private sealed class Ring(int slots)
    {
        private const long ClosedBit = 1L << 62;

        public Ring? Next;

        private readonly Slot[] _slots = new Slot[slots];
        private readonly int _mask = slots - 1;

        // Producers: the next position to claim, and the first one that may still hold an untaken message of the lap before.
        private long _tail;
        private long _limit = slots;

        // Consumer: the next position to take, and how far producers know of it.
        private long _head;
        private long _headSeen;

        public int Slots => _slots.Length;

        public bool IsEmpty => Claimed == Volatile.Read(ref _head);

        public int Count => (int)Math.Max(0, Claimed - Volatile.Read(ref _head));

        /// <summary>No message is left and none will come. Consumer side.</summary>
        public bool IsUsedUp => Volatile.Read(ref _tail) == (_head | ClosedBit);

        private long Claimed => Volatile.Read(ref _tail) & ~ClosedBit;

        public void Close() => Interlocked.Or(ref _tail, ClosedBit);

        public bool TryAdd(object message, IActorRef? sender)
        {
            var tail = Volatile.Read(ref _tail);
            while (true)
            {
                // A closed ring's tail is beyond every limit.
                if (tail >= Volatile.Read(ref _limit) && !TryRaiseLimit(tail)) return false;
                var seen = Interlocked.CompareExchange(ref _tail, tail + 1, tail);
                if (seen == tail) break;
                tail = seen;
            }

            ref var slot = ref _slots[(int)tail & _mask];
            slot.Sender = sender;
            Volatile.Write(ref slot.Message, message);
            return true;
        }

        public bool TryTake(out Envelope envelope)
        {
            var head = _head;
            ref var slot = ref _slots[(int)head & _mask];
            var message = Volatile.Read(ref slot.Message) ?? AwaitWrite(ref slot);
            if (message is null)
            {
                envelope = default;
                return false;
            }

            envelope = new Envelope(message, slot.Sender);
            slot.Message = null;
            slot.Sender = null;
            Volatile.Write(ref _head, ++head);
            // Not each time: producers read it.
            if ((head & (_mask >> 2)) == 0) Volatile.Write(ref _headSeen, head);
            return true;
        }

        private bool TryRaiseLimit(long tail)
        {
            var limit = Volatile.Read(ref _headSeen) + _slots.Length;
            if (tail >= limit) return false;
            // A late writer of an older, lower limit costs another look, nothing else.
            Volatile.Write(ref _limit, limit);
            return true;
        }

        // A producer has claimed the slot and not written it yet: wait a moment, else come back in the next run.
        private object? AwaitWrite(ref Slot slot)
        {
            if (IsEmpty) return null;
            var spinner = new SpinWait();
            for (var spins = 0; spins < SpinsMax; spins++)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
                if (Volatile.Read(ref slot.Message) is { } message) return message;
            }

            return null;
        }

        private struct Slot
        {
            public object? Message;
            public IActorRef? Sender;
        }
    }
}
