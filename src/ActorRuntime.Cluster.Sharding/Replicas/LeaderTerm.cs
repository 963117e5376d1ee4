using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>One term of leadership over a shard's log: feeds the other replicas, counts what they hold, commits, and says who should enter
/// or leave the in-sync set.</summary>
/// <remarks>
/// Invariants: commits a height only when every member of the set it knows, and whoever it asked to add (SAFETY 1C-17), holds its log up to
/// there; nothing before the block that opens the term (1C-19); nothing with fewer members than the minimum (1C-27). The removal it asked
/// for counts only once it is in the view.
/// </remarks>
internal sealed class LeaderTerm
{
    private readonly List<PeerProgress> _peers = []; // Few; by name.
    private readonly ReplicaLog _log;
    private readonly ReplicaLimits _limits;
    private readonly ReplicaId _own;
    private readonly long _opening;
    private ReplicaPlacement _placement;
    private ReplicaEffect.Propose? _proposal;
    private long? _settledAt;

    public LeaderTerm(
        ReplicaId own, ReplicaLog log, ReplicaLimits limits, ReplicaPlacement placement, MonotonicTime now, List<ReplicaEffect> effects)
    {
        (_own, _log, _limits, _placement, Term) = (own, log, limits, placement, placement.Term);
        Append([], now);
        _opening = _log.Head.Height;
        Follow(placement, now, effects);
        if (_log.BeginFlush()) effects.Add(ReplicaEffect.Flush.Instance);
    }

    public long Term { get; }

    /// <summary>The opening block is committed.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Another block may be formed.</summary>
    public bool MayForm => IsOpen && _log.Head.Height - _log.Committed < _limits.WindowBlocks;

    /// <summary>Fewer are in sync than the type asks for: nothing will be committed.</summary>
    public bool IsBelowMinimum => _placement.Set.InSync.Length < _placement.Set.Minimum;

    /// <summary>When to call <see cref="OnTime"/>; null when everybody has everything.</summary>
    public MonotonicTime? Deadline
    {
        get
        {
            MonotonicTime? deadline = null;
            foreach (var peer in _peers)
                if (!HasAll(peer) && (deadline is not { } earliest || peer.AskedAt + _limits.ResendAfter < earliest)) deadline = peer.AskedAt + _limits.ResendAfter;
            return deadline;
        }
    }

    /// <summary>A newer view of the same term.</summary>
    public void Follow(ReplicaPlacement placement, MonotonicTime now, List<ReplicaEffect> effects)
    {
        _placement = placement;
        if (_settledAt <= placement.Version) (_proposal, _settledAt) = (null, null);
        _peers.RemoveAll(peer => !placement.Set.Has(peer.Node) || peer.Incarnation != placement.IncarnationOf(peer.Node));
        foreach (var node in Others(placement.Set))
        {
            if (PeerOn(node) is not null) continue;
            var peer = new PeerProgress(node, placement.IncarnationOf(node), now);
            _peers.Add(peer);
            Compare(peer, _log.Head.Height, now, effects);
        }
        _peers.Sort(static (one, other) => string.CompareOrdinal(one.Node, other.Node));
        Advance(now, effects);
    }

    /// <summary>The outcome of the proposal is in the log, at this version or below it.</summary>
    public void OnProposalSettled(long version, MonotonicTime now, List<ReplicaEffect> effects)
    {
        _settledAt = version;
        if (version > _placement.Version) return;
        (_proposal, _settledAt) = (null, null);
        Advance(now, effects);
    }

    /// <summary>Forms a block and sends it.</summary>
    public Block Form(ReadOnlySpan<byte> payload, MonotonicTime now, List<ReplicaEffect> effects)
    {
        var block = Append(payload, now);
        if (_log.BeginFlush()) effects.Add(ReplicaEffect.Flush.Instance);
        foreach (var peer in _peers) Feed(peer, now, effects);
        return block;
    }

