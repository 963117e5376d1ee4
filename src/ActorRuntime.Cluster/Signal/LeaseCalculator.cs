using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>How long this node may serve: the end of its lease, from the echoes of its signals (SAFETY 1B-8, 1B-9, 1B-11,
/// 1B-12).</summary>
/// <remarks>
/// Sans-IO. A signal holds a lease from its send time; the lease of an observer set ends with the newest signal that a lease quorum of it
/// (this
/// node included) holds, and the node's lease with the earliest of its valid sets. An echo counts only when its epoch is not newer than
/// the
/// node's own: a newer one comes from an observer that follows a set this node does not lease from yet.
/// A view with other observer sets is adopted when they hold a lease, or when there is none left to lose; until then this node behaves,
/// and
/// reports its version, as if that view had not arrived. So a change of observers mutes nobody (I10), and is no different from a late
/// view.
/// </remarks>
#pragma warning disable CA1852 // The simulator makes broken ones of it.
internal class LeaseCalculator(NodeKey self)
#pragma warning restore CA1852
{
    private static readonly MonotonicTime None = new(long.MinValue);
    private static readonly MonotonicTime Unlimited = new(long.MaxValue);
    private const int VotersMax = 128;

    private readonly SortedDictionary<ulong, ObserverEnds> _observers = [];
    private Basis _adopted = Basis.Nothing;
    private Basis _newest = Basis.Nothing;
    private long _witnessEnd = long.MinValue;
    private long _appliedVersion;

    /// <summary>End of the lease on this node's clock: the minimum for none, the maximum for a node that needs none.</summary>
    public MonotonicTime End { get; private set; } = None;

    /// <summary>The version this node's signals report.</summary>
    public long ReportedVersion { get; private set; }

    /// <summary>Newest epoch the lease rests on.</summary>
    public long Epoch => _adopted.Epoch;

    /// <summary>True while a set of this node, valid or about to be, has the store's witness as a voter.</summary>
    public bool NeedsWitness => _newest.HasWitness || _adopted.HasWitness;

    /// <summary>True while the view applied last asks for a quorum that is not held yet.</summary>
    public bool IsAdopting => !ReferenceEquals(_adopted, _newest);

    /// <summary>Takes in a newer view.</summary>
    public void OnView(ClusterView view, MonotonicTime now)
    {
        _appliedVersion = view.Version;
        var member = view.Find(self);
        if (member is not { Status: MemberStatus.Up or MemberStatus.Leaving } || member.ObserverSets.IsEmpty)
        {
            // Not up yet, declared lost, or gone: serves nothing, and nothing is waited for.
            _observers.Clear();
            _adopted = _newest = Basis.Nothing;
            ReportedVersion = view.Version;
            End = None;
            return;
        }

        if (!member.ObserverSets.SequenceEqual(_newest.Sets))
        {
            _newest = Basis.Of(member.ObserverSets);
            Rebuild();
        }
        Recompute(now);
    }

    /// <summary>An observer holds one of this node's signals, whose lease ends at <paramref name="leaseEnd"/>.</summary>
    /// <param name="epoch">The newest epoch of this node's sets as the observer knows it.</param>
    public virtual void OnEcho(ulong observer, MonotonicTime leaseEnd, long epoch, MonotonicTime now)
    {
        if (!_observers.TryGetValue(observer, out var ends)) return;
        if (epoch <= _adopted.Epoch && leaseEnd.Ticks > ends.Adopted) ends.Adopted = leaseEnd.Ticks;
        if (epoch <= _newest.Epoch && leaseEnd.Ticks > ends.Newest) ends.Newest = leaseEnd.Ticks;
        Recompute(now);
    }

    /// <summary>The store renewed the witness row by a statement sent one lease before <paramref name="leaseEnd"/>.</summary>
    public void OnWitnessRenewed(MonotonicTime leaseEnd, MonotonicTime now)
    {
        _witnessEnd = Math.Max(_witnessEnd, leaseEnd.Ticks);
        Recompute(now);
    }

    /// <summary>The passing of time: with no lease left, the newest view is adopted.</summary>
    public void OnTime(MonotonicTime now)
    {
        if (IsAdopting) Recompute(now);
    }

    private void Recompute(MonotonicTime now)
    {
        End = EndOf(_adopted, adopted: true);
        if (IsAdopting)
        {
            var newEnd = EndOf(_newest, adopted: false);
            if (newEnd <= now && End > now) return;
            _adopted = _newest;
            foreach (var ends in _observers.Values) ends.Adopted = ends.Newest;
            End = newEnd;
        }
        ReportedVersion = _appliedVersion;
    }

    private MonotonicTime EndOf(Basis basis, bool adopted)
    {
        if (basis.Sets.IsEmpty) return None;
        var end = Unlimited;
        foreach (var set in basis.Sets)
        {
            var setEnd = EndOf(set, adopted);
            if (setEnd < end) end = setEnd;
        }
        return end;
    }

    /// <summary>The time up to which at least quorum − 1 others hold a lease of this node.</summary>
    private MonotonicTime EndOf(ObserverSet set, bool adopted)
    {
        var others = OthersNeeded(set);
        if (others == 0) return Unlimited;

        Span<long> newestFirst = stackalloc long[VotersMax];
        var count = 0;
        foreach (var observer in set.Observers)
        {
            if (!_observers.TryGetValue(observer.Incarnation, out var ends)) continue;
            Insert(newestFirst, ref count, adopted ? ends.Adopted : ends.Newest);
        }
        if (set.Witness) Insert(newestFirst, ref count, _witnessEnd);
        return count < others ? None : new MonotonicTime(newestFirst[others - 1]);
    }

    /// <summary>Beside this node itself (SAFETY 1B-8).</summary>
    private protected virtual int OthersNeeded(ObserverSet set) => set.LeaseQuorum - 1;

    private static void Insert(Span<long> newestFirst, ref int count, long end)
    {
        if (count == newestFirst.Length) return; // Fewer voices than there are: never a longer lease.
        var at = count++;
        for (; at > 0 && newestFirst[at - 1] < end; at--) newestFirst[at] = newestFirst[at - 1];
        newestFirst[at] = end;
    }

    private void Rebuild()
    {
        foreach (var gone in _observers.Keys.Where(i => !_newest.Has(i) && !_adopted.Has(i)).ToArray()) _observers.Remove(gone);
        foreach (var observer in _newest.Sets.SelectMany(s => s.Observers)) _observers.TryAdd(observer.Incarnation, new ObserverEnds());
        foreach (var ends in _observers.Values) ends.Newest = Math.Max(ends.Newest, ends.Adopted); // An older epoch counts for a newer set.
    }

    private sealed class ObserverEnds
    {
        public long Adopted { get; set; } = long.MinValue;

        public long Newest { get; set; } = long.MinValue;
    }

    private sealed record Basis(ImmutableArray<ObserverSet> Sets, long Epoch, bool HasWitness)
    {
        public static Basis Nothing { get; } = new([], 0, false);

        public static Basis Of(ImmutableArray<ObserverSet> sets) => new(sets, sets.Max(s => s.Epoch), sets.Any(s => s.Witness));

        public bool Has(ulong incarnation) => Sets.Any(s => s.Observers.Any(o => o.Incarnation == incarnation));
    }
}
