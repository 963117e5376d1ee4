using System.Collections.Concurrent;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Shards.Memory;
using ActorRuntime.Persistence;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Remembered units over three systems with real signals and a real orchestrator.</summary>
public sealed class RememberedUnitsOverNodesTests
{
    private const string Type = "remembered";
    private const double Patience = 60;
    private readonly ConcurrentDictionary<string, string> _running = new();

    [Fact, Trait("Requirement", "AR-3"), Trait("Requirement", "AR-5")]
    public async Task Units_of_a_lost_node_run_again_on_the_others_unasked_and_with_their_state()
    {
        await using var cluster = await ClusterOfThree.StartAsync(node => Region(node));
        string[] ids = [.. Enumerable.Range(0, 30).Select(i => $"u{i}")];
        foreach (var id in ids) Assert.Equal(1, await AskAsync(cluster.Nodes[0], id, "add"));
        await cluster.SettledAsync(Type);
        await ClusterOfThree.UntilAsync(() => _running.Count == ids.Length && _running.Values.Distinct().Count() == 3, "units run on all nodes", Patience);

        var lost = cluster.Nodes[2];
        var forgotten = _running.First(unit => unit.Value == lost.Name).Key;
        Region(cluster.Nodes[0]).Tell(new ShardingEnvelope(forgotten, "rest"));
        await UntilForgottenAsync(cluster, forgotten);
        string[] moved = [.. ids.Where(id => _running.GetValueOrDefault(id) == lost.Name)];
        Assert.NotEmpty(moved);

        await lost.FreezeAsync();
        await ClusterOfThree.UntilAsync(() => moved.All(id => _running.GetValueOrDefault(id) is { } at && at != lost.Name), "they run on healthy nodes", Patience);
        foreach (var id in moved) Assert.Equal(2, await AskAsync(cluster.Nodes[0], id, "add"));
        Assert.DoesNotContain(forgotten, _running.Keys);
    }

    /// <summary>That a unit rests is recorded after it has ended; a node lost in between remembers it still.</summary>
    private static async Task UntilForgottenAsync(ClusterOfThree cluster, string id)
    {
        var (record, serialization) = (UnitMemoryActor.PersistenceIdOf(Type, Counter.Extractor.ShardId(id)), cluster.Nodes[0].System.Serialization);
        for (var end = DateTime.UtcNow.AddSeconds(Patience); DateTime.UtcNow < end; await Task.Delay(20))
        {
            await foreach (var stored in cluster.Journal.ReadAsync(record, 1, long.MaxValue, default))
            {
                if (((UnitsRemembered)serialization.Deserialize(stored.Payload, stored.SerializerId, stored.Manifest)).Stopped.Contains(id)) return;
            }
        }
        Assert.Fail($"{id} is not forgotten");
    }

    private IActorRef Region(ClusterOfThree.Node node) => ClusterSharding.Get(node.System).Start(
        Type, id => Props.CreateBy(() => new Unit(id, node.Name, _running)),
        ClusterShardingSettings.Create(node.System).WithRememberEntities(true), Counter.Extractor);

    private async Task<long> AskAsync(ClusterOfThree.Node node, string id, string what) =>
        await Region(node).Ask<long>(new ShardingEnvelope(id, what), TimeSpan.FromSeconds(Patience));

    private sealed class Unit : ReceivePersistentActor
    {
        private readonly (string Id, string Node, ConcurrentDictionary<string, string> Running) _self;
        private long _sum;

        public Unit(string id, string node, ConcurrentDictionary<string, string> running)
        {
            _self = (id, node, running);
            PersistenceId = $"remembered/{id}";
            Recover<string>(_ => _sum++);
            Recover<RecoveryCompleted>(_ => running[id] = node);
            Command<string>(text => text == "add", text => Persist(text, _ => Sender.Tell(++_sum)));
            Command<string>(text => text == "rest", _ => Context.Parent.Tell(new Passivate(PoisonPill.Instance)));
        }

        public override string PersistenceId { get; }

        protected override void PostStop() => _self.Running.TryRemove(new KeyValuePair<string, string>(_self.Id, _self.Node));
    }
}