    public void OnHeld(string node, BlocksHeld held, MonotonicTime now, List<ReplicaEffect> effects)
    {
        if (PeerOn(node) is not { } peer) return;
        peer.Begin(held.StoreId);
        if (!_log.Has(held.Holds))
        {
            if (held.Holds.Height <= _log.Start.Height && peer.Match < _log.Start.Height)
            {
                SayStart(peer, now, effects);
                return;
            }
            // Its newest blocks are not ours, or not ours yet: look for the last that is.
            if (peer.Match < 0) Compare(peer, Math.Min(held.Holds.Height, _log.Head.Height + 1) - peer.Step, now, effects);
            peer.Step *= 2;
            return;
        }
        peer.Committed = Math.Max(peer.Committed, held.Committed);
        if (peer.Advance(held.Holds.Height)) peer.ProgressAt = now;
        Advance(now, effects);
        Feed(peer, now, effects);
    }

    /// <summary>What is flushed here counts as held.</summary>
    public void OnFlushed(MonotonicTime now, List<ReplicaEffect> effects)
    {
        if (_log.BeginFlush()) effects.Add(ReplicaEffect.Flush.Instance);
        Advance(now, effects);
    }

    /// <summary>Height above which blocks are still needed by those who catch up, and do so: a log must not run away from them.</summary>
    public long NeededAbove(MonotonicTime now)
    {
        var needed = long.MaxValue;
        foreach (var peer in _peers)
        {
            if (peer.Match < _log.Start.Height || _log.Head.Height - peer.Match > _limits.CatchUpBlocks) continue;
            if (now - peer.ProgressAt < _limits.InSyncTimeout) needed = Math.Min(needed, peer.Match);
        }
        return needed;
    }

    /// <summary>Asks those again who have said nothing, tells those what is committed whom no block has told, and gives up waiting for
    /// those who hold up the others.</summary>
    public void OnTime(MonotonicTime now, List<ReplicaEffect> effects)
    {
        foreach (var peer in _peers)
        {
            if (HasAll(peer) || now - peer.AskedAt < _limits.ResendAfter) continue;
            peer.Rewind();
            if (peer.Match < 0 || peer.Sent == _log.Head.Height) Compare(peer, _log.Head.Height, now, effects);
            else Feed(peer, now, effects);
        }
        RemoveLate(now, effects);
    }

    private IEnumerable<string> Others(ReplicaSet set) =>
        set.InSync.Concat(set.Eligible).Select(copy => copy.Node).Concat(set.Learners)
            .Where(node => node != _own.Node).Distinct(StringComparer.Ordinal);

    private PeerProgress? PeerOn(string node)
    {
        foreach (var peer in _peers)
            if (peer.Node == node) return peer;
        return null;
    }

    private Block Append(ReadOnlySpan<byte> payload, MonotonicTime now)
    {
        var head = _log.Head;
        foreach (var peer in _peers)
            if (peer.Match == head.Height) peer.ProgressAt = now;
        var block = Block.Create(head.Height + 1, Term, head.Digest, payload);
        _log.Append(block);
        return block;
    }

    private void Advance(MonotonicTime now, List<ReplicaEffect> effects)
    {
        Commit(effects);
        if (!_placement.Set.IsFounded) Propose(_own, isAdded: true, "the shard's first log", effects);
        AddCaughtUp(effects);
        RemoveLate(now, effects);
    }

    private void Commit(List<ReplicaEffect> effects)
    {
        var set = _placement.Set;
        if (set.InSync.Length < set.Minimum || !set.InSync.Contains(_own)) return;
        var height = _log.Flushed;
        foreach (var copy in set.InSync) height = Math.Min(height, HeldBy(copy));
        if (_proposal is { IsAdded: true } pending) height = Math.Min(height, HeldBy(pending.Replica));
        if (height < _opening || height <= _log.Committed || !_log.Commit(_log.PlaceAt(height))) return;
        effects.Add(new ReplicaEffect.Committed(height));
        if (IsOpen) return;
        IsOpen = true;
        effects.Add(new ReplicaEffect.Opened(Term));
    }

    private long HeldBy(ReplicaId copy) =>
        copy == _own ? _log.Flushed : PeerOn(copy.Node) is { } peer && peer.Replica == copy ? peer.Match : -1;

