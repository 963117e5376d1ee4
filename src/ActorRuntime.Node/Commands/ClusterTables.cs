using System.Text.Json.Nodes;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>Members, shards and flows of a view as tables. Pure.</summary>
internal static class ClusterTables
{
    /// <summary><c>cluster show</c>: one row per member, in join order.</summary>
    public static JsonObject Members(ClusterView view) => CommandResult.Table(
        ["node", "status", "decides", "address", "signal-port", "roles", "active-senders", "shards", "joined-at", "incarnation", "lost-by"],
        view.InJoinOrder.Select(member => (IReadOnlyList<JsonNode?>)
        [
            member.Name, CommandWords.Of(member.Status), view.Orchestrator?.Node == member.Key, $"{member.Facts.Host}:{member.Facts.Port}",
            member.Facts.SignalPort, string.Join(' ', member.Facts.Roles), ActiveSenders(view, member.Key), Led(view, member.Key),
            member.JoinedAt, member.Key.Incarnation.ToString("x16"), member.DownBy is { } evidence ? Describe(evidence) : null,
        ]));

    /// <summary><c>shard list</c>: who leads what, of one type or of all.</summary>
    /// <exception cref="CommandRefusedException">There is no such type.</exception>
    /// <param name="isClear">Whether a predecessor is known to have stopped: the others are what the leader waits for.</param>
    /// <param name="waits">Why shards wait for logs, by type and shard; null where nobody was asked.</param>
    public static JsonObject Shards(
        ClusterView view, string? type, Func<NodeKey, long, bool> isClear, IReadOnlyDictionary<(string Type, string Shard), string>? waits = null)
    {
        if (type is not null && !view.Types.ContainsKey(type)) throw NoSuchType(view, type);
        return CommandResult.Table(
            ["type", "shard", "leader", "moves-to", "term", "home", "waits-for", "in-sync", "learners"],
            from unitType in view.Types.Values
            where type is null || unitType.Name == type
            from shard in unitType.Shards
            orderby unitType.Name, shard.Key.Length, shard.Key
            select (IReadOnlyList<JsonNode?>)
            [
                unitType.Name, shard.Key, shard.Value.Leader?.Name, shard.Value.Transfer?.To.Name, shard.Value.Term, shard.Value.Home,
                waits?.GetValueOrDefault((unitType.Name, shard.Key)) ?? Names(shard.Value.Predecessors.Where(node => !isClear(node, shard.Value.Term))),
                shard.Value.Replicas is not { } logs ? null
                    : string.Join(' ', logs.InSync.Select(log => log.Node).Concat(logs.Eligible.Select(log => $"({log.Node})")))
                      + (logs.InSync.Length < logs.Minimum ? $", {logs.Minimum} needed" : ""),
                shard.Value.Replicas is { Learners.Length: > 0 } copies ? string.Join(' ', copies.Learners) : null,
            ]);
    }

    /// <summary><c>flow list</c>: the flow table.</summary>
    public static JsonObject Flows(ClusterView view) => CommandResult.Table(
        ["flow", "state", "sender", "node", "term", "standby", "muted", "receiver", "failback"],
        view.Flows.Values.Select(flow => (IReadOnlyList<JsonNode?>)
        [
            flow.Name, State(flow), flow.Active is { } active ? flow.Senders[active].Unit.Id : null, SenderOf(view, flow)?.Name, flow.Term,
            flow.Senders.Count(sender => sender.Status == SenderStatus.Standby),
            flow.Senders.Count(sender => sender.Status == SenderStatus.Muted),
            $"{flow.Receiver.Type}/{flow.Receiver.Id}", CommandWords.Of(flow.Failback),
        ]));

    /// <summary><c>flow show</c>: the senders of one flow, with since when and why.</summary>
    /// <exception cref="CommandRefusedException">There is no such flow.</exception>
    public static JsonObject Flow(ClusterView view, string name)
    {
        var flow = FindFlow(view, name);
        return CommandResult.Table(
            ["sender", "unit", "node", "status", "since-version", "why"],
            flow.Senders.Select((sender, index) => (IReadOnlyList<JsonNode?>)
            [
                index, $"{sender.Unit.Type}/{sender.Unit.Id}", LeaderOf(view, sender.Unit.Type, sender.Unit.Id)?.Name,
                CommandWords.Of(sender.Status), sender.Since, sender.Why,
            ]));
    }

