using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>Commands about members, flows and the control log.</summary>
/// <param name="leave">Asks this process to leave in order.</param>
internal sealed class ClusterCommands(Cluster.Cluster cluster, StoreWatch store, TimeProvider time, Action<string> leave)
{
    private const int RowsShown = 50;
    private static readonly TimeSpan TailEvery = TimeSpan.FromMilliseconds(200);

    public void AddTo(ManagementCommands commands) => commands
        .Add("cluster show", "", "members, who decides, who is lost and why", (_, _) => Answer(ClusterTables.Members(cluster.View)))
        .Add("cluster status", "", "this node's standing in a few lines", (_, _) => Answer(Status()))
        .Add("cluster leave", "[node]", "this node, or another, hands over and leaves in order", LeaveAsync)
        .Add("cluster down", "<node> [--ended]", "declares a node lost; --ended: you know that its process has ended, wait for nothing more", DownAsync)
        .AddStream("cluster tail", "", "what happens to members, as it happens",
            (_, follow, token) => TailAsync(IsAboutMembers, follow, token))
        .Add("flow list", "", "who sends on which flow", (_, _) => Answer(ClusterTables.Flows(cluster.View)))
        .Add("flow show", "<flow>", "the senders of a flow, with since when and why",
            (words, _) => Answer(ClusterTables.Flow(cluster.View, words["flow"])))
        .Add("flow mute", "<flow> [sender]", "stops a flow, or mutes one of its senders", MuteAsync)
        .Add("flow unmute", "<flow> [sender]", "lets a flow go on, or a sender stand by again", UnmuteAsync)
        .Add("flow failback", "<flow>", "switches a flow back to its own sender now", FailBackAsync)
        .Add("log show", "[count]", "the newest entries of the control log", async (words, token) =>
            LogTables.Entries(await NewestAsync(words, token).ConfigureAwait(false)))
        .AddStream("log tail", "", "entries of the control log, as they come", (_, follow, token) => TailAsync(_ => true, follow, token))
        .Add("why", "[count]", "the newest decisions with reasons and evidence", async (words, token) =>
            LogTables.Why(await NewestAsync(words, token).ConfigureAwait(false), cluster.DecidingStopped?.Reason));

    private static Task<JsonNode> Answer(JsonNode result) => Task.FromResult(result);

    private JsonObject Status()
    {
        var view = cluster.View;
        return CommandResult.Fields(
            ("node", cluster.SelfKey.ToString()),
            ("address", cluster.SelfAddress.ToString()),
            ("status", view.Find(cluster.SelfKey) is { } self ? CommandWords.Of(self.Status) : "not a member"),
            ("serves", cluster.MuteSwitch.IsOpen),
            ("store", store.Store),
            ("decides", cluster.DecidingStopped is { } stopped ? $"no: {stopped.Reason}" : "yes"),
            ("view", view.Version),
            ("orchestrator", view.Orchestrator is { } seat ? $"{seat.Node.Name} since version {seat.Term}" : null),
            ("members", view.Members.Count),
            ("up", view.Members.Values.Count(member => member.Status == MemberStatus.Up)),
            ("flows", view.Flows.Count),
            ("flows-without-sender", view.Flows.Values.Count(flow => flow.Active is null)),
            ("senders-muted", view.Flows.Values.Sum(flow => flow.Senders.Count(sender => sender.Status == SenderStatus.Muted))),
            ("changes-rejected", view.Rejections.Length));
    }

    private Task<JsonNode> LeaveAsync(CommandArguments words, CancellationToken token)
    {
        var name = words.Find("node") ?? cluster.SelfKey.Name;
        var member = ClusterTables.FindMember(cluster.View, name);
        if (member.Key == cluster.SelfKey) leave("arctl cluster leave");
        else cluster.Leave(member.Address);
        return Answer(CommandResult.Lines($"{member.Key} leaves; cluster tail shows how it goes on"));
    }

