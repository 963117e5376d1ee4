using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>One node's reader and writer of the control log: catches up, verifies, proposes, settles unknown outcomes, compacts.</summary>
/// <remarks>
/// Sans-IO. At most one store call is under way; every input is followed by the next call, if there is one. It assumes a store that may be
/// unreachable, answer "unknown", and apply an insert late, at most once, and only on the head it names.
/// A proposal is a function of the view: after a conflict it is decided anew (SAFETY 1A-5). An unknown outcome is settled only by what
/// occupies that version (1A-2). What is read counts only as far as <see cref="AppliedLog"/> can verify it; beyond that this node stops deciding
/// and goes on with the view it has, unless another history goes on without it.
/// </remarks>
internal sealed class LogCore(NodeKey self, LogOptions options, Func<DateTimeOffset> wallClock, LogMemory memory)
{
    /// <summary>How far an adopted log jumps above all that is known to have been seen, for those who had seen more.</summary>
    public const long JumpMargin = 1_000_000;

    private enum StoreCall
    {
        None,
        Base,
        Head,
        Read,
        Append,
    }

    private readonly RowWriter _rows = new(self, wallClock);
    private readonly WaitingLine _waiting = new();
    private readonly AppliedLog _applied = new(options, memory);
    private StoreCall _call;
    private Flight? _flight;
    private LogMark? _remembered = memory.Mark?.StoreId == memory.StoreId ? memory.Mark : null;
    private bool _isBehind = true, _conflicted, _isReachable = true, _wasMember;
    private MonotonicTime _pollAt, _retryAt;
    private MonotonicTime? _rememberAt;
    private LogRefusal? _stopped;
    private MonotonicTime? _unansweredSince;
    private string _unreachableDetail = "the store does not answer";
    private long _tickets, _askedAt;

    /// <summary>The node it reads and writes for.</summary>
    public NodeKey Self => self;

    /// <summary>The cluster as far as this node has read.</summary>
    public ClusterView View => _applied.View;

    /// <summary>True once the log was read to a head.</summary>
    public bool HasCaughtUp { get; private set; }

    /// <summary>Why this node decides no more; null while it does.</summary>
    public string? StopReason => _stopped?.Reason;

    /// <summary>The newest rows applied, oldest first.</summary>
    public IReadOnlyCollection<ControlLogRow> Tail => _applied.Tail;

    /// <summary>When to call <see cref="OnTime"/>.</summary>
    public MonotonicTime Deadline
    {
        get
        {
            var never = new MonotonicTime(long.MaxValue);
            if (IsStopped) return never;
            var deadline = _waiting.Earlier(_call != StoreCall.None ? never : _retryAt > _pollAt || HasWork ? _retryAt : _pollAt);
            if (_rememberAt is { } due && due < deadline) deadline = due;
            if (_isReachable && _unansweredSince + options.StoreTimeout is { } silent && silent < deadline) deadline = silent;
            if (_flight is { IsAnswered: false, Proposal.GiveUpAt: var giveUpAt } && giveUpAt < deadline) deadline = giveUpAt;
            return deadline;
        }
    }

    private bool HasWork => _applied.NeedsBase || (_stopped is null && (_isBehind || _flight is not null || _waiting.Count > 0));

    /// <summary>For good. A younger store is looked at again: it may get back what it lost.</summary>
    private bool IsStopped => _stopped is { IsYounger: false };

    /// <summary>Begins to read.</summary>
    public void Start(MonotonicTime now, List<LogEffect> effects) => Next(now, effects);

    /// <summary>Proposes what <paramref name="decide"/> makes of the newest view; it may be called several times.</summary>
    /// <returns>A ticket; the reply names it.</returns>
    public long Propose(Func<ClusterView, Decision?> decide, MonotonicTime now, List<LogEffect> effects)
    {
        var ticket = ++_tickets;
        if (StopReason is not null) Reply(ticket, ProposalResult.NotApplied, StopReason, effects);
        else if (_waiting.Count >= options.ProposalsMax)
            Reply(ticket, ProposalResult.NotApplied, $"{options.ProposalsMax} proposals wait already (control-log.proposals-max)", effects);
        else _waiting.Add(new Waiting(ticket, decide, now + options.ProposeTimeout));
        Next(now, effects);
        return ticket;
    }

