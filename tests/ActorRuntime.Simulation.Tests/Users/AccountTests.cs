using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;
using Sim = ActorRuntime.Simulation.Simulation;

namespace ActorRuntime.Simulation.Tests.Users;

/// <summary>The sample of docs/simulation.md: an application's own units under faults, with an invariant of its own.</summary>
public sealed class AccountTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void An_account_is_never_overdrawn_and_every_paid_amount_was_taken(ulong seed) => Sim.Run(seed, cluster =>
    {
        var (balances, paid) = (new SortedDictionary<string, long>(StringComparer.Ordinal), 0L);
        cluster.Invariant("no account is overdrawn", () => balances.FirstOrDefault(account => account.Value < 0) is { Key: { } id } ? $"{id} has {balances[id]}" : null);
        cluster.AddNodes(3, node => ClusterSharding.Get(node.System).Start(
            "account", id => Props.CreateBy(() => new Account(id, balances)), ClusterShardingSettings.Create(node.System), HashCodeMessageExtractor.Create(10, _ => null)));
        cluster.InjectFaults(TimeSpan.FromSeconds(20));

        for (var i = 0; i < 100; i++)
        {
            var node = cluster.Nodes[i % 3];
            if (node.IsUp) node.Run(n => ClusterSharding.Get(n.System).ShardRegion("account").Ask<Paid>(new ShardingEnvelope($"a{i % 5}", new Pay(30)), TimeSpan.FromSeconds(2))
                .ContinueWith(done => paid += done.IsCompletedSuccessfully ? done.Result.Amount : 0, TaskContinuationOptions.ExecuteSynchronously));
            cluster.RunFor(TimeSpan.FromMilliseconds(300));
        }

        Assert.True(cluster.RunUntil(() => cluster.Nodes.All(n => n.IsUp), TimeSpan.FromMinutes(1)), cluster.Describe());
        Assert.InRange(paid, 30, balances.Values.Sum(balance => Account.Initial - balance));
    });

    private sealed class Account : ReceivePersistentActor
    {
        public const long Initial = 100;
        private long _balance = Initial;

        public Account(string id, SortedDictionary<string, long> balances)
        {
            PersistenceId = $"account/{id}";
            Recover<Taken>(taken => _balance -= taken.Amount);
            Command<Pay>(pay =>
            {
                if (_balance < pay.Amount) Sender.Tell(new Paid(0));
                else Persist(new Taken(pay.Amount), taken =>
                {
                    balances[id] = _balance -= taken.Amount;
                    Sender.Tell(new Paid(taken.Amount));
                });
            });
        }

        public override string PersistenceId { get; }
    }

    [WireType("sample-pay")]
    internal sealed record Pay(long Amount);

    [WireType("sample-paid")]
    internal sealed record Paid(long Amount);

    [WireType("sample-taken")]
    internal sealed record Taken(long Amount);
}
