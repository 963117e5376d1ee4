using System.Diagnostics.CodeAnalysis;
using ActorRuntime.Cluster.Sharding.Regions;

namespace ActorRuntime.Cluster.Sharding.Shards.Memory;

/// <summary>Units of a shard that are to be started: those that messages wait for until they are remembered, and those remembered from
/// before, which wait for the pace.</summary>
/// <remarks>Sans-IO. A unit is offered only while it is remembered. Messages of one unit keep their order.</remarks>
internal sealed class RememberedStarts
{
    private readonly SortedDictionary<string, Queue<Delivery>> _asked = new(StringComparer.Ordinal);
    private readonly Queue<string> _due = [];

    /// <summary>What is remembered.</summary>
    public UnitMemory Memory { get; } = new();

    /// <summary>Messages that wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Remembered units that wait for the pace.</summary>
    public int Due => _due.Count;

    /// <summary>Takes in a message for a unit that does not run.</summary>
    /// <returns>True when the unit may be started now. False: hand the message to <see cref="Wait"/>.</returns>
    public bool MayStart(string id) => Memory.Remember(id) && !_asked.ContainsKey(id);

    /// <summary>The message waits until its unit is remembered.</summary>
    public void Wait(Delivery delivery)
    {
        if (!_asked.TryGetValue(delivery.EntityId, out var queue)) _asked.Add(delivery.EntityId, queue = []);
        queue.Enqueue(delivery);
        Waiting++;
    }

    /// <summary>The record was read: its units are due.</summary>
    public void OnLoaded(IReadOnlyCollection<string> units)
    {
        Memory.OnLoaded(units);
        _due.Clear();
        foreach (var unit in units) _due.Enqueue(unit);
    }

    /// <summary>A remembered unit has ended without having asked for it.</summary>
    public void OnEnded(string id) => _due.Enqueue(id);

    /// <summary>The next unit that messages wait for and that is remembered now.</summary>
    public bool TryTakeAsked([NotNullWhen(true)] out Queue<Delivery>? deliveries)
    {
        foreach (var (id, queue) in _asked)
        {
            if (!Memory.IsLoaded || !Memory.IsRemembered(id)) continue;
            _asked.Remove(id);
            Waiting -= queue.Count;
            deliveries = queue;
            return true;
        }
        deliveries = null;
        return false;
    }

    /// <summary>The next unit that is due; null when none is.</summary>
    public string? TakeDue()
    {
        while (_due.TryDequeue(out var id))
            if (Memory.IsRemembered(id)) return id;
        return null;
    }

    /// <summary>The messages that wait, those of one unit in their order; none waits any more.</summary>
    public List<Delivery> TakeWaiting()
    {
        var all = _asked.Values.SelectMany(queue => queue).ToList();
        _asked.Clear();
        Waiting = 0;
        return all;
    }
}
