using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;

namespace ActorRuntime.Cluster.View;

/// <summary>The flow table. Whatever changes the active sender raises the term, also when nobody is active afterwards.</summary>
internal static class FlowFold
{
    public static Folded Define(ClusterView view, ControlChange.FlowDefined defined)
    {
        if (!ViewLimits.IsName(defined.Flow)) return "the name of the flow is empty or too long";
        if (view.Flows.ContainsKey(defined.Flow)) return $"flow {defined.Flow} is defined already";
        if (view.Flows.Count >= ViewLimits.FlowsMax) return $"there are {ViewLimits.FlowsMax} flows already";
        if (defined.Settings.Length > ViewLimits.SettingsLengthMax) return $"settings of {defined.Flow} are too long";
        if (!view.Types.ContainsKey(defined.Receiver.Type)) return $"no node hosts the receiver's type {defined.Receiver.Type}";
        if (defined.Senders.Length is < 1 or > ViewLimits.SendersMax) return $"a flow has 1 to {ViewLimits.SendersMax} senders";
        if (defined.Senders.Distinct().Count() != defined.Senders.Length) return $"a sender of {defined.Flow} is named twice";
        foreach (var sender in defined.Senders)
        {
            if (!ViewLimits.IsName(sender.Id)) return $"the id of a sender of {defined.Flow} is empty or too long";
            if (!view.Types.TryGetValue(sender.Type, out var type)) return $"no node hosts the sender's type {sender.Type}";
            if (!type.IsNamed) return $"type {sender.Type} is hashed: a sender needs a type whose shards are named by its units";
            if (type.Shards.ContainsKey(sender.Id)) return $"{sender.Type}/{sender.Id} is a sender of another flow";
            if (type.Shards.Count >= ViewLimits.ShardsMax) return $"type {sender.Type} has {ViewLimits.ShardsMax} shards already";
            view = ShardFold.WithType(view, ShardFold.WithNamedShard(type, sender.Id));
        }
        var senders = defined.Senders
            .Select(unit => new SenderState(unit, SenderStatus.Standby, view.Version, "defined")).ToImmutableArray();
        return WithFlow(view, new FlowState(
            defined.Flow, defined.Receiver, senders, view.Version, null, [], defined.Failback, MutedByOperator: false, defined.Settings));
    }

    public static Folded Switch(ClusterView view, ControlChange.FlowSwitched switched)
    {
        if (!view.Flows.TryGetValue(switched.Flow, out var flow)) return NotThere(switched.Flow);
        if (flow.Term != switched.PreviousTerm) return OtherTerm(flow, switched.PreviousTerm);
        if (switched.To is { } to && ActivationRefusal(view, flow, to) is { } refusal) return refusal;

        flow = Deactivate(flow, view.Version, SenderStatus.Standby, switched.Why);
        if (switched.To is { } next) flow = WithSender(flow, next, SenderStatus.Active, view.Version, switched.Why);
        return WithFlow(view, flow with { Active = switched.To, Term = view.Version, Predecessors = switched.Predecessors });
    }

    public static Folded Mute(ClusterView view, ControlChange.FlowMuted muted)
    {
        if (!view.Flows.TryGetValue(muted.Flow, out var flow)) return NotThere(muted.Flow);
        if (flow.Term != muted.PreviousTerm) return OtherTerm(flow, muted.PreviousTerm);
        if (flow.MutedByOperator) return $"flow {flow.Name} is muted already";
        return WithFlow(view, Silence(view, flow, SenderStatus.Standby, muted.Why) with { MutedByOperator = true });
    }

    public static Folded Unmute(ClusterView view, ControlChange.FlowUnmuted unmuted) =>
        !view.Flows.TryGetValue(unmuted.Flow, out var flow) ? NotThere(unmuted.Flow)
        : !flow.MutedByOperator ? $"flow {flow.Name} is not muted"
        : WithFlow(view, flow with { MutedByOperator = false });