    /// <summary>What this node should have written down when it stops; null before it was a member.</summary>
    public LogMark? Mark => _wasMember ? new LogMark(memory.StoreId, View.Version, View.Digest) : null;

    /// <summary>Where this node stands in the log, and where it may begin to read.</summary>
    public void OnBase(ControlLogBase found, MonotonicTime now, List<LogEffect> effects)
    {
        if (!Answered(StoreCall.Base, effects)) return;
        _applied.OnBase(found, effects);
        _isBehind = true;
        Judged(effects);
        Next(now, effects);
    }

    /// <summary>The store's highest version.</summary>
    public void OnHead(long head, MonotonicTime now, List<LogEffect> effects)
    {
        if (!Answered(StoreCall.Head, effects)) return;
        _pollAt = now + options.PollInterval;
        if (_stopped is not null) _applied.NeedsBase = head >= View.Version;
        else if (head > View.Version) _isBehind = true;
        else if (head < _askedAt) _applied.NeedsBase = true; // A push may have overtaken the answer: then it says nothing about the newer entries.
        Next(now, effects);
    }

    /// <summary>Rows from the version asked for on; none at the head.</summary>
    public void OnRows(IReadOnlyList<ControlLogRow> rows, MonotonicTime now, List<LogEffect> effects)
    {
        if (!Answered(StoreCall.Read, effects)) return;
        var old = View;
        _applied.OnRows(rows, effects);
        Judged(effects);
        var isEnd = rows.Count < options.ReadRows && !_applied.NeedsBase;
        _isBehind |= !isEnd;
        HasCaughtUp |= isEnd;
        _pollAt = now + options.PollInterval;
        // A conflict without a newer entry is a witness that moved: newer evidence is needed first.
        if (_conflicted && View.Version == old.Version) _retryAt = now + options.RetryInterval;
        _conflicted = false;
        Moved(old, effects);
        Settle(effects);
        if (_flight is not null && isEnd) _retryAt = now + options.RetryInterval; // Still empty: the same row again, after a while.
        Next(now, effects);
    }

    /// <summary>The store's answer to an append.</summary>
    public void OnAppended(AppendOutcome outcome, MonotonicTime now, List<LogEffect> effects)
    {
        if (!Answered(StoreCall.Append, effects)) return;
        var flight = _flight!;
        switch (outcome)
        {
            case AppendOutcome.Applied when flight.Row.Seen == View.Version:
                var old = View;
                var row = flight.Next;
                _applied.Apply(new ControlLogRow(row.Version, row.ProposalId, row.Text, wallClock()), effects);
                Judged(effects);
                Moved(old, effects);
                break;
            case AppendOutcome.Applied:
                // The row came back by another way before the answer, or another one did: then the store has two histories.
                _isBehind = _applied.VerifiesHead = true;
                break;
            case AppendOutcome.Conflict when !flight.IsUnknown:
                PutBack(flight);
                _isBehind = _conflicted = _applied.VerifiesHead = true;
                break;
            case AppendOutcome.Conflict:
                // Occupied, or its witness check fails by now: then a no-op takes the place.
                _flight = flight with { NoOp = flight.NoOp ?? _rows.NoOpFor(View, flight.Row) };
                _isBehind = true;
                break;
            default:
                _flight = flight with { IsUnknown = true };
                _isBehind = true;
                break;
        }
        Settle(effects);
        Next(now, effects);
    }

    /// <summary>The store call under way failed without any effect.</summary>
    public void OnUnreachable(string detail, MonotonicTime now, List<LogEffect> effects)
    {
        if (_call == StoreCall.Append && _flight is { IsUnknown: false } flight) PutBack(flight);
        _applied.NeedsBase |= _call == StoreCall.Base;
        _call = StoreCall.None;
        _applied.VerifiesHead = true; // Another store may answer when it comes back.
        _isBehind = true;
        _retryAt = now + options.RetryInterval;
        _unreachableDetail = detail;
        OnTime(now, effects);
    }

    /// <summary>The store refuses for good.</summary>
    public void OnRefused(string reason, List<LogEffect> effects)
    {
        _call = StoreCall.None;
        _applied.Refusal = new LogRefusal(reason);
        Judged(effects);
    }

