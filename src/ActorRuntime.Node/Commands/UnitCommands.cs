using System.Text.Json.Nodes;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.Sharding.Replicas.Recovery;
using ActorRuntime.Node.Management;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Node.Commands;

/// <summary>Commands that ask units, wherever they run.</summary>
internal sealed class UnitCommands(ActorSystem system, Cluster.Cluster cluster)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(3);

    public void AddTo(ManagementCommands commands) => commands
        .Add("entity where", "<type> <id>", "on which node a unit runs", WhereAsync)
        .Add("shard list", "[type]", "who leads which shard, and what shards wait for", ListAsync)
        .Add("shard logs", "[type]", "the replicated logs on this node: how far they are", LogsAsync)
        .Add("shard recover", "[type] [shard] [--all] [--accept-data-loss]",
            "shards whose logs are lost, and what would be missing; --accept-data-loss: they go on without it", RecoverAsync)
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

    private async Task<JsonNode> LogsAsync(CommandArguments words, CancellationToken token)
    {
        var rows = new List<IReadOnlyList<JsonNode?>>();
        foreach (var type in Asked(words.Find("type")))
        foreach (var log in await ClusterSharding.Get(system).LogsAsync(type, AnswerMax, token).ConfigureAwait(false))
        {
            rows.Add(
            [
                type, log.Shard, log.Leads ? "leads" : log.Lost is { } lost ? $"new: the set names {lost}" : "follows", log.Term, log.Height, log.Committed, log.Bytes,
                log.Leads ? log.Lag.Blocks : null, log.Leads ? (long)log.Lag.Age.TotalMilliseconds : null, log.Replica.StoreId.ToString("x16"),
                string.Join(' ', log.Aside) is { Length: > 0 } aside ? aside : null,
            ]);
        }
        return CommandResult.Table(["type", "shard", "role", "term", "height", "committed", "bytes", "lag-blocks", "lag-ms", "store", "kept-aside"], rows);
    }

    private async Task<JsonNode> ListAsync(CommandArguments words, CancellationToken token)
    {
        var waits = new Dictionary<(string Type, string Shard), string>();
        foreach (var type in Asked(words.Find("type")))
        foreach (var (shard, why) in await ClusterSharding.Get(system).WhyShardsWaitAsync(type, AnswerMax, token).ConfigureAwait(false))
            waits.Add((type, shard), why);
        return ClusterTables.Shards(cluster.View, words.Find("type"), cluster.TakeoverGate.IsClear, waits);
    }

    private async Task<JsonNode> RecoverAsync(CommandArguments words, CancellationToken token)
    {
        var sharding = ClusterSharding.Get(system);
        var accepts = words.Has("--accept-data-loss");
        if (accepts && words.Find("type") is null && !words.Has("--all"))
            throw new CommandRefusedException("bad-arguments", "which shards?", "shard recover TYPE [SHARD] --accept-data-loss, or --all --accept-data-loss");
        var (lines, isWaiting) = (new List<string>(), false);
        foreach (var type in Asked(words.Find("type")))
        {
            var found = await FindAsync(sharding, type, words.Find("shard"), token).ConfigureAwait(false);
            lines.AddRange(found.Where(static loss => loss.Refusal is not null).Select(static loss => $"{loss.Type}/{loss.Shard}: {loss.Refusal}"));
            ShardLoss[] losses = [.. found.Where(static loss => loss.Refusal is null)];
            lines.AddRange(losses.Select(static loss => $"{loss.Type}/{loss.Shard} {loss.Missing} ({loss.Waits})"));
            isWaiting |= losses.Length > 0;
            if (accepts && losses.Length > 0)
            {
                var outcome = await sharding.AcceptDataLossAsync(losses, token).ConfigureAwait(false);
                lines.Add(CommandOutcome.Describe(outcome, $"the loss of {losses.Length} shards of {type} is accepted"));
            }
        }
        if (isWaiting && !accepts)
            throw new CommandRefusedException("data-loss", string.Join('\n', lines), "nothing was changed; with --accept-data-loss the shards go on, and what is missing is lost for good");
        return CommandResult.Lines(lines is [] ? ["no shard waits for a lost log"] : lines);
    }

    private static async Task<IReadOnlyList<ShardLoss>> FindAsync(ClusterSharding sharding, string type, string? shard, CancellationToken token)
    {
        try
        {
            return await sharding.FindLossesAsync(type, shard, AnswerMax, token).ConfigureAwait(false);
        }
        catch (JournalException unreachable)
        {
            throw new CommandRefusedException("store", unreachable.Message, "shards can only be recovered while the persistent store answers");
        }
    }

    private IEnumerable<string> Asked(string? type) => type is null ? cluster.View.Types.Keys
        : cluster.View.Types.ContainsKey(type) ? [type] : throw ClusterTables.NoSuchType(cluster.View, type);

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
