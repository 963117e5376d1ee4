using System.Text.Json.Nodes;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>Commands that ask units, wherever they run.</summary>
internal sealed class UnitCommands(ActorSystem system, Cluster.Cluster cluster)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(3);

    public void AddTo(ManagementCommands commands) => commands
        .Add("entity where", "<type> <id>", "on which node a unit runs", WhereAsync)
        .Add("flow status", "<flow>", "how far a flow is, asked of its receiver and its senders", StatusAsync);

    private async Task<JsonNode> WhereAsync(CommandArguments words, CancellationToken token)
    {
        var type = words["type"];
        if (!cluster.View.Types.ContainsKey(type)) throw ClusterTables.NoSuchType(cluster.View, type);
        var sharding = ClusterSharding.Get(system);
        if (!sharding.ShardTypeNames.Contains(type))
        {
            throw new CommandRefusedException(
                "not-started-here", $"{cluster.SelfKey.Name} has no region of {type}", "ask a node that hosts it; shard list shows them");
        }
        var location = await sharding.ShardRegion(type)
            .Ask<EntityLocation>(new GetEntityLocation(words["id"], AnswerMax), AnswerMax * 2, token).ConfigureAwait(false);
        var leader = ClusterTables.LeaderOf(cluster.View, type, location.ShardId);
        return CommandResult.Fields(
            ("type", type),
            ("id", location.EntityId),
            ("shard", location.ShardId),
            ("node", leader?.Name),
            ("address", location.ShardRegion?.ToString()),
            ("runs", location.EntityRef.HasValue));
    }

    private async Task<JsonNode> StatusAsync(CommandArguments words, CancellationToken token)
    {
        var name = ClusterTables.FindFlow(cluster.View, words["flow"]).Name;
        var flows = Flows.Get(system);
        try
        {
            var status = await flows.StatusAsync(name, AnswerMax, token).ConfigureAwait(false);
            var senders = await flows.SendersAsync(name, AnswerMax, token).ConfigureAwait(false);
            return CommandResult.Fields(
            [
                ("flow", name),
                ("items", status.Position),
                ("sender", status.Sender < 0 ? null : status.Sender),
                ("fence", status.Fence),
                ("refused-items", status.RefusedItems),
                ("completed", status.CompletedAtMs is not null),
                ("digest", status.Chain),
                .. senders.Select((sender, i) => ($"sender-{i}", (JsonNode?)(sender is null ? "no answer"
                    : $"{sender.Phase}{(sender.IsMuted ? ", muted" : "")}{(sender.Waits.Length > 0 ? ", waits: " + sender.Waits : "")}"))),
            ]);
        }
        catch (AskTimeoutException)
        {
            throw new CommandRefusedException(
                "no-answer", $"the receiver of {name} does not answer", "it is moving, or its node is out of reach: cluster show");
        }
    }
}
