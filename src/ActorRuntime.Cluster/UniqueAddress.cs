using ActorRuntime.Actor;

namespace ActorRuntime.Cluster;

/// <summary>An address and the incarnation that answered there.</summary>
/// <param name="Address">Where the actor system can be reached.</param>
/// <param name="Incarnation">Drawn at its start; the uid of its address in remoting.</param>
public sealed record UniqueAddress(Address Address, ulong Incarnation) : IComparable<UniqueAddress>
{
    public int CompareTo(UniqueAddress? other)
    {
        if (other is null) return 1;
        var byAddress = Address.CompareTo(other.Address);
        return byAddress != 0 ? byAddress : Incarnation.CompareTo(other.Incarnation);
    }

    public static bool operator <(UniqueAddress left, UniqueAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(UniqueAddress left, UniqueAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(UniqueAddress left, UniqueAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(UniqueAddress left, UniqueAddress right) => left.CompareTo(right) >= 0;
}
