using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>One copy of one shard's log: follows the leader of the newest term, or leads.</summary>
/// <remarks>
/// Sans-IO beside the log it is handed. Model: messages are lost, repeated and overtake each other; views reach the nodes at different times; a node
/// ends at any moment and comes back with its log or without. Nothing here rests on time but liveness (SAFETY 1C-17 to 27; model
/// <c>shard3.cpp</c>).
/// Invariants: acknowledges nothing of a term below the highest it recorded, and records a term before it acts on it; acknowledges only what
/// the flush policy of its store is met for; never truncates a block it knows committed; every member of the newest in-sync set whose
/// log is the one named there holds every committed block.
/// One life of the process has one instance for a log: what this one asked to add counts until the control log says what became of it.
/// </remarks>
public sealed class ReplicaCore
{
    private readonly ReplicaLog _log;
    private readonly ReplicaLimits _limits;
    private ReplicaPlacement? _placement;
    private LeaderTerm? _leading;
    private Owed? _owed;
    private bool _isDisowned;

    /// <summary>Begins with what the log holds.</summary>
    /// <param name="node">Name of this node.</param>
    /// <param name="log">Not used by anybody else.</param>
    public ReplicaCore(string node, IBlockLog log, ReplicaLimits limits)
    {
        (_log, _limits) = (new ReplicaLog(log), limits);
        Own = new ReplicaId(node, log.StoreId);
    }

    /// <summary>This copy.</summary>
    public ReplicaId Own { get; }

    /// <summary>The newest block.</summary>
    public BlockPlace Head => _log.Head;

    /// <summary>Below it nothing is held.</summary>
    public BlockPlace Start => _log.Start;

    /// <summary>Height up to which blocks are known to be committed.</summary>
    public long Committed => _log.Committed;

    /// <summary>Highest height known to be committed, whether its block is here or not.</summary>
    public long Heard => _log.Heard;

    /// <summary>Height up to which blocks are known to be in the persistent store.</summary>
    public long Behind => _log.Behind;

    /// <summary>Highest term recorded.</summary>
    public long Term => _log.Term;

    /// <summary>Term in which it leads; null while it follows.</summary>
    public long? Leading => _leading?.Term;

    /// <summary>The log of its term is open: blocks may be formed, as long as the window has room.</summary>
    public bool IsOpen => _leading is { IsOpen: true };

    /// <summary><see cref="Form"/> may be called.</summary>
    public bool MayForm => _leading is { MayForm: true };

    /// <summary>It leads, and fewer are in sync than the type asks for.</summary>
    public bool IsBelowMinimum => _leading is { IsBelowMinimum: true };

    /// <summary>When to call <see cref="OnTime"/>; null when there is nothing to wait for.</summary>
    public MonotonicTime? Deadline => _leading?.Deadline;

    /// <summary>A block held here.</summary>
    public Block Read(long height) => _log.Read(height);

    /// <summary>Takes in a view.</summary>
    public void OnView(ReplicaPlacement placement, MonotonicTime now, List<ReplicaEffect> effects)
    {
        if (_placement is { } known && placement.Version <= known.Version) return;
        _placement = placement;
        // A term that the log knows already was led by an earlier life, if by this node at all: it is not continued (SAFETY 1C-21).
        var isNew = placement.Term > _log.Term;
        if (isNew)
        {
            _log.RecordTerm(placement.Term);
            Depose(effects);
        }
        if (_leading is not null) _leading.Follow(placement, now, effects);
        else if (placement.Set.MemberOf(Own.Node) is { } other && other != Own) Disown(placement.Set, other, effects);
        else if (isNew && placement.IsLeader) _leading = new LeaderTerm(Own, _log, _limits, placement, now, effects);
    }

    /// <summary>Takes in a message of the replica on another node.</summary>
    public void OnMessage(string from, ReplicaMessage message, MonotonicTime now, List<ReplicaEffect> effects)
    {
        if (_placement is null) return; // Nothing is acknowledged before the control log was read (SAFETY 1C-22).
        switch (message)
        {
            case AppendBlocks append:
                OnAppend(from, append, effects);
                break;
            case LogBegins begins:
                OnBegins(from, begins, effects);
                break;
            case BlocksHeld held when _leading?.Term == held.Term:
                _leading.OnHeld(from, held, now, effects);
                break;
            case TermRefused refused when refused.Term > _log.Term:
                _log.RecordTerm(refused.Term);
                Depose(effects);
                effects.Add(new ReplicaEffect.Pull(refused.Term));
                break;
        }
    }

    /// <summary>Forms the next block of what is to be written; only while <see cref="MayForm"/>.</summary>
    public Block Form(ReadOnlySpan<byte> payload, MonotonicTime now, List<ReplicaEffect> effects)
    {
        Invariant.Holds(MayForm);
        return _leading!.Form(payload, now, effects);
    }

    /// <summary>The flush asked for is done.</summary>
    public void OnFlushed(MonotonicTime now, List<ReplicaEffect> effects)
    {
        _log.EndFlush();
        _leading?.OnFlushed(now, effects);
        Answer(effects);
    }

