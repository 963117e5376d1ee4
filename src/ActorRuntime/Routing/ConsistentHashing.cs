using System.Globalization;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Event;
using ActorRuntime.Util;

namespace ActorRuntime.Routing;

/// <summary>Says what the key of a message is; null for messages it does not know.</summary>
public delegate object? ConsistentHashMapping(object message);

/// <summary>A message that knows its key.</summary>
public interface IConsistentHashable
{
    /// <summary>Messages of equal keys go to the same routee. A text, bytes, a number, a Guid, or anything whose text identifies it.</summary>
    object ConsistentHashKey { get; }
}

/// <summary>A message with a key.</summary>
/// <param name="message">What the routee gets.</param>
/// <param name="hashKey">The key.</param>
public sealed class ConsistentHashableEnvelope(object message, object hashKey) : RouterEnvelope(message), IConsistentHashable
{
    /// <summary>The key.</summary>
    public object HashKey { get; } = hashKey;

    /// <inheritdoc/>
    public object ConsistentHashKey => HashKey;
}

/// <summary>The same routee for the same key, as long as the routees stay the same; when one comes or goes, few keys move.</summary>
/// <remarks>A message without a key, or with one that has no text of its own, finds nobody and is logged. Keys hash alike in every process.</remarks>
public sealed class ConsistentHashingRoutingLogic : RoutingLogic
{
    /// <summary>Places of each routee on the ring unless told otherwise.</summary>
    public const int DefaultVirtualNodesFactor = 10;

    private readonly ActorSystem _system;
    private readonly int _virtualNodesFactor;
    private readonly ConsistentHashMapping? _mapping;
    private volatile Ring? _ring;

    /// <summary>A logic.</summary>
    /// <param name="system">Names local routees by its address, and logs messages without a key.</param>
    /// <param name="virtualNodesFactor">Places of each routee on the ring; 0 takes 10. More spread the keys more evenly.</param>
    /// <param name="hashMapping">Asked first; null leaves it to the messages.</param>
    public ConsistentHashingRoutingLogic(ActorSystem system, int virtualNodesFactor = 0, ConsistentHashMapping? hashMapping = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(virtualNodesFactor);
        (_system, _mapping) = (system, hashMapping);
        _virtualNodesFactor = virtualNodesFactor == 0 ? DefaultVirtualNodesFactor : virtualNodesFactor;
    }

    /// <inheritdoc/>
    public override Routee Select(object message, Routee[] routees)
    {
        if (routees.Length == 0) return Routee.NoRoutee;
        var key = _mapping?.Invoke(message) ?? (message as IConsistentHashable)?.ConsistentHashKey;
        if (key is null || HashOf(key) is not { } hash)
        {
            _system.Log.Warning(
                "Message {Message} has no key for consistent hashing: map it, implement IConsistentHashable, or wrap it in a ConsistentHashableEnvelope; a key needs a text of its own",
                message.GetType());
            return Routee.NoRoutee;
        }

        var ring = _ring;
        if (ring is null || !ReferenceEquals(ring.Routees, routees))
        {
            // Two threads may make it at once; both make the same.
            _ring = ring = new Ring(routees, new ConsistentHash<Routee>(routees, NameOf, _virtualNodesFactor));
        }

        return ring.Hash.NodeFor(hash);
    }

    // A hash code would differ between processes; a text that is only the name of the class would send all keys to one routee.
    private static int? HashOf(object key) => key switch
    {
        string text => MurmurHash.StringHash(text),
        byte[] bytes => MurmurHash.ByteHash(bytes),
        IFormattable formattable => MurmurHash.StringHash(formattable.ToString(null, CultureInfo.InvariantCulture)),
        _ when key.ToString() is { } text && text != key.GetType().ToString() => MurmurHash.StringHash(text),
        _ => null,
    };

    private string NameOf(Routee routee) => routee switch
    {
        ActorRefRoutee direct => direct.Actor.Path.ToStringWithAddress(((ExtendedActorSystem)_system).Provider.DefaultAddress),
        ActorSelectionRoutee selected => selected.Selection.Anchor.Path + selected.Selection.PathString,
        _ => routee.ToString()!,
    };