    /// <summary>A peer says that these rows are committed.</summary>
    public void OnPushed(IReadOnlyList<ControlLogRow> rows, MonotonicTime now, List<LogEffect> effects)
    {
        if (StopReason is not null || !HasCaughtUp) return;
        var old = View;
        foreach (var row in rows)
        {
            if (row.Version <= View.Version) continue;
            if (_call is StoreCall.Read or StoreCall.Base)
            {
                _isBehind = true; // One source at a time: the read under way knows where it began.
                break;
            }
            if (row.Version == View.Version + 1 && _applied.TryApply(row, effects)) continue;
            _isBehind = _applied.VerifiesHead = true; // A gap, or another history: the store decides, not the peer.
        }
        Judged(effects);
        Moved(old, effects);
        Settle(effects);
        Next(now, effects);
    }

    /// <summary>A peer has applied a newer view.</summary>
    public void OnNewerVersion(long version, MonotonicTime now, List<LogEffect> effects)
    {
        if (version <= View.Version || StopReason is not null) return;
        _isBehind = true;
        Next(now, effects);
    }

    /// <summary>The passing of time.</summary>
    public void OnTime(MonotonicTime now, List<LogEffect> effects)
    {
        foreach (var overdue in _waiting.TakeOverdue(now))
            Reply(overdue.Ticket, ProposalResult.NotApplied, $"the store gave no answer within {options.ProposeTimeout}", effects);
        if (_isReachable && now >= _unansweredSince + options.StoreTimeout)
        {
            _isReachable = false;
            effects.Add(new LogEffect.StoreReachable(false, _unreachableDetail));
        }
        if (_flight is { IsAnswered: false, Proposal: { } proposal } flight && proposal.GiveUpAt <= now)
        {
            _flight = flight with { IsAnswered = true };
            Reply(proposal.Ticket, ProposalResult.Unknown, $"the outcome at version {flight.Row.Version} is not known yet", effects);
        }
        Next(now, effects);
    }

    /// <summary>The next store call, when none is under way.</summary>
    private void Next(MonotonicTime now, List<LogEffect> effects)
    {
        Remember(now, effects);
        if (_call != StoreCall.None || IsStopped || now < _retryAt) return;
        Ask(now, effects);
        if (_call != StoreCall.None) _unansweredSince ??= now;
    }

    private void Ask(MonotonicTime now, List<LogEffect> effects)
    {
        if (_applied.NeedsBase)
        {
            (_call, _applied.NeedsBase) = (StoreCall.Base, false);
            effects.Add(new LogEffect.ReadBase(_applied.Known));
        }
        else if (_isBehind && _stopped is null)
        {
            (_call, _isBehind) = (StoreCall.Read, false);
            effects.Add(new LogEffect.Read(_applied.ReadFrom));
        }
        else if ((_flight ??= TakeProposal(effects)) is { } flight)
        {
            _call = StoreCall.Append;
            effects.Add(new LogEffect.Append(flight.Next));
        }
        else if (_isBehind && _stopped is null)
        {
            Ask(now, effects); // A proposal wants the newest view first.
        }
        else if ((_flight = TakeCompaction(effects)) is { } compaction)
        {
            _call = StoreCall.Append;
            effects.Add(new LogEffect.Append(compaction.Row));
        }
        else if (now >= _pollAt)
        {
            (_call, _askedAt) = (StoreCall.Head, View.Version);
            effects.Add(new LogEffect.ReadHead());
        }
    }

    private Flight? TakeProposal(List<LogEffect> effects)
    {
        while (_waiting.TryTake(out var proposal))
        {
            if (proposal.Decide(View) is not { } decision)
            {
                if (!proposal.IsOnNewest)
                {
                    _waiting.PutBack(proposal with { IsOnNewest = true });
                    _isBehind = true;
                    return null;
                }
                Reply(proposal.Ticket, ProposalResult.NotNeeded, "nothing to do on the newest view", effects);
                continue;
            }
            if (_applied.Jump is { } jump)
            {
                _waiting.PutBack(proposal); // The first entry on an adopted log is the jump.
                return new Flight(null, _rows.Jump(View, jump.To, jump.Why), jump.Why);
            }
            var row = _rows.Of(View, decision);
            if (row.Text.Length <= EntryCodec.TextLengthMax) return new Flight(proposal, row, decision.Why);
            Reply(proposal.Ticket, ProposalResult.NotApplied, $"the entry is longer than {EntryCodec.TextLengthMax} characters", effects);
        }
        return null;
    }

