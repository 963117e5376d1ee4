using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Simulation.Stores;

namespace ActorRuntime.Simulation.Sabotages;

/// <summary>SAFETY 1A-1 broken: an insert goes in on any head.</summary>
internal sealed class UnconditionalControlLog(InMemoryControlLog log, StoreLine logLine, StoreLine witnessLine) : SimulatedControlLogStore(log, logLine, witnessLine)
{
    private readonly InMemoryControlLog _log = log;

    protected override AppendOutcome Append(ControlLogAppend append)
    {
        var head = _log.Head;
        return base.Append(head == append.Seen ? append : append with { Seen = head, SeenDigest = null, Version = head + 1, Compaction = null });
    }
}

/// <summary>SAFETY 1A-5 broken: what was refused is put in again as it is, one version later, and its proposer believes the first time was it.</summary>
internal sealed class ResubmittingControlLog(InMemoryControlLog log, StoreLine logLine, StoreLine witnessLine) : SimulatedControlLogStore(log, logLine, witnessLine)
{
    private readonly InMemoryControlLog _log = log;

    protected override AppendOutcome Append(ControlLogAppend append)
    {
        var outcome = base.Append(append);
        if (outcome == AppendOutcome.Conflict) base.Append(append with { Seen = _log.Head, SeenDigest = null, Version = _log.Head + 1, Compaction = null });
        return outcome;
    }
}

/// <summary>SAFETY 1A-2 broken: an append without answer whose row is not there when it is read back counts as failed.</summary>
internal sealed class HastyControlLog(InMemoryControlLog log, StoreLine logLine, StoreLine witnessLine) : SimulatedControlLogStore(log, logLine, witnessLine)
{
    private readonly InMemoryControlLog _log = log;

    protected override AppendOutcome Unanswered(ControlLogAppend append) =>
        _log.Head == append.Seen ? throw new StoreUnreachableException("there is no row: taken for a failure") : base.Unanswered(append);
}

/// <summary>Hands out the newest entry a second time, as the one after it: whoever reads it applies its changes twice.</summary>
internal sealed class RepeatingControlLog(InMemoryControlLog log, StoreLine logLine, StoreLine witnessLine) : SimulatedControlLogStore(log, logLine, witnessLine)
{
    protected override IReadOnlyList<ControlLogRow> Read(long fromVersion, int maxRows)
    {
        var rows = base.Read(fromVersion, maxRows);
        if (rows.Count is 0 || rows.Count == maxRows) return rows;
        var entry = EntryCodec.Decode(rows[^1].Text);
        var text = EntryCodec.Encode(entry with { Version = entry.Version + 1, PreviousDigest = EntryCodec.Digest(rows[^1].Text) });
        return [.. rows, new ControlLogRow(entry.Version + 1, entry.ProposalId, text, rows[^1].CommittedAt)];
    }
}