    /// <summary>Only whoever has all that may be committed (SAFETY 1C-18). Before the term is open that is the whole log it began with: so a
    /// leader below the minimum, who can commit nothing, finds its way back to it. Nobody who is lost: the control log refuses that, however often.</summary>
    private void AddCaughtUp(List<ReplicaEffect> effects)
    {
        if (_proposal is not null || !_placement.Set.InSync.Contains(_own)) return;
        foreach (var peer in _peers)
        {
            if (peer.Incarnation == 0 || peer.Replica is not { } copy || _placement.Set.IsInSync(copy.Node)) continue;
            if (peer.Match < (IsOpen ? _log.Committed : _opening)) continue;
            Propose(copy, isAdded: true, $"holds all {_log.Committed} blocks", effects);
            return;
        }
    }

    private void RemoveLate(MonotonicTime now, List<ReplicaEffect> effects)
    {
        var set = _placement.Set;
        if (_proposal is not null || set.InSync.Length <= Math.Max(1, set.Minimum)) return;
        foreach (var copy in set.InSync)
        {
            if (copy == _own || PeerOn(copy.Node) is not { } peer) continue;
            if (HeldBy(copy) >= _log.Flushed || now - peer.ProgressAt < _limits.InSyncTimeout) continue;
            Propose(copy, isAdded: false, $"has said nothing new for {(now - peer.ProgressAt).TotalSeconds:0.0} s", effects);
            return;
        }
    }

    private void Propose(ReplicaId replica, bool isAdded, string why, List<ReplicaEffect> effects)
    {
        if (_proposal is not null) return;
        _proposal = new ReplicaEffect.Propose(Term, _placement.Set.Version, replica, isAdded, why);
        effects.Add(_proposal);
    }

    private bool HasAll(PeerProgress peer) => peer.Match == _log.Head.Height && peer.Committed >= _log.Committed;

    /// <summary>Sends what it lacks, a message at a time while it is far behind.</summary>
    private void Feed(PeerProgress peer, MonotonicTime now, List<ReplicaEffect> effects)
    {
        if (peer.Match >= 0 && peer.Sent < _log.Start.Height)
        {
            SayStart(peer, now, effects);
            return;
        }
        while (peer.Match >= 0 && peer.Sent < _log.Head.Height && peer.Sent - peer.Match < _limits.WindowBlocks)
        {
            var blocks = ImmutableArray.CreateBuilder<Block>();
            var bytes = 0;
            do
            {
                var block = _log.Read(peer.Sent + 1);
                if (bytes > 0 && bytes + block.Bytes.Length > _limits.SendBytes) break;
                blocks.Add(block);
                bytes += block.Bytes.Length;
                peer.Sent++;
            }
            while (peer.Sent < _log.Head.Height);
            Send(peer, _log.PlaceAt(peer.Sent), blocks.DrainToImmutable(), now, effects);
        }
    }

    /// <summary>Asks what it holds at a height, or below it when it holds less.</summary>
    private void Compare(PeerProgress peer, long height, MonotonicTime now, List<ReplicaEffect> effects) =>
        Send(peer, _log.PlaceAt(Math.Clamp(height, _log.Start.Height, _log.Head.Height)), [], now, effects);

    /// <summary>What it lacks is in the persistent store, and no more here. It begins where the store is: the log's own start may be gone by
    /// the time it asks for what follows.</summary>
    private void SayStart(PeerProgress peer, MonotonicTime now, List<ReplicaEffect> effects)
    {
        peer.AskedAt = now;
        effects.Add(new ReplicaEffect.Send(peer.Node, new LogBegins(Term, _log.PlaceAt(Math.Min(_log.Behind, _log.Committed)))));
    }

    private void Send(PeerProgress peer, BlockPlace place, ImmutableArray<Block> blocks, MonotonicTime now, List<ReplicaEffect> effects)
    {
        peer.AskedAt = now;
        effects.Add(new ReplicaEffect.Send(peer.Node, new AppendBlocks(Term, place, blocks, _log.PlaceAt(_log.Committed), _log.Behind)));
    }
}