    /// <exception cref="CommandRefusedException">There is no such flow.</exception>
    public static FlowState FindFlow(ClusterView view, string name) => view.Flows.GetValueOrDefault(name)
        ?? throw new CommandRefusedException("no-such-flow", $"there is no flow {name}", "flow list shows all");

    /// <exception cref="CommandRefusedException">There is no such type, or it has no such shard.</exception>
    public static ShardState FindShard(ClusterView view, string type, string shard) =>
        !view.Types.TryGetValue(type, out var known) ? throw NoSuchType(view, type)
        : known.Shards.GetValueOrDefault(shard)
            ?? throw new CommandRefusedException("no-such-shard", $"type {type} has no shard {shard}", $"shard list {type} shows them");

    /// <exception cref="CommandRefusedException">No member has this name.</exception>
    public static Member FindMember(ClusterView view, string name) => view.Members.GetValueOrDefault(name)
        ?? throw new CommandRefusedException("no-such-node", $"no member is called {name}", "cluster show lists them");

    /// <summary>An incarnation by its key, or by its name where only one that may still serve has it.</summary>
    /// <param name="isClear">Whether a lost node is known to have stopped.</param>
    /// <exception cref="CommandRefusedException">There is none, or more than one.</exception>
    public static NodeKey FindIncarnation(ClusterView view, string text, Func<NodeKey, long, bool> isClear)
    {
        NodeKey[] known = [.. view.Members.Values.Select(member => member.Key).Union(view.Lost.Keys).Where(node => node.Name == text || node.ToString() == text)];
        if (known.Length == 0)
            throw new CommandRefusedException("no-such-node", $"no member is called {text}, and none that was lost", "cluster show lists members, shard list whom shards wait for");
        NodeKey[] open = [.. known.Where(node => !view.Lost.TryGetValue(node, out var lost) || !isClear(node, lost.Version))];
        return open.Length switch
        {
            0 => known[0],
            1 => open[0],
            _ => throw new CommandRefusedException(
                "ambiguous", $"{text} is {string.Join(", ", open.Select(node => $"{node} ({Standing(view, node)})"))}", "name one of them with its incarnation"),
        };
    }

    private static string Standing(ClusterView view, NodeKey node) =>
        view.Lost.TryGetValue(node, out var lost) ? $"lost with version {lost.Version}" : CommandWords.Of(view.Find(node)!.Status);

    public static CommandRefusedException NoSuchType(ClusterView view, string type) => new(
        "no-such-type", $"there is no unit type {type}", $"known are {string.Join(", ", view.Types.Keys)}");

    /// <summary>Flows that send from this node.</summary>
    public static int ActiveSenders(ClusterView view, NodeKey node) => view.Flows.Values.Count(flow => SenderOf(view, flow) == node);

    /// <summary>The node whose unit sends for the flow; null while nobody does.</summary>
    public static NodeKey? SenderOf(ClusterView view, FlowState flow) =>
        flow.Active is { } active ? LeaderOf(view, flow.Senders[active].Unit.Type, flow.Senders[active].Unit.Id) : null;

    /// <summary>The node that leads a shard; null while it was never placed.</summary>
    public static NodeKey? LeaderOf(ClusterView view, string type, string shard) =>
        view.Types.TryGetValue(type, out var unitType) && unitType.Shards.TryGetValue(shard, out var state) ? state.Leader : null;

    /// <summary>What a loss rests on, in one sentence.</summary>
    public static string Describe(LossEvidence evidence)
    {
        var by = evidence.Supporters.IsEmpty ? "" : " of " + string.Join(", ", evidence.Supporters.Select(node => node.Name));
        var witness = evidence.WitnessSequence is null ? "" : " and the witness row";
        return $"{CommandWords.Of(evidence.Kind)}{by}{witness}{(evidence.Detail.Length > 0 ? ": " : "")}{evidence.Detail}";
    }

    private static string State(FlowState flow) =>
        flow.MutedByOperator ? "muted" : flow.Active switch { null => "waiting", 0 => "running", _ => "on standby sender" };

    private static int Led(ClusterView view, NodeKey node) =>
        view.Types.Values.Sum(type => type.Shards.Values.Count(shard => shard.Leader == node));

    private static string? Names(IEnumerable<NodeKey> nodes) =>
        string.Join(' ', nodes.Select(node => node.Name)) is { Length: > 0 } names ? names : null;
}