    /// <summary>An operator's word (term 0) also keeps a sender muted that was lost.</summary>
    public static Folded MuteSender(ClusterView view, ControlChange.SenderMuted muted, LogEntry entry)
    {
        if (!view.Flows.TryGetValue(muted.Flow, out var flow)) return NotThere(muted.Flow);
        if (muted.Sender < 0 || muted.Sender >= flow.Senders.Length) return NoSender(flow, muted.Sender);
        var isByOperator = entry.OrchestratorTerm == 0;
        var known = flow.Senders[muted.Sender];
        if (known.Status == SenderStatus.Muted && (known.MutedByOperator || !isByOperator))
            return $"sender {muted.Sender} of {flow.Name} is muted already";
        flow = flow.Active == muted.Sender
            ? Silence(view, flow, SenderStatus.Muted, muted.Why)
            : WithSender(flow, muted.Sender, SenderStatus.Muted, view.Version, muted.Why);
        var sender = flow.Senders[muted.Sender] with { MutedByOperator = isByOperator };
        return WithFlow(view, flow with { Senders = flow.Senders.SetItem(muted.Sender, sender) });
    }

    public static Folded UnmuteSender(ClusterView view, ControlChange.SenderUnmuted unmuted) =>
        !view.Flows.TryGetValue(unmuted.Flow, out var flow) ? NotThere(unmuted.Flow)
        : unmuted.Sender < 0 || unmuted.Sender >= flow.Senders.Length ? NoSender(flow, unmuted.Sender)
        : flow.Senders[unmuted.Sender].Status != SenderStatus.Muted ? $"sender {unmuted.Sender} of {flow.Name} is not muted"
        : WithFlow(view, WithSender(flow, unmuted.Sender, SenderStatus.Standby, view.Version, unmuted.Why));

    /// <summary>Ends the activity of senders whose shard has another leader in <paramref name="shards"/> than in the view.</summary>
    public static ClusterView SilenceMoved(
        ClusterView view, UnitType type, ImmutableSortedDictionary<string, ShardState>.Builder shards)
    {
        if (!type.IsNamed) return view;
        foreach (var flow in view.Flows.Values)
        {
            if (flow.Active is not { } active || flow.Senders[active].Unit is not { } unit || unit.Type != type.Name) continue;
            if (shards[unit.Id].Term != type.Shards[unit.Id].Term)
                view = WithFlow(view, Silence(view, flow, SenderStatus.Standby, "its shard moved"));
        }
        return view;
    }

    private static string? ActivationRefusal(ClusterView view, FlowState flow, int to)
    {
        if (flow.MutedByOperator) return $"flow {flow.Name} is muted by an operator";
        if (to < 0 || to >= flow.Senders.Length) return NoSender(flow, to);
        var sender = flow.Senders[to];
        if (sender.Status == SenderStatus.Muted) return $"sender {to} of {flow.Name} is muted";
        var leader = view.Types.GetValueOrDefault(sender.Unit.Type)?.Shards.GetValueOrDefault(sender.Unit.Id)?.Leader;
        return leader is { } node && view.IsAlive(node) ? null : $"sender {to} of {flow.Name} runs nowhere";
    }

    /// <summary>Nobody is active; who was stays a predecessor of whoever comes next.</summary>
    private static FlowState Silence(ClusterView view, FlowState flow, SenderStatus status, string why)
    {
        var predecessors = Predecessors.OfFlow(view, flow, at: null);
        return Deactivate(flow, view.Version, status, why) with { Active = null, Term = view.Version, Predecessors = predecessors };
    }

    private static FlowState Deactivate(FlowState flow, long version, SenderStatus status, string why) =>
        flow.Active is { } active ? WithSender(flow, active, status, version, why) : flow;

    private static FlowState WithSender(FlowState flow, int index, SenderStatus status, long version, string why) =>
        flow with { Senders = flow.Senders.SetItem(index, new SenderState(flow.Senders[index].Unit, status, version, why)) };

    private static ClusterView WithFlow(ClusterView view, FlowState flow) => view with { Flows = view.Flows.SetItem(flow.Name, flow) };

    private static string NotThere(string flow) => $"there is no flow {flow}";

    private static string NoSender(FlowState flow, int index) => $"flow {flow.Name} has no sender {index}";

    private static string OtherTerm(FlowState flow, long term) => $"replaces term {term} of flow {flow.Name}; the term is {flow.Term}";
}
