using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>The actors that are registered on one node, by key and by actor.</summary>
internal sealed class Registrations
{
    private static readonly List<IActorRef> Nobody = [];

    private readonly Dictionary<string, List<IActorRef>> _byKey = new(StringComparer.Ordinal); // Looked up and counted only.
    private readonly Dictionary<IActorRef, HashSet<string>> _byActor = []; // Looked up only.

    /// <summary>Pairs of a key and an actor.</summary>
    public int Count { get; private set; }

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<IActorRef> Of(string key) => _byKey.GetValueOrDefault(key, Nobody);

    public bool Contains(string key, IActorRef actor) => _byActor.TryGetValue(actor, out var keys) && keys.Contains(key);

    /// <summary>True when the actor has any.</summary>
    public bool Has(IActorRef actor) => _byActor.ContainsKey(actor);

    /// <returns>False when it was there.</returns>
    public bool Add(string key, IActorRef actor)
    {
        if (!_byActor.TryGetValue(actor, out var keys)) _byActor.Add(actor, keys = new(StringComparer.Ordinal));
        if (!keys.Add(key)) return false;
        if (!_byKey.TryGetValue(key, out var actors)) _byKey.Add(key, actors = []);
        actors.Add(actor);
        Count++;
        return true;
    }

    /// <returns>False when it was not there.</returns>
    public bool Remove(string key, IActorRef actor)
    {
        if (!_byActor.TryGetValue(actor, out var keys) || !keys.Remove(key)) return false;
        if (keys.Count == 0) _byActor.Remove(actor);
        var actors = _byKey[key];
        actors.Remove(actor);
        if (actors.Count == 0) _byKey.Remove(key);
        Count--;
        return true;
    }

    /// <summary>Removes all of an actor.</summary>
    /// <returns>Its keys, in order.</returns>
    public IReadOnlyList<string> Remove(IActorRef actor)
    {
        if (!_byActor.TryGetValue(actor, out var keys)) return [];
        var all = keys.Order(StringComparer.Ordinal).ToArray();
        foreach (var key in all) Remove(key, actor);
        return all;
    }
}
