using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>When what only the lease protects may be taken over (SAFETY 1B-7): after the predecessor is known to serve no more.</summary>
/// <remarks>
/// Sans-IO. The gate of a lost incarnation opens with authoritative evidence, or when of each of its observer sets a loss quorum has
/// reported, after applying the loss, that it has been silent for loss-after. An observer that has applied the loss echoes no more, so
/// waiting here as long as the longest lease it may have granted, from the arrival of that report, is as good as its word; so is waiting
/// as long after its own proven end. Every declaration fences the witness row; it counts at once where it had stood still, else after loss-after.
/// The gate of a predecessor that is alive is clear once it reported the view in which it lost its place.
/// Everything follows from the view and from fresh reports: a node that joined after the loss needs no history.
/// </remarks>
#pragma warning disable CA1852 // The simulator makes broken ones of it.
internal class TakeoverGate(NodeKey self)
#pragma warning restore CA1852
{
    private static readonly MonotonicTime Never = new(long.MaxValue);

    private readonly SortedDictionary<NodeKey, Gate> _gates = [];
    private ImmutableSortedDictionary<NodeKey, long> _reported = ImmutableSortedDictionary<NodeKey, long>.Empty;
    private ImmutableSortedDictionary<NodeKey, bool>? _openings;
    private ClusterView _view = ClusterView.Empty;
    private TimeSpan _silence; // After it no lease runs any more that anybody here has heard of.

    /// <summary>When <see cref="OnTime"/> may open a gate.</summary>
    public MonotonicTime Deadline { get; private set; } = Never;

    /// <summary>Newest version each node said it has applied.</summary>
    public ImmutableSortedDictionary<NodeKey, long> Reported => _reported;

    /// <summary>Lost incarnations, and whether their gate is open.</summary>
    public ImmutableSortedDictionary<NodeKey, bool> Openings => _openings ??= _gates.ToImmutableSortedDictionary(gate => gate.Key, gate => gate.Value.IsOpen);

    /// <summary>True while anybody who was lost may still serve, as far as is known here.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Counts what may have changed an answer of <see cref="IsClear"/>.</summary>
    public long Changes { get; private set; }

    /// <summary>Observers whose word a closed gate still waits for; ordered, distinct.</summary>
    public IEnumerable<NodeKey> Awaited =>
        from gate in _gates.Values
        where !gate.IsOpen
        from observer in gate.Observers
        where !observer.Value.IsSatisfied
        group observer by observer.Key into observer
        orderby observer.Key
        select observer.Key;

    /// <summary>Lost incarnations whose gate is open; ordered.</summary>
    public IEnumerable<NodeKey> Open => _gates.Where(g => g.Value.IsOpen).Select(g => g.Key);

    /// <summary>Lost incarnations that may still serve; ordered.</summary>
    public IEnumerable<NodeKey> Closed => _gates.Where(g => !g.Value.IsOpen).Select(g => g.Key);

    /// <summary>Takes in a newer view.</summary>
    public void OnView(ClusterView view, SignalTiming timing, MonotonicTime now)
    {
        var before = _view;
        _view = view;
        if (_silence < timing.LossAfter) _silence = timing.LossAfter;
        Changes++;
        foreach (var (member, _) in MemberTrail.Between(before, view))
            if (member is not null && !view.IsAlive(member.Key)) _reported = _reported.Remove(member.Key);
        if (ReferenceEquals(before.Lost, view.Lost)) return;

        _openings = null;
        foreach (var forgotten in _gates.Keys.Where(n => !view.Lost.ContainsKey(n)).ToArray()) _gates.Remove(forgotten);
        foreach (var (node, lost) in view.Lost)
        {
            if (_gates.TryGetValue(node, out var gate)) gate.Lost = lost; // Stronger evidence may have come.
            else _gates.Add(node, new Gate(lost, now + timing.LossAfter));
        }
        OnTime(now);
    }

    /// <summary>What an observer says, this node included: it has applied <paramref name="applied"/> and has not heard the incarnations in
    /// <paramref name="silent"/> for loss-after.</summary>
    /// <param name="leaseHeardMax">The longest lease it may have granted.</param>
    public void OnReport(
        NodeKey from, long applied, ReadOnlySpan<ulong> silent, TimeSpan leaseHeardMax, SignalTiming timing, MonotonicTime now)
    {
        if (from != self && (!_reported.TryGetValue(from, out var before) || before < applied))
        {
            _reported = _reported.SetItem(from, applied);
            Changes++;
        }
        var wait = OnLease(leaseHeardMax, timing);
        if (!HasClosed) return;
        foreach (var (node, gate) in _gates)
        {
            if (gate.IsOpen || applied < gate.Lost.Version || !gate.Observers.TryGetValue(from, out var mark) || mark.IsSatisfied) continue;
            if (IsSilent(node, silent)) mark.IsSatisfied = true;
            else if (mark.SatisfiedAt == Never) mark.SatisfiedAt = now + wait;
        }
        OnTime(now);
    }

    /// <summary>A peer may have granted a lease of that length.</summary>
    /// <returns>The silence after which it has run out.</returns>
    public TimeSpan OnLease(TimeSpan leaseHeardMax, SignalTiming timing)
    {
        var wait = timing.SilenceFor(leaseHeardMax);
        if (wait < timing.LossAfter) wait = timing.LossAfter;
        if (_silence < wait) _silence = wait;
        return wait;
    }

    /// <summary>The passing of time.</summary>
    public void OnTime(MonotonicTime now)
    {
        (Deadline, HasClosed) = (Never, false);
        foreach (var gate in _gates.Values)
        {
            if (gate.IsOpen) continue;
            foreach (var (observer, mark) in gate.Observers)
            {
                // What dead observers, and those that left, echoed with their last breath still runs.
                if (mark.SatisfiedAt == Never && IsKnownSilent(observer)) mark.SatisfiedAt = now + _silence;
                if (now >= mark.SatisfiedAt) mark.IsSatisfied = true;
                else if (!mark.IsSatisfied && mark.SatisfiedAt < Deadline) Deadline = mark.SatisfiedAt;
            }
            gate.IsOpen = gate.ShouldOpen(now);
            HasClosed |= !gate.IsOpen;
            if (gate.IsOpen) Opened();
            else if (gate.WitnessAt > now && gate.WitnessAt < Deadline) Deadline = gate.WitnessAt;
        }
    }

    /// <summary>True when <paramref name="predecessor"/>, which lost its place with the entry <paramref name="version"/>, serves no more.</summary>
    public bool IsClear(NodeKey predecessor, long version)
    {
        if (_view.Version < version) return false;
        if (predecessor == self) return true;
        if (_gates.TryGetValue(predecessor, out var gate)) return gate.IsOpen;
        // Neither a member nor remembered as lost: it ended more than ClusterView.LostMax losses ago.
        return !_view.IsAlive(predecessor) || (_reported.TryGetValue(predecessor, out var applied) && applied >= version);
    }

    private void Opened()
    {
        Changes++;
        _openings = null;
    }

    /// <summary>What an observer reports beside the version it has applied.</summary>
    private protected virtual bool IsSilent(NodeKey node, ReadOnlySpan<ulong> silent) => silent.Contains(node.Incarnation);

    private bool IsKnownSilent(NodeKey observer) => _view.Lost.TryGetValue(observer, out var lost) && lost.Evidence.EndsEchoes;

    private sealed class Mark
    {
        public bool IsSatisfied { get; set; }

        public MonotonicTime SatisfiedAt { get; set; } = Never;
    }

    private sealed class Gate
    {
        public Gate(LostNode lost, MonotonicTime witnessAt)
        {
            (Lost, WitnessAt) = (lost, witnessAt);
            foreach (var observer in lost.ObserverSets.SelectMany(s => s.Observers)) Observers.TryAdd(observer, new Mark());
        }

        public LostNode Lost { get; set; }

        public SortedDictionary<NodeKey, Mark> Observers { get; } = [];

        public bool IsOpen { get; set; }

        /// <summary>When a witness row fenced without having stood still is silent for sure.</summary>
        public MonotonicTime WitnessAt { get; }

        public bool ShouldOpen(MonotonicTime now) => Lost.Evidence.IsAuthoritative || Lost.ObserverSets.All(s => HasQuorum(s, now));

        private bool HasQuorum(ObserverSet set, MonotonicTime now)
        {
            // A lone node has nobody to ask: an operator's word that it is gone is all there can be (SAFETY 1B-12).
            if (set.Voters == 1) return Lost.Evidence.Kind == LossKind.Operator;
            var satisfied = set.Witness && WitnessIsSilent(now) ? 1 : 0;
            foreach (var observer in set.Observers)
            {
                if (Observers[observer].IsSatisfied) satisfied++;
            }
            return satisfied >= set.LossQuorum;
        }

        private bool WitnessIsSilent(MonotonicTime now) =>
            Lost.Evidence is { Kind: LossKind.Quorum, WitnessSequence: not null } || now >= WitnessAt;
    }
}
