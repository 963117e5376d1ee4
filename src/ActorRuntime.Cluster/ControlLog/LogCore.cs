using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>One node's reader and writer of the control log: catches up, verifies, proposes, settles unknown outcomes.</summary>
/// <remarks>
/// Sans-IO. At most one store call is under way; every input is followed by the next call, if there is one. It assumes a store that may be
/// unreachable, answer "unknown", and apply an insert late, at most once, and only on the head it names.
/// A proposal is a function of the view: after a conflict it is decided anew (SAFETY 1A-5). An unknown outcome is settled only by what
/// occupies that version (1A-2). A row counts only when the digest chain leads to it (1A-3). Whatever cannot be verified or read stops this
/// node from deciding; it goes on with the view it has.
/// </remarks>
internal sealed class LogCore(NodeKey self, LogOptions options, Func<DateTimeOffset> wallClock)
{
    private enum StoreCall
    {
        None,
        Head,
        Read,
        Append,
    }

    private readonly LinkedList<Waiting> _waiting = [];
    private readonly Queue<ControlLogRow> _tail = [];
    private StoreCall _call;
    private Flight? _flight;
    private bool _isBehind = true, _verifyHead, _conflicted, _isReachable = true;
    private MonotonicTime _pollAt, _retryAt;
    private MonotonicTime? _unansweredSince;
    private string _unreachableDetail = "the store does not answer";
    private long _tickets, _proposals, _askedAt;

    /// <summary>The cluster as far as this node has read.</summary>
    public ClusterView View { get; private set; } = ClusterView.Empty;

    /// <summary>True once the log was read to a head.</summary>
    public bool HasCaughtUp { get; private set; }

    /// <summary>Why this node decides no more; null while it does.</summary>
    public string? StopReason { get; private set; }

    /// <summary>The newest rows applied, oldest first.</summary>
    public IReadOnlyCollection<ControlLogRow> Tail => _tail;

    /// <summary>When to call <see cref="OnTime"/>.</summary>
    public MonotonicTime Deadline
    {
        get
        {
            var deadline = _call == StoreCall.None ? (_retryAt > _pollAt || HasWork ? _retryAt : _pollAt) : new MonotonicTime(long.MaxValue);
            foreach (var waiting in _waiting)
                if (waiting.GiveUpAt < deadline) deadline = waiting.GiveUpAt;
            if (_isReachable && _unansweredSince + options.StoreTimeout is { } silent && silent < deadline) deadline = silent;
            if (_flight is { IsAnswered: false } flight && flight.Proposal.GiveUpAt < deadline) deadline = flight.Proposal.GiveUpAt;
            return deadline;
        }
    }