    /// <summary>The persistent store has the blocks up to a height: it was read back there under the term in which this copy leads.</summary>
    public void OnWrittenBehind(long height, MonotonicTime now)
    {
        Invariant.Holds(IsOpen && height <= _log.Committed);
        _log.OnBehind(height, Math.Min(height - _limits.KeepBlocks, _leading!.NeededAbove(now)));
    }

    /// <summary>This log was begun where a leader said: it goes on from there at once, before it has given that up, too.</summary>
    public void OnBegun(string leader, List<ReplicaEffect> effects)
    {
        if (_placement is null) return; // SAFETY 1C-22.
        _owed = new Owed(leader, _log.Term, _log.Start.Height);
        Answer(effects);
    }

    /// <summary>What was proposed in a term is in the control log, or can never get there any more: the view of this version knows.</summary>
    public void OnProposalSettled(long term, long version, MonotonicTime now, List<ReplicaEffect> effects)
    {
        if (_leading?.Term == term) _leading.OnProposalSettled(version, now, effects);
        if (term == 0) _isDisowned = false;
    }

    /// <summary>Time has passed.</summary>
    public void OnTime(MonotonicTime now, List<ReplicaEffect> effects) => _leading?.OnTime(now, effects);

    private void OnAppend(string from, AppendBlocks append, List<ReplicaEffect> effects)
    {
        if (!Follows(from, append.Term, effects)) return;
        _log.OnBehind(append.Behind, append.Behind - _limits.KeepBlocks); // First: what this message commits is still to be read.
        var upTo = append.Place.Height;
        foreach (var block in append.Blocks)
        {
            if (_log.Take(block)) continue;
            upTo = block.Height - 1;
            break;
        }
        if (_log.Commit(append.Committed)) effects.Add(new ReplicaEffect.Committed(_log.Committed));
        _owed = new Owed(from, append.Term, upTo);
        Answer(effects);
    }

    /// <summary>A place that is committed is in the log of every member of the newest set: a log without it is none of those, so nothing
    /// rests on it (SAFETY 1C-18).</summary>
    private void OnBegins(string from, LogBegins begins, List<ReplicaEffect> effects)
    {
        if (!Follows(from, begins.Term, effects)) return;
        if (begins.Start.Height <= _log.Start.Height || _log.Has(begins.Start))
        {
            _owed = new Owed(from, begins.Term, begins.Start.Height);
            Answer(effects);
        }
        else if (begins.Start.Height > _log.Committed && _placement!.Set.MemberOf(Own.Node) != Own)
            effects.Add(new ReplicaEffect.BeginAnew(begins.Start, _log.Term, from));
    }

    /// <summary>Whether a leader of that term is followed, from now on if it is a newer one.</summary>
    private bool Follows(string from, long term, List<ReplicaEffect> effects)
    {
        if (term < _log.Term)
        {
            effects.Add(new ReplicaEffect.Send(from, new TermRefused(_log.Term)));
            return false;
        }
        if (term > _log.Term)
        {
            _log.RecordTerm(term);
            Depose(effects);
            effects.Add(new ReplicaEffect.Pull(term));
        }
        return _leading is null; // Two leaders of one term: the control log does not allow it.
    }

    /// <summary>Says what is held and flushed, and flushes the rest.</summary>
    private void Answer(List<ReplicaEffect> effects)
    {
        if (_owed is not { } owed || owed.Term != _log.Term) return;
        var wanted = Math.Clamp(owed.UpTo, _log.Start.Height, _log.Head.Height);
        var held = Math.Min(wanted, _log.Flushed);
        if (held == wanted) _owed = null;
        else if (_log.BeginFlush()) effects.Add(ReplicaEffect.Flush.Instance);
        if (held > owed.Said || held == wanted)
        {
            effects.Add(new ReplicaEffect.Send(owed.Leader, new BlocksHeld(owed.Term, Own.StoreId, _log.PlaceAt(held), _log.Committed)));
            if (_owed is not null) _owed = owed with { Said = held };
        }
    }

    private void Depose(List<ReplicaEffect> effects)
    {
        if (_leading is not { } leading) return;
        _leading = null;
        effects.Add(new ReplicaEffect.Deposed(leading.Term));
    }

    /// <summary>The control log believes in another log on this node, which was lost.</summary>
    private void Disown(ReplicaSet set, ReplicaId lost, List<ReplicaEffect> effects)
    {
        if (_isDisowned || set is { InSync: [var last], Eligible.IsEmpty: true } && last == lost) return;
        _isDisowned = true;
        effects.Add(new ReplicaEffect.Propose(0, set.Version, lost, IsAdded: false, "that log is not on the node's disk any more"));
    }

    /// <param name="UpTo">Height up to which blocks have come.</param>
    /// <param name="Said">Height that the leader was told already.</param>
    private readonly record struct Owed(string Leader, long Term, long UpTo, long Said = -1);
}