    private async Task<JsonNode> DownAsync(CommandArguments words, CancellationToken token)
    {
        if (words.Has("--ended"))
        {
            var node = ClusterTables.FindIncarnation(cluster.View, words["node"], cluster.TakeoverGate.IsClear);
            return Outcome(await cluster.DeclareEndedAsync(node, token).ConfigureAwait(false), $"{node} is known to have ended");
        }
        var member = ClusterTables.FindMember(cluster.View, words["node"]);
        if (member.Key == cluster.SelfKey)
            throw new CommandRefusedException("is-this-node", $"{member.Name} is this node, and it answers", "node stop ends it in order");
        return Outcome(await cluster.DownAsync(member.Address, token).ConfigureAwait(false), $"{member.Key} is declared lost");
    }

    private Task<JsonNode> MuteAsync(CommandArguments words, CancellationToken token)
    {
        var (flow, sender) = FindSender(words);
        return ProposeAsync(
            view => sender is { } index
                ? new ControlChange.SenderMuted(flow, index, "muted by an operator")
                : new ControlChange.FlowMuted(flow, ClusterTables.FindFlow(view, flow).Term, "muted by an operator"),
            sender is null ? $"{flow} muted by an operator" : $"sender {sender} of {flow} muted by an operator", token);
    }

    private Task<JsonNode> UnmuteAsync(CommandArguments words, CancellationToken token)
    {
        var (flow, sender) = FindSender(words);
        return ProposeAsync(
            _ => sender is { } index
                ? new ControlChange.SenderUnmuted(flow, index, "unmuted by an operator")
                : new ControlChange.FlowUnmuted(flow, "unmuted by an operator"),
            sender is null ? $"{flow} unmuted by an operator" : $"sender {sender} of {flow} unmuted by an operator", token);
    }

    private async Task<JsonNode> FailBackAsync(CommandArguments words, CancellationToken token)
    {
        var flow = ClusterTables.FindFlow(cluster.View, words["flow"]).Name;
        return Outcome(await cluster.FailBackAsync(flow, token).ConfigureAwait(false), $"{flow} is back at its own sender");
    }

    private (string Flow, int? Sender) FindSender(CommandArguments words)
    {
        var flow = ClusterTables.FindFlow(cluster.View, words["flow"]);
        if (words.Find("sender") is not { } text) return (flow.Name, null);
        if (int.TryParse(text, out var index) && index >= 0 && index < flow.Senders.Length) return (flow.Name, index);
        throw new CommandRefusedException(
            "no-such-sender", $"flow {flow.Name} has no sender {text}", $"0 to {flow.Senders.Length - 1}; flow show {flow.Name} lists them");
    }

    private async Task<JsonNode> ProposeAsync(Func<ClusterView, ControlChange> decide, string what, CancellationToken token) =>
        Outcome(await cluster.ProposeAsync(view => [decide(view)], what, token).ConfigureAwait(false), what);

    private static JsonObject Outcome(ProposalOutcome outcome, string done) => CommandResult.Lines(CommandOutcome.Describe(outcome, done));

    private async Task<IEnumerable<TimedEntry>> NewestAsync(CommandArguments words, CancellationToken token)
    {
        var count = RowsShown;
        if (words.Find("count") is { } text && !(int.TryParse(text, out count) && count > 0))
            throw new CommandRefusedException("bad-arguments", $"'{text}' is not a number of entries", "a whole number from 1 on");
        return (await cluster.LogTailAsync(count, token).ConfigureAwait(false)).Select(TimedEntry.Read);
    }

    private async IAsyncEnumerable<JsonNode> TailAsync(
        Func<TimedEntry, bool> isWanted, bool follow, [EnumeratorCancellation] CancellationToken token)
    {
        long shown = 0;
        do
        {
            var rows = await cluster.LogTailAsync(int.MaxValue, token).ConfigureAwait(false);
            var news = rows.Where(row => row.Version > shown).Select(TimedEntry.Read).ToArray();
            if (news.Length > 0) shown = news[^1].Entry.Version;
            if (news.Where(isWanted).ToArray() is { Length: > 0 } wanted) yield return LogTables.Entries(wanted);
            if (follow) await Task.Delay(TailEvery, time, token).ConfigureAwait(false);
        }
        while (follow);
    }

    private static bool IsAboutMembers(TimedEntry row) => row.Entry.Changes.Any(change => change is ControlChange.NodeJoined
        or ControlChange.NodeUp or ControlChange.NodeLeaving or ControlChange.NodeDown or ControlChange.NodeEnded
        or ControlChange.NodeRemoved or ControlChange.OrchestratorElected);
}
