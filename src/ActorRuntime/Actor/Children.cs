using System.Collections;
using System.Runtime.InteropServices;

namespace ActorRuntime.Actor;

/// <summary>The children of one cell. Any thread: guardians get theirs from outside, selections look from anywhere.</summary>
/// <remarks>A Dictionary enumerates its entries in the order of their slots, which no hash code influences: runs of one seed see one order.</remarks>
internal sealed class Children
{
    private readonly Dictionary<string, Slot> _slots = [];
    private int _nextName;
    private bool _closed;

    /// <summary>Children that were told to stop and have not ended yet.</summary>
    public int Stopping { get; private set; }

    public int Count
    {
        get
        {
            lock (_slots) return _slots.Count;
        }
    }

    public IActorRef Create(ActorCell parent, Props props, string? name, bool systemService)
    {
        IInternalActorRef child;
        lock (_slots)
        {
            if (_closed) throw new InvalidOperationException($"{parent.Self} cannot create children while it is terminating or terminated");
            name ??= NextName();
            ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, name, out var exists);
            if (exists) throw new InvalidActorNameException($"Actor name [{name}] is not unique under {parent.Self.Path}");
            try
            {
                var path = new ActorPath(parent.Self.Path, name, parent.SystemImpl.NextUid());
                child = parent.SystemImpl.Provider.ActorOf(parent.SystemImpl, props, (IInternalActorRef)parent.Self, path, systemService);
            }
            catch
            {
                _slots.Remove(name);
                throw;
            }

            slot.Child = child;
        }

        if (child is LocalActorRef local) local.Start();
        return child;
    }

    public IInternalActorRef? Find(string name)
    {
        lock (_slots) return _slots.TryGetValue(name, out var slot) ? slot.Child : null;
    }

    /// <summary>The statistics of a child; null when <paramref name="child"/> is none of these.</summary>
    public ChildRestartStats? StatsOf(IActorRef child)
    {
        lock (_slots)
        {
            ref var slot = ref SlotOf(child);
            return IsNone(ref slot) ? null : slot.Stats ??= new ChildRestartStats(child);
        }
    }

    public bool MarkStopping(IActorRef child)
    {
        lock (_slots)
        {
            ref var slot = ref SlotOf(child);
            if (IsNone(ref slot) || slot.IsStopping) return false;
            slot.IsStopping = true;
            Stopping++;
            return true;
        }
    }

    /// <summary>Takes a child off that has ended.</summary>
    public bool Remove(IActorRef child)
    {
        lock (_slots)
        {
            ref var slot = ref SlotOf(child);
            if (IsNone(ref slot)) return false;
            if (slot.IsStopping) Stopping--;
            return _slots.Remove(child.Path.Name);
        }
    }

    /// <summary>No more children from now on.</summary>
    public void Close()
    {
        lock (_slots) _closed = true;
    }

    public IReadOnlyList<IInternalActorRef> Snapshot()
    {
        lock (_slots)
        {
            var children = new IInternalActorRef[_slots.Count];
            var i = 0;
            foreach (var (_, slot) in _slots) children[i++] = slot.Child;
            return children;
        }
    }

    public IReadOnlyCollection<ChildRestartStats> Stats() => new StatsView(this);

    private static bool IsNone(ref Slot slot) => System.Runtime.CompilerServices.Unsafe.IsNullRef(ref slot);

    private ref Slot SlotOf(IActorRef child)
    {
        ref var slot = ref CollectionsMarshal.GetValueRefOrNullRef(_slots, child.Path.Name);
        if (IsNone(ref slot) || slot.Child.Equals(child)) return ref slot;
        return ref System.Runtime.CompilerServices.Unsafe.NullRef<Slot>();
    }

    // $a, $b, ... $z, $ba: short, and no user can choose one.
    private string NextName()
    {
        Span<char> text = stackalloc char[9];
        var at = text.Length;
        var number = (uint)_nextName++;
        do
        {
            text[--at] = (char)('a' + (number % 26));
            number /= 26;
        }
        while (number > 0);
        text[--at] = '$';
        return text[at..].ToString();
    }

    private struct Slot
    {
        public IInternalActorRef Child;
        public ChildRestartStats? Stats;
        public bool IsStopping;
    }

    // Enumerated by few strategies, so nothing is copied for the others.
    private sealed class StatsView(Children children) : IReadOnlyCollection<ChildRestartStats>
    {
        public int Count => children.Count;

        public IEnumerator<ChildRestartStats> GetEnumerator()
        {
            foreach (var child in children.Snapshot())
            {
                if (children.StatsOf(child) is { } stats) yield return stats;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
