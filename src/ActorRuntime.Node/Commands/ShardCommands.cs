using System.Globalization;
using System.Text.Json.Nodes;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas.Recovery;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Management;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Node.Commands;

/// <summary>Commands about shards and their logs.</summary>
internal sealed class ShardCommands(ActorSystem system, Cluster.Cluster cluster, TimeProvider time)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(3), MoveLookEvery = TimeSpan.FromMilliseconds(5);

    public void AddTo(ManagementCommands commands) => commands
        .Add("shard list", "[type]", "who leads which shard, and what shards wait for", ListAsync)
        .Add("shard logs", "[type]", "the replicated logs on this node: how far they are", LogsAsync)
        .Add("shard move", "<type> <shard> <node>", "asks the leader of a shard to stop its units and make another node the leader; nothing is lost", MoveAsync)
        .Add("shard replication", "<type> <replicas> <min-in-sync>", "changes how many logs each shard of a type has, and how many must be in sync", ReplicateAsync)
        .Add("shard recover", "[type] [shard] [--all] [--accept-data-loss]",
            "shards whose logs are lost, and what would be missing; --accept-data-loss: they go on without it", RecoverAsync);

    private async Task<JsonNode> ListAsync(CommandArguments words, CancellationToken token)
    {
        var waits = new Dictionary<(string Type, string Shard), string>();
        foreach (var type in Asked(words.Find("type")))
        foreach (var (shard, why) in await ClusterSharding.Get(system).WhyShardsWaitAsync(type, AnswerMax, token).ConfigureAwait(false))
            waits.Add((type, shard), why);
        return ClusterTables.Shards(cluster.View, words.Find("type"), cluster.TakeoverGate.IsClear, waits);
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

    private async Task<JsonNode> MoveAsync(CommandArguments words, CancellationToken token)
    {
        var (type, shard, to) = (words["type"], words["shard"], ClusterTables.FindMember(cluster.View, words["node"]).Key);
        var from = ClusterTables.FindShard(cluster.View, type, shard);
        var begun = time.GetTimestamp();
        var asked = await cluster.ProposeAsync(
            view => [new ControlChange.TransfersChanged(type, [new TransferChange(shard, ClusterTables.FindShard(view, type, shard).Term, to)])],
            $"{type}/{shard} moved to {to.Name} by an operator", token).ConfigureAwait(false);
        if (!asked.IsAccepted) return Outcome(asked, $"{type}/{shard} is to move");
        while (true)
        {
            var now = ClusterTables.FindShard(cluster.View, type, shard);
            if (now.Leader == to)
            {
                return CommandResult.Lines(string.Create(CultureInfo.InvariantCulture,
                    $"{to.Name} leads {type}/{shard} in term {now.Term}, {time.GetElapsedTime(begun).TotalMilliseconds:0} ms after {from.Leader?.Name} was asked"));
            }
            if (now.Transfer?.To != to && cluster.View.Version >= asked.Version)
                throw new CommandRefusedException("not-moved", $"{type}/{shard} is led by {now.Leader?.Name ?? "nobody"} in term {now.Term}: the move was given up", "why shows the newest decisions");
            await Task.Delay(MoveLookEvery, time, token).ConfigureAwait(false);
        }
    }

    private async Task<JsonNode> ReplicateAsync(CommandArguments words, CancellationToken token)
    {
        var type = words["type"];
        if (!cluster.View.Types.ContainsKey(type)) throw ClusterTables.NoSuchType(cluster.View, type);
        var wanted = new Replication(Number(words["replicas"]), Number(words["min-in-sync"]));
        var what = $"{type} has {wanted.Replicas} replicas, {wanted.MinInSync} of them in sync";
        return Outcome(await cluster.ProposeAsync([new ControlChange.ReplicationChanged(type, wanted, "by an operator")], what, token).ConfigureAwait(false), what);

        static int Number(string word) => int.TryParse(word, CultureInfo.InvariantCulture, out var number) ? number
            : throw new CommandRefusedException("bad-number", $"'{word}' is no number", "shard replication TYPE REPLICAS MIN-IN-SYNC, for example 3 2");
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

    private static JsonObject Outcome(ProposalOutcome outcome, string done) => CommandResult.Lines(CommandOutcome.Describe(outcome, done));
}
