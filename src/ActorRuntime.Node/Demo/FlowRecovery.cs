using ActorRuntime.Cluster.Sharding.Flows;

namespace ActorRuntime.Node.Demo;

/// <summary>When one affected flow came back, from its receiver's persisted events.</summary>
/// <param name="SenderLost">Its active sender lived on the lost node.</param>
/// <param name="ReceiverLost">Its receiver lived on the lost node.</param>
/// <param name="OpenedAt">The receiver persisted the opening by the new sender; null where it never did.</param>
/// <param name="FirstItemAt">It persisted the first item after the loss; null where it never did.</param>
internal sealed record FlowRecovery(
    string Flow, bool SenderLost, bool ReceiverLost, DateTimeOffset? OpenedAt, DateTimeOffset? FirstItemAt);

/// <summary>Finds the recovery of one flow in its journal.</summary>
/// <param name="senderLost">Only a higher term brings the flow back: items of the old one are what the lost sender still had under
/// way.</param>
/// <param name="receiverLost">Only events after the receiver was placed anew count.</param>
/// <param name="oldTerm">Flow term at the fault.</param>
/// <param name="replacedAt">Wall clock at which the decision was durable; null where there was none.</param>
internal sealed class RecoveryTally(string flow, bool senderLost, bool receiverLost, long oldTerm, DateTimeOffset? replacedAt)
{
    private DateTimeOffset? _openedAt, _firstItemAt;
    private bool _hasEnded;

    /// <summary>All its items had been applied before: there was nothing left to recover.</summary>
    public bool HadNothingLeft => _hasEnded && _firstItemAt is null;

    /// <summary>The next event of the receiver's journal.</summary>
    public void Take(FlowEvent fact)
    {
        _hasEnded |= fact is FlowEvent.FlowCompleted;
        var at = DateTimeOffset.FromUnixTimeMilliseconds(fact.AtMs);
        // The receiver's clock counts whole milliseconds.
        if (_firstItemAt is not null || replacedAt is not { } replaced || at < replaced.AddMilliseconds(-1)) return;
        switch (fact)
        {
            case FlowEvent.FlowOpened opened when IsNew(opened.Fence):
                _openedAt ??= at;
                break;
            case FlowEvent.ItemsApplied applied when IsNew(applied.Fence):
                _firstItemAt = at;
                break;
        }
    }

    public FlowRecovery Result() => new(flow, senderLost, receiverLost, _openedAt, _firstItemAt);

    private bool IsNew(FlowFence fence) => !senderLost || fence.Term > oldTerm;
}
