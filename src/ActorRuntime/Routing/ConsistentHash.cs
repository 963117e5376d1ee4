using ActorRuntime.Util;

namespace ActorRuntime.Routing;

/// <summary>A ring of hashes on which each node has many places: a key belongs to the next place on the ring.</summary>
/// <remarks>
/// Immutable. The order in which nodes are given changes nothing, and a node that comes or goes moves only the keys it gets or had: about one of n.
/// Places of one hash belong to the node whose name comes first. Karger et al. 1997.
/// </remarks>
/// <typeparam name="T">What a node is.</typeparam>
public sealed class ConsistentHash<T>
{
    private readonly uint[] _places;
    private readonly T[] _owners;

    /// <summary>A ring.</summary>
    /// <param name="nodes">The nodes; may be none.</param>
    /// <param name="nameOf">A name by which a node is the same everywhere and always.</param>
    /// <param name="virtualNodesFactor">Places of each node; more spread the keys more evenly. At least 1.</param>
    public ConsistentHash(IEnumerable<T> nodes, Func<T, string> nameOf, int virtualNodesFactor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(virtualNodesFactor, 1);
        var ring = new SortedDictionary<uint, T>();
        foreach (var (name, node) in nodes.Select(node => (nameOf(node), node)).OrderBy(n => n.Item1, StringComparer.Ordinal))
        {
            var hash = (uint)MurmurHash.StringHash(name);
            for (var i = 1; i <= virtualNodesFactor; i++) ring.TryAdd((uint)(Prng.Mix(hash + ((ulong)i << 32)) >> 32), node);
        }

        (_places, _owners) = ([.. ring.Keys], [.. ring.Values]);
    }

    /// <summary>Whether there is no node.</summary>
    public bool IsEmpty => _places.Length == 0;

    /// <summary>The node of a key.</summary>
    /// <param name="keyHash">Hash of the key.</param>
    /// <exception cref="InvalidOperationException">There is no node.</exception>
    public T NodeFor(int keyHash)
    {
        if (IsEmpty) throw new InvalidOperationException("The ring has no node");
        var at = Array.BinarySearch(_places, (uint)keyHash);
        if (at < 0) at = ~at;
        return _owners[at == _places.Length ? 0 : at];
    }
}