    private sealed record Ring(Routee[] Routees, ConsistentHash<Routee> Hash);
}

/// <summary>A pool that takes the same routee for the same key.</summary>
public sealed class ConsistentHashingPool : Pool<ConsistentHashingPool>
{
    private ConsistentHashMapping? _mapping;

    /// <summary>A pool.</summary>
    /// <param name="nrOfInstances">Routees at the start.</param>
    /// <param name="hashMapping">Keys of messages; null leaves it to the messages.</param>
    public ConsistentHashingPool(int nrOfInstances, ConsistentHashMapping? hashMapping = null)
        : this(nrOfInstances, null, null, null, hashMapping: hashMapping)
    {
    }

    /// <inheritdoc cref="Pool(int, Resizer, SupervisorStrategy, string, bool)"/>
    /// <param name="virtualNodesFactor">Places of each routee on the ring; 0 takes 10.</param>
    /// <param name="hashMapping">Keys of messages; null leaves it to the messages.</param>
    public ConsistentHashingPool(
        int nrOfInstances, Resizer? resizer, SupervisorStrategy? supervisorStrategy, string? routerDispatcher, bool usePoolDispatcher = false,
        int virtualNodesFactor = 0, ConsistentHashMapping? hashMapping = null)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(virtualNodesFactor);
        (VirtualNodesFactor, _mapping) = (virtualNodesFactor, hashMapping);
    }

    /// <summary>By a deployment section.</summary>
    public ConsistentHashingPool(Config config)
        : base(config) => VirtualNodesFactor = config.GetInt("virtual-nodes-factor", ConsistentHashingRoutingLogic.DefaultVirtualNodesFactor);

    /// <summary>Places of each routee on the ring; 0 for 10.</summary>
    public int VirtualNodesFactor { get; private set; }

    /// <summary>With keys of messages by a function.</summary>
    public ConsistentHashingPool WithHashMapping(ConsistentHashMapping mapping) => With(pool => pool._mapping = mapping);

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new ConsistentHashingRoutingLogic(system, VirtualNodesFactor, _mapping));

    /// <inheritdoc/>
    public override RouterConfig WithFallback(RouterConfig routerConfig)
    {
        var merged = (ConsistentHashingPool)base.WithFallback(routerConfig);
        if (routerConfig is not ConsistentHashingPool other) return merged;
        return merged.With(pool => pool._mapping ??= other._mapping);
    }
}

/// <summary>A group that takes the same routee for the same key.</summary>
public sealed class ConsistentHashingGroup : Group
{
    private ConsistentHashMapping? _mapping;

    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    /// <param name="hashMapping">Keys of messages; null leaves it to the messages.</param>
    /// <param name="virtualNodesFactor">Places of each routee on the ring; 0 takes 10.</param>
    public ConsistentHashingGroup(
        IEnumerable<string> paths, ConsistentHashMapping? hashMapping = null, int virtualNodesFactor = 0, string? routerDispatcher = null)
        : base(paths, routerDispatcher)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(virtualNodesFactor);
        (VirtualNodesFactor, _mapping) = (virtualNodesFactor, hashMapping);
    }

    /// <summary>By a deployment section.</summary>
    public ConsistentHashingGroup(Config config)
        : base(config) => VirtualNodesFactor = config.GetInt("virtual-nodes-factor", ConsistentHashingRoutingLogic.DefaultVirtualNodesFactor);

    /// <summary>Places of each routee on the ring; 0 for 10.</summary>
    public int VirtualNodesFactor { get; }

    /// <summary>With keys of messages by a function.</summary>
    public ConsistentHashingGroup WithHashMapping(ConsistentHashMapping mapping)
    {
        var copy = (ConsistentHashingGroup)MemberwiseClone();
        copy._mapping = mapping;
        return copy;
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new ConsistentHashingRoutingLogic(system, VirtualNodesFactor, _mapping));

    /// <inheritdoc/>
    public override RouterConfig WithFallback(RouterConfig routerConfig) =>
        _mapping is null && routerConfig is ConsistentHashingGroup { _mapping: { } mapping } ? WithHashMapping(mapping) : this;
}
