using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Tests;

/// <summary>Stands for a shard: supervises one unit and may give it a log.</summary>
internal sealed class ShardStandIn : UntypedActor
{
    private readonly SupervisorStrategy _strategy;
    private readonly IActorRef _unit;

    public ShardStandIn(SupervisorStrategy strategy, string id, IActorRef observer, WriterFence fence = default, IJournal? journal = null)
    {
        _strategy = strategy;
        if (journal is not null)
        {
            journal.RaiseFenceAsync(fence, default).GetAwaiter().GetResult();
            Persistence.Instance.Get(Context.System).SnapshotStore.RaiseFenceAsync(fence, default).GetAwaiter().GetResult();
            Persistence.Instance.Get(Context.System).Bind(Self, new JournalEventLog(journal, fence));
        }
        _unit = Context.ActorOf(Props.Create(() => new Ledger(id, observer, Recovery.Default)));
    }

    protected override SupervisorStrategy SupervisorStrategy() => _strategy;

    protected override void OnReceive(object message) => _unit.Forward(message);
}
