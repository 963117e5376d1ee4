using ActorRuntime.Actor;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>What a shard does with a unit that fails: as its type, or the configuration, says.</summary>
[Trait("Requirement", "SR-2")]
public sealed class UnitFailureTests
{
    [Fact]
    public void A_resumed_unit_keeps_its_state_although_its_log_cannot_be_read()
    {
        using var node = new LoneNode(options: new ShardingOptions { UnitFailure = Directive.Resume });
        var region = Start(node, ClusterShardingSettings.Create(node.System));
        Assert.Equal(3, node.Sum(region, "a", new Add(3)));
        node.Journal.FailNextRead(new JournalException("told to"));

        region.Tell(new ShardingEnvelope("a", new Fail()));

        Assert.Equal(4, node.Sum(region, "a", new Add(1)));
    }

    [Fact]
    public void A_restarted_unit_reads_its_log()
    {
        using var node = new LoneNode();
        var region = Start(node, ClusterShardingSettings.Create(node.System));
        Assert.Equal(3, node.Sum(region, "a", new Add(3)));
        node.Journal.FailNextRead(new JournalException("told to"));

        region.Tell(new ShardingEnvelope("a", new Fail()));

        Assert.Null(node.Sum(region, "a", new Add(1)));
    }

    [Fact]
    public void A_type_may_be_supervised_in_its_own_way()
    {
        using var node = new LoneNode();
        var settings = ClusterShardingSettings.Create(node.System).WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Resume));
        var region = Start(node, settings);
        Assert.Equal(3, node.Sum(region, "a", new Add(3)));
        node.Journal.FailNextRead(new JournalException("told to"));

        region.Tell(new ShardingEnvelope("a", new Fail()));

        Assert.Equal(4, node.Sum(region, "a", new Add(1)));
    }

    private static IActorRef Start(LoneNode node, ClusterShardingSettings settings)
    {
        var region = ClusterSharding.Get(node.System).Start(
            Counter.Type, id => Props.CreateBy(() => new StateCounter(id)), settings.WithNoPassivation(), Counter.Extractor);
        node.Cluster.Lead(Counter.Type, 10);
        return region;
    }

    private sealed class StateCounter : StatePersistentActor<long>
    {
        public StateCounter(string id)
        {
            PersistenceId = $"{Counter.Type}/{id}";
            Command<Add>(add => Persist(new Added(add.Amount), _ => Sender.Tell(new Sum(State))));
            Command<Fail>(_ => throw new InvalidOperationException("told to fail"));
        }

        public override string PersistenceId { get; }

        protected override long InitialState => 0;

        protected override long Apply(long state, object @event) => state + ((Added)@event).Amount;
    }
}
