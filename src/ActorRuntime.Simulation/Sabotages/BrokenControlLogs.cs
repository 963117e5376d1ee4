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
