using ActorRuntime.Actor;

namespace ActorRuntime.Remote.Delivery;

/// <summary>The incarnations this system will never hear again. Any thread.</summary>
/// <remarks>Bounded: the oldest entry of a peer goes first, by then that process is long gone; peers beyond the bound push out the one quarantined longest ago.</remarks>
internal sealed class Quarantine
{
    internal const int IncarnationsPerPeerMax = 64;
    internal const int PeersMax = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<Address, List<long>> _shutOut = [];
    private readonly Queue<Address> _order = new();

    /// <summary>True when the incarnation is shut out.</summary>
    public bool Contains(Address peer, long uid)
    {
        lock (_gate) return _shutOut.TryGetValue(peer, out var uids) && uids.Contains(uid);
    }

    /// <summary>Shuts an incarnation out.</summary>
    /// <returns>False when it already was.</returns>
    public bool Add(Address peer, long uid)
    {
        lock (_gate)
        {
            if (!_shutOut.TryGetValue(peer, out var uids))
            {
                if (_shutOut.Count >= PeersMax) _shutOut.Remove(_order.Dequeue());
                _shutOut.Add(peer, uids = []);
                _order.Enqueue(peer);
            }
            if (uids.Contains(uid)) return false;
            if (uids.Count >= IncarnationsPerPeerMax) uids.RemoveAt(0);
            uids.Add(uid);
            return true;
        }
    }
}
