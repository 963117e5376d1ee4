using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Handler = ActorRuntime.Actor.MessageHandlers.Handler;

namespace ActorRuntime.Actor;

/// <summary>One actor's handlers by number, and which of them may take messages of a type.</summary>
/// <remarks>
/// The second half is a <see cref="Shape"/>: a fact about the sequence of declared types, so all actors share it whose handlers have the same
/// types in the same order. Instances of one class mostly do, but need not. It is found again per message without a lock or an allocation.
/// </remarks>
internal sealed class HandlerTable
{
    private readonly Handler[] _handlers;
    private readonly Shape _shape;

    private HandlerTable(Handler[] handlers)
    {
        _handlers = handlers;
        _shape = Shape.Of(Array.ConvertAll(handlers, static handler => handler.MessageType));
    }

    public static HandlerTable Of(Handler first)
    {
        var handlers = new List<Handler>();
        var handler = first;
        do
        {
            handlers.Add(handler);
            handler = handler.Next;
        }
        while (!ReferenceEquals(handler, first));
        return new HandlerTable([.. handlers]);
    }

    /// <returns>False when no handler took the message.</returns>
    public bool TryHandle(object message)
    {
        var handlers = _handlers;
        foreach (var number in _shape.Matching(message, handlers))
        {
            if (handlers[number].TryHandle(message)) return true;
        }

        return false;
    }

    /// <summary>For each type of message that came, the numbers of the handlers that match it, ascending.</summary>
    private sealed class Shape
    {
        /// <summary>Shapes that are kept, and types kept in each; what comes later works without being shared or kept. A program has few.</summary>
        private const int KeptMax = 10_000;

        private static readonly ConcurrentDictionary<Type[], Shape> Known = new(new SameSequence());
        private static int _shapes;

        private readonly Lock _growing = new();
        private int _types;

        // Open addressing, at most half full; replaced as a whole, so readers need no lock.
        private Entry[] _entries = new Entry[8];

        public static Shape Of(Type[] types)
        {
            if (Known.TryGetValue(types, out var known)) return known;
            var made = new Shape();
            if (_shapes >= KeptMax) return made;
            Interlocked.Increment(ref _shapes);
            return Known.GetOrAdd(types, made);
        }

        public int[] Matching(object message, Handler[] handlers)
        {
            var type = message.GetType();
            ref readonly var entry = ref Slot(Volatile.Read(ref _entries), type);
            return entry.Type is null ? Find(message, handlers) : entry.Matching;
        }

        private int[] Find(object message, Handler[] handlers)
        {
            var found = Enumerable.Range(0, handlers.Length).Where(number => handlers[number].Matches(message)).ToArray();
            lock (_growing)
            {
                if (_types < KeptMax) Keep(new Entry(message.GetType(), found));
            }

            return found;
        }

        private void Keep(Entry added)
        {
            if (Slot(_entries, added.Type!).Type is not null) return;
            _types++;
            var entries = new Entry[_types * 2 > _entries.Length ? _entries.Length * 2 : _entries.Length];
            foreach (var entry in _entries.Append(added))
            {
                if (entry.Type is { } type) Slot(entries, type) = entry;
            }

            Volatile.Write(ref _entries, entries);
        }

        /// <summary>The entry of the type, or the empty one where it belongs.</summary>
        private static ref Entry Slot(Entry[] entries, Type type)
        {
            var mask = entries.Length - 1;
            var slot = RuntimeHelpers.GetHashCode(type) & mask;
            while (entries[slot].Type is { } other && !ReferenceEquals(other, type)) slot = (slot + 1) & mask;
            return ref entries[slot];
        }

        private readonly record struct Entry(Type? Type, int[] Matching);
    }

    private sealed class SameSequence : IEqualityComparer<Type[]>
    {
        public bool Equals(Type[]? one, Type[]? other) => one.AsSpan().SequenceEqual(other);

        public int GetHashCode(Type[] types)
        {
            var hash = new HashCode();
            foreach (var type in types) hash.Add(type);
            return hash.ToHashCode();
        }
    }
}
