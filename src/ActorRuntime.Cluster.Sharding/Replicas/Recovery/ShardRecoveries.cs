using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Replicas.Recovery;

/// <summary>Finds out which shards have lost all logs that may lead, and lets them go on once an operator has accepted what is missing. Any
/// thread, any node.</summary>
internal sealed class ShardRecoveries(ExtendedActorSystem system, ShardingServices services)
{
    /// <summary>Shards of a type that wait for a log that is not there.</summary>
    /// <param name="shard">Only this one, and also when it does not wait; null for all that do.</param>
    /// <param name="timeout">How long nodes are asked at most.</param>
    /// <param name="readsStore">False: only why shards wait is asked for.</param>
    /// <exception cref="JournalException">The persistent store does not answer: how far it is nobody knows.</exception>
    public async Task<IReadOnlyList<ShardLoss>> FindAsync(string type, string? shard, TimeSpan timeout, bool readsStore, CancellationToken cancellationToken)
    {
        var view = services.Cluster.View;
        if (view.Types.GetValueOrDefault(type) is not { Replication: not null } unitType) return [];
        var answers = await AskAsync(view, unitType, timeout, cancellationToken).ConfigureAwait(false);
        var losses = new List<ShardLoss>();
        foreach (var (id, state) in unitType.Shards)
        {
            if (shard is not null && id != shard) continue;
            var loss = ShardLoss.Assess(view, type, id, state, answers, 0);
            if (loss.Refusal is null && readsStore) loss = ShardLoss.Assess(view, type, id, state, answers, await HeightAsync(type, id, state.Term, cancellationToken).ConfigureAwait(false));
            if (loss.Refusal is null || shard is not null) losses.Add(loss);
        }
        return losses;
    }

    /// <summary>The operator's word. Only shards that are still as they were go on without.</summary>
    public Task<ProposalOutcome> AcceptAsync(IReadOnlyList<ShardLoss> losses, CancellationToken cancellationToken)
    {
        var type = losses[0].Type;
        var what = $"{losses.Count} shards of {type} go on without their lost logs";
        return services.Cluster.ProposeAsync(Decide, what, cancellationToken);

        ControlChange.ShardsRecovered? Decide(ClusterView view)
        {
            ImmutableArray<ShardRecovery> recoveries = [.. losses.Select(loss => loss.Accept(view)).OfType<ShardRecovery>()];
            return recoveries.IsEmpty ? null : new ControlChange.ShardsRecovered(type, recoveries, $"an operator accepts data loss: {losses[0].Type}/{losses[0].Shard} {losses[0].Missing}");
        }
    }

    /// <summary>Raising the fence to the term it has closes it to nobody, and reads the height.</summary>
    private Task<long> HeightAsync(string type, string shard, long term, CancellationToken cancellationToken) =>
        services.Persistence.Journal.RaiseFenceAsync(new WriterFence($"{type}/{shard}", term), cancellationToken);

    /// <summary>Who does not answer is left out.</summary>
    private async Task<IReadOnlyList<HeldLogs>> AskAsync(ClusterView view, UnitType type, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var asked = new List<Task<HeldLogs>>();
        foreach (var host in type.Hosts)
        {
            if (view.Find(host) is not { Status: not MemberStatus.Down } member) continue;
            var path = new RootActorPath(member.Address) / "system" / UnitTypeDefinition.ReplicasName(type.Name);
            asked.Add(system.Provider.ResolveActorRef(path).Ask<HeldLogs>(new AskHeldLogs(type.Name), timeout, cancellationToken));
        }
        var answers = new List<HeldLogs>();
        foreach (var one in asked)
        {
            try
            {
                answers.Add(await one.ConfigureAwait(false));
            }
            catch (AskTimeoutException)
            {
                // It is named as a node that has not said which logs it has.
            }
        }
        return answers;
    }
}
