using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.TestKit;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>One actor system under virtual time with a cluster layer in the test's hands.</summary>
internal sealed class LoneNode : IDisposable
{
    public LoneNode(InMemoryJournal? journal = null, ShardingOptions? options = null)
    {
        Journal = journal ?? new InMemoryJournal();
        System = ActorSystem.Create("t", ActorSystemSetup.Create(
            new EnvironmentSetup(Environment), PersistenceSetup.Create().WithJournal(_ => Journal), new ShardingSetup(options, Cluster)));
    }

    public ManualEnvironment Environment { get; } = new();

    public LoneCluster Cluster { get; } = new();

    public InMemoryJournal Journal { get; }

    public ActorSystem System { get; }

    public IActorRef StartCounters(TimeSpan? idle = null) => ClusterSharding.Get(System).Start(
        Counter.Type, id => Props.CreateBy(() => new Counter(id)),
        ClusterShardingSettings.Create(System).WithPassivateIdleAfter(idle ?? TimeSpan.Zero), Counter.Extractor);

    /// <summary>Asks and runs the node until the answer is there; null when none comes within the time.</summary>
    public T? Ask<T>(IActorRef target, object message, double seconds = 1)
        where T : class
    {
        var answer = target.Ask<T>(message, TimeSpan.FromMinutes(10));
        Environment.RunUntil(() => answer.IsCompleted, TimeSpan.FromSeconds(seconds));
#pragma warning disable xUnit1031 // It is completed.
        return answer.IsCompleted ? answer.Result : null;
#pragma warning restore xUnit1031
    }

    public long? Sum(IActorRef region, string id, object message) => Ask<Sum>(region, new ShardingEnvelope(id, message))?.Value;

    public void Dispose()
    {
        var end = System.Terminate();
        Environment.RunUntil(() => end.IsCompleted, TimeSpan.FromMinutes(1));
    }
}