    private bool HasWork => _isBehind || _flight is not null || _waiting.Count > 0;

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
        else _waiting.AddLast(new Waiting(ticket, decide, now + options.ProposeTimeout));
        Next(now, effects);
        return ticket;
    }

    /// <summary>The store's highest version.</summary>
    public void OnHead(long head, MonotonicTime now, List<LogEffect> effects)
    {
        if (!Answered(StoreCall.Head, effects)) return;
        _pollAt = now + options.PollInterval;
        if (head > View.Version) _isBehind = true;
        if (head < _askedAt) StopYounger(head, effects); // A push may have overtaken the answer: then it says nothing about the newer entries.
        Next(now, effects);
    }

    /// <summary>Rows from the version asked for on; none at the head.</summary>
    public void OnRows(IReadOnlyList<ControlLogRow> rows, MonotonicTime now, List<LogEffect> effects)
    {
        if (!Answered(StoreCall.Read, effects)) return;
        var old = View;
        var index = 0;
        if (_verifyHead && View.Version > 0)
        {
            if (rows.Count == 0 || rows[0].Version != View.Version) StopYounger(View.Version - 1, effects);
            else if (EntryCodec.Digest(rows[0].Text) != View.Digest) StopForked(View.Version, effects);
            index = 1;
        }
        if (StopReason is null) _verifyHead = false;
        for (; index < rows.Count && StopReason is null; index++) Apply(rows[index], effects);
        var isEnd = rows.Count < options.ReadRows;
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
                Apply(new ControlLogRow(row.Seen + 1, row.ProposalId, row.Text, wallClock()), effects);
                Moved(old, effects);
                break;
            case AppendOutcome.Applied:
                // The row came back by another way before the answer, or another one did: then the store has two histories.
                _isBehind = _verifyHead = true;
                break;
            case AppendOutcome.Conflict when !flight.IsUnknown:
                PutBack(flight);
                _isBehind = _conflicted = true;
                break;
            case AppendOutcome.Conflict:
                // Occupied, or its witness check fails by now: then a no-op takes the place.
                _flight = flight with { NoOp = flight.NoOp ?? NoOpFor(flight.Row) };
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
        _call = StoreCall.None;
        _verifyHead = true; // Another store may answer when it comes back.
        _isBehind = true;
        _retryAt = now + options.RetryInterval;
        _unreachableDetail = detail;
        OnTime(now, effects);
    }

    /// <summary>The store refuses for good.</summary>
    public void OnRefused(string reason, List<LogEffect> effects)
    {
        _call = StoreCall.None;
        Stop(reason, effects);
    }

    /// <summary>A peer says that these rows are committed.</summary>
    public void OnPushed(IReadOnlyList<ControlLogRow> rows, MonotonicTime now, List<LogEffect> effects)
    {
        if (StopReason is not null || !HasCaughtUp) return;
        var old = View;
        foreach (var row in rows)
        {
            if (row.Version <= View.Version) continue;
            if (_call == StoreCall.Read)
            {
                _isBehind = true; // One source at a time: the read under way knows where it began.
                break;
            }
            if (row.Version == View.Version + 1 && LeadsFromHere(row)) Apply(row, effects);
            else _isBehind = _verifyHead = true; // A gap, or another history: the store decides, not the peer.
        }
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
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.GiveUpAt <= now)
            {
                _waiting.Remove(node);
                Reply(node.Value.Ticket, ProposalResult.NotApplied, $"the store gave no answer within {options.ProposeTimeout}", effects);
            }
            node = next;
        }
        if (_isReachable && now >= _unansweredSince + options.StoreTimeout)
        {
            _isReachable = false;
            effects.Add(new LogEffect.StoreReachable(false, _unreachableDetail));
        }
        if (_flight is { IsAnswered: false } flight && flight.Proposal.GiveUpAt <= now)
        {
            _flight = flight with { IsAnswered = true };
            Reply(flight.Proposal.Ticket, ProposalResult.Unknown, $"the outcome at version {flight.Row.Seen + 1} is not known yet", effects);
        }
        Next(now, effects);
    }

    /// <summary>The next store call, when none is under way.</summary>
    private void Next(MonotonicTime now, List<LogEffect> effects)
    {
        if (_call != StoreCall.None || StopReason is not null) return;
        if (now < _retryAt) return;
        Ask(now, effects);
        if (_call != StoreCall.None) _unansweredSince ??= now;
    }

    private void Ask(MonotonicTime now, List<LogEffect> effects)
    {
        if (_isBehind)
        {
            (_call, _isBehind) = (StoreCall.Read, false);
            effects.Add(new LogEffect.Read(_verifyHead ? Math.Max(1, View.Version) : View.Version + 1));
        }
        else if (_flight is { } flight)
        {
            _call = StoreCall.Append;
            effects.Add(new LogEffect.Append(flight.Next));
        }
        else if (TakeProposal(effects) is { } taken)
        {
            (_call, _flight) = (StoreCall.Append, taken);
            effects.Add(new LogEffect.Append(taken.Row));
        }
        else if (_isBehind)
        {
            Ask(now, effects); // A proposal wants the newest view first.
        }
        else if (now >= _pollAt)
        {
            (_call, _askedAt) = (StoreCall.Head, View.Version);
            effects.Add(new LogEffect.ReadHead());
        }
    }

    private Flight? TakeProposal(List<LogEffect> effects)
    {
        while (_waiting.First is { Value: var proposal })
        {
            _waiting.RemoveFirst();
            if (proposal.Decide(View) is not { } decision)
            {
                if (!proposal.IsOnNewest)
                {
                    _waiting.AddFirst(proposal with { IsOnNewest = true });
                    _isBehind = true;
                    return null;
                }
                Reply(proposal.Ticket, ProposalResult.NotNeeded, "nothing to do on the newest view", effects);
                continue;
            }
            var id = $"{self}/{++_proposals}";
            var entry = new LogEntry(
                View.Version + 1, View.Digest, id, self, decision.OrchestratorTerm, wallClock(), decision.Why, decision.Changes);
            var text = EntryCodec.Encode(entry);
            if (text.Length <= EntryCodec.TextLengthMax)
                return new Flight(proposal, new(View.Version, id, text, WitnessFences.Of(decision.Changes)), decision.Why);
            Reply(proposal.Ticket, ProposalResult.NotApplied, $"the entry is longer than {EntryCodec.TextLengthMax} characters", effects);
        }
        return null;
    }

    private ControlLogAppend NoOpFor(ControlLogAppend row)
    {
        var id = $"{self}/{++_proposals}";
        var entry = new LogEntry(row.Seen + 1, View.Digest, id, self, 0, wallClock(), $"takes the place of {row.ProposalId}", []);
        return new ControlLogAppend(row.Seen, id, EntryCodec.Encode(entry), []);
    }

    /// <summary>Ends the proposal under way once its version is occupied.</summary>
    private void Settle(List<LogEffect> effects)
    {
        if (_flight is not { } flight || _call == StoreCall.Append) return;
        var version = flight.Row.Seen + 1;
        if (View.Version < version) return;
        _flight = null;
        var occupant = _tail.FirstOrDefault(row => row.Version == version)?.ProposalId;
        if (occupant == flight.Row.ProposalId)
        {
            var rejections = View.Rejections.Where(r => r.Version == version).Select(r => r.Why).ToImmutableArray();
            if (!flight.IsAnswered)
                effects.Add(new LogEffect.Reply(flight.Proposal.Ticket, new(ProposalResult.Committed, version, rejections, flight.Why)));
            effects.Add(new LogEffect.Push(_tail.First(row => row.Version == version)));
        }
        else PutBack(flight);
    }

    /// <summary>It is not in the log: decided anew, unless its proposer was told already that its outcome is not known.</summary>
    private void PutBack(Flight flight)
    {
        _flight = null;
        if (!flight.IsAnswered) _waiting.AddFirst(flight.Proposal);
    }

    private bool LeadsFromHere(ControlLogRow row)
    {
        try
        {
            return EntryCodec.Decode(row.Text).PreviousDigest == View.Digest;
        }
        catch (EntryUnreadableException)
        {
            return false; // The store's own copy will tell whether it is newer or damaged.
        }
    }

    private void Apply(ControlLogRow row, List<LogEffect> effects)
    {
        LogEntry entry;
        try
        {
            entry = EntryCodec.Decode(row.Text);
        }
        catch (EntryUnreadableException e)
        {
            Stop($"Control log entry {row.Version} cannot be read: {e.Message}. This node keeps its view of version {View.Version} and decides "
                + (e.IsNewer ? "nothing more: upgrade it." : "nothing more: upgrade it, or restore the control log."), effects);
            return;
        }
        if (row.Version != View.Version + 1 || entry.Version != row.Version) StopGap(row.Version, effects);
        else if (entry.PreviousDigest != View.Digest) StopForked(View.Version, effects);
        else
        {
            View = ViewFold.Apply(View, entry, EntryCodec.Digest(row.Text));
            _tail.Enqueue(row);
            if (_tail.Count > options.TailRows) _tail.Dequeue();
        }
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
        return StopReason is null;
    }

    private void StopYounger(long head, List<LogEffect> effects) => Stop(
        $"The control log ends at version {head}, this node has applied version {View.Version}: the store was replaced by an older copy. "
        + "Nothing is decided on it; bring the newer store back and restart the nodes.", effects);

    private void StopForked(long version, List<LogEffect> effects) => Stop(
        $"The control log has another entry {version} than the one this node has applied: the store lost a committed entry (a failover "
        + "without synchronous replication?). This node decides nothing more; restart the nodes on one history.", effects);

    private void StopGap(long version, List<LogEffect> effects) => Stop(
        $"The control log has entry {version} where entry {View.Version + 1} belongs: it is damaged. This node decides nothing more.", effects);

    private void Stop(string reason, List<LogEffect> effects)
    {
        StopReason = reason;
        foreach (var waiting in _waiting) Reply(waiting.Ticket, ProposalResult.NotApplied, reason, effects);
        _waiting.Clear();
        if (_flight is { IsAnswered: false } flight) Reply(flight.Proposal.Ticket, ProposalResult.Unknown, reason, effects);
        _flight = null;
        effects.Add(new LogEffect.Stopped(reason));
    }

    private static void Reply(long ticket, ProposalResult result, string detail, List<LogEffect> effects) =>
        effects.Add(new LogEffect.Reply(ticket, new ProposalOutcome(result, 0, [], detail)));
}