    /// <summary>The orchestrator does it, so that not all try at once; anybody could: the insert is on this head or not at all.</summary>
    private Flight? TakeCompaction(List<LogEffect> effects)
    {
        if (_stopped is not null || View.Orchestrator?.Node != self || View.Version - _applied.CompactedAt < options.CompactAfter) return null;
        if (_rows.Compaction(View, options.CompactKeep) is { } row) return new Flight(null, row, "");
        _applied.CompactedAt = View.Version;
        effects.Add(new LogEffect.Notice($"The control log is not compacted: the view is longer than {CheckpointCodec.TextLengthMax} characters"));
        return null;
    }

    /// <summary>Ends the proposal under way once its version is occupied.</summary>
    private void Settle(List<LogEffect> effects)
    {
        if (_flight is not { } flight || _call == StoreCall.Append) return;
        if (View.Version <= flight.Row.Seen) return;
        _flight = null;
        if (_applied.OccupantOf(flight.Row) is not { } occupant)
        {
            // It was compacted away meanwhile: nothing of this flight can land any more, and nobody can tell whether it did.
            if (flight is { IsAnswered: false, Proposal: { } proposal })
                Reply(proposal.Ticket, ProposalResult.Unknown, $"the entry after version {flight.Row.Seen} was compacted before it was read", effects);
        }
        else if (occupant.ProposalId == flight.Row.ProposalId)
        {
            var version = occupant.Version;
            var rejections = View.Rejections.Where(r => r.Version == version).Select(r => r.Why).ToImmutableArray();
            if (flight is { IsAnswered: false, Proposal: { } proposal })
                effects.Add(new LogEffect.Reply(proposal.Ticket, new(ProposalResult.Committed, version, rejections, flight.Why)));
            effects.Add(new LogEffect.Push(occupant));
        }
        else PutBack(flight);
    }

    /// <summary>It is not in the log: decided anew, unless its proposer was told already that its outcome is not known.</summary>
    private void PutBack(Flight flight)
    {
        _flight = null;
        if (flight is { IsAnswered: false, Proposal: { } proposal }) _waiting.PutBack(proposal);
    }

    /// <summary>Never ahead of the store, seldom, and only by a member: it holds the lock of the directory.</summary>
    private void Remember(MonotonicTime now, List<LogEffect> effects)
    {
        _wasMember |= View.Find(self) is not null;
        if (_stopped is not null || !_wasMember || (_remembered is { } mark && mark.Version == View.Version))
        {
            _rememberAt = null;
            return;
        }
        _rememberAt ??= _remembered is null ? now : now + options.RememberInterval;
        if (now < _rememberAt) return;
        _rememberAt = null;
        _remembered = Mark;
        effects.Add(new LogEffect.Remember(_remembered!));
    }

    private void Moved(ClusterView old, List<LogEffect> effects)
    {
        if (old.Version != View.Version) effects.Add(new LogEffect.ViewMoved(old, View));
    }

    private bool Answered(StoreCall call, List<LogEffect> effects)
    {
        Invariant.Holds(_call == call);
        _call = StoreCall.None;
        _unansweredSince = null;
        if (!_isReachable) effects.Add(new LogEffect.StoreReachable(true, "the store answers again"));
        _isReachable = true;
        return !IsStopped;
    }

    /// <summary>Draws the consequences of what was read: once per refusal, and when it is lifted.</summary>
    private void Judged(List<LogEffect> effects)
    {
        if (_stopped == _applied.Refusal) return;
        _stopped = _applied.Refusal;
        if (_stopped is not { Reason: var reason }) return;
        while (_waiting.TryTake(out var waiting)) Reply(waiting.Ticket, ProposalResult.NotApplied, reason, effects);
        if (_flight is { IsAnswered: false, Proposal: { } proposal }) Reply(proposal.Ticket, ProposalResult.Unknown, reason, effects);
        _flight = null;
        effects.Add(new LogEffect.Stopped(reason, _stopped.IsForked));
    }

    private static void Reply(long ticket, ProposalResult result, string detail, List<LogEffect> effects) =>
        effects.Add(new LogEffect.Reply(ticket, new ProposalOutcome(result, 0, [], detail)));
}
