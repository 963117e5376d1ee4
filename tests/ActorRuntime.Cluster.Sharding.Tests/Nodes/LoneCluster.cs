using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>The cluster layer under a test's control: views, mute switch and gates change when the test says so.</summary>
internal sealed class LoneCluster : IClusterAccess, IMuteSwitch, ITakeoverGate
{
    private readonly List<IActorRef> _subscribers = [];

    public NodeKey Self { get; init; } = new("n0", 1);

    public IReadOnlyCollection<string> Roles { get; init; } = [];

    public ClusterView View { get; private set; } = ClusterView.Empty;

    public IMuteSwitch Mute => this;

    public ITakeoverGate Gate => this;

    public bool IsOpen { get; private set; } = true;

    public MonotonicTime LeaseEnd => new(long.MaxValue);

    public bool AreGatesClear { get; private set; } = true;

    public List<ControlChange> Proposals { get; } = [];

    public List<long> Pulls { get; } = [];

    public Dictionary<string, long> HandOvers { get; } = [];

    public void Subscribe(IActorRef subscriber)
    {
        lock (_subscribers) _subscribers.Add(subscriber);
        subscriber.Tell(ClusterChanged.Instance);
    }

    public Task<ProposalOutcome> ProposeAsync(Func<ClusterView, ControlChange?> decide, string why, CancellationToken cancellationToken)
    {
        if (decide(View) is not { } change) return Task.FromResult(new ProposalOutcome(ProposalResult.NotNeeded, View.Version, [], why));
        lock (Proposals) Proposals.Add(change);
        return Task.FromResult(new ProposalOutcome(ProposalResult.Committed, View.Version + 1, [], why));
    }

    public void HandedOver(string type, long version)
    {
        lock (HandOvers) HandOvers[type] = version;
    }

    public void Pull(long version)
    {
        lock (Pulls) Pulls.Add(version);
    }

    public bool IsClear(NodeKey predecessor, long version) => AreGatesClear;

    public void Know(ClusterView view) => Change(() => View = view);

    public void Switch(bool isOpen) => Change(() => IsOpen = isOpen);

    /// <summary>As when the lease runs out, or comes back, before anybody has looked.</summary>
    public void SwitchUnnoticed(bool isOpen) => IsOpen = isOpen;

    public void OpenGates(bool areClear) => Change(() => AreGatesClear = areClear);

    /// <summary>This node alone, leading all shards of a type in the term of the next version.</summary>
    public void Lead(string type, int shards, params NodeKey[] predecessors)
    {
        var version = View.Version + 1;
        var facts = new NodeFacts(Self, "t", "127.0.0.1", 1, 2, "", "", [], "0");
        var state = new View.ShardState(version, Self, [.. predecessors], Self.Name);
        var placed = Enumerable.Range(0, shards).ToImmutableSortedDictionary(
            shard => shard.ToString(System.Globalization.CultureInfo.InvariantCulture), _ => state, StringComparer.Ordinal);
        Know(View with
        {
            Version = version,
            Members = View.Members.SetItem(Self.Name, new Member(facts, MemberStatus.Up, 1, 1, [], null)),
            Types = View.Types.SetItem(type, new UnitType(type, shards, placed, [Self])),
        });
    }

    /// <summary>This node alone, leading receivers and two sender units of one flow; the first is active in the term of the next
    /// version.</summary>
    public void LeadFlow(string name, FlowSettings settings)
    {
        Lead(FlowUnits.ReceiverType, FlowUnits.ReceiverShards);
        var version = View.Version + 1;
        UnitId[] senders = [FlowUnits.Sender(name, 0), FlowUnits.Sender(name, 1)];
        var shards = senders.ToImmutableSortedDictionary(unit => unit.Id, _ => new View.ShardState(version, Self, [], Self.Name), StringComparer.Ordinal);
        var states = senders.Select((unit, i) => new SenderState(unit, i == 0 ? SenderStatus.Active : SenderStatus.Standby, version, ""));
        var flow = new FlowState(
            name, FlowUnits.Receiver(name), [.. states], version, 0, [], FailbackPolicy.Automatic, false, FlowSettingsJson.Write(settings));
        Know(View with
        {
            Version = version,
            Types = View.Types.SetItem(FlowUnits.SenderType, new UnitType(FlowUnits.SenderType, 0, shards, [Self])),
            Flows = View.Flows.SetItem(name, flow),
        });
    }

    /// <summary>Another sender is active; the one before is muted.</summary>
    public void SwitchFlow(string name, int to)
    {
        var (version, flow) = (View.Version + 1, View.Flows[name]);
        var senders = flow.Senders.Select((sender, i) => sender with { Status = i == to ? SenderStatus.Active : SenderStatus.Muted });
        Know(View with
        {
            Version = version, Flows = View.Flows.SetItem(name, flow with { Active = to, Term = version, Senders = [.. senders] }),
        });
    }

    private void Change(Action change)
    {
        change();
        lock (_subscribers)
            foreach (var subscriber in _subscribers) subscriber.Tell(ClusterChanged.Instance);
    }
}
