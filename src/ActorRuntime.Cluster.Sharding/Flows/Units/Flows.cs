using System.Collections.Concurrent;
using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Flows.Sources;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Flows.Units;

/// <summary>The flows of a cluster: regular communication from sender units to receiver units, of which one sender is active. Any
/// thread.</summary>
public sealed class Flows : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly ClusterSharding _sharding;
    private readonly ConcurrentDictionary<string, Func<FlowSourceContext, IFlowSource>> _sources = new(StringComparer.Ordinal);

    private Flows(ExtendedActorSystem system)
    {
        (_system, _sharding) = (system, ClusterSharding.Get(system));
        RegisterSource(FileLinesFlowSource.Name, FileLinesFlowSource.Create);
    }

    /// <summary>The flows of a system.</summary>
    public static Flows Get(ActorSystem system) => new Provider().Get(system);

    /// <summary>Makes a kind of source known on this node, under the name that <see cref="FlowSettings.Source"/> uses. On every node that
    /// may run senders, before <see cref="Start"/>.</summary>
    public void RegisterSource(string name, Func<FlowSourceContext, IFlowSource> factory)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _sources[name] = factory;
    }

    /// <summary>Runs sender units and the receiver units in the box on this node, if it has the role.</summary>
    public void Start(string? role = null)
    {
        var settings = ClusterShardingSettings.Create(_system).WithRole(role);
        _sharding.Start(new UnitTypeDefinition(
            FlowUnits.SenderType, id => Props.CreateBy(() => new SenderUnit(id)), new NamedUnitExtractor(), 0, settings, PoisonPill.Instance) { IsReserved = true });
        _sharding.Start(
            FlowUnits.ReceiverType, id => Props.CreateBy(() => new ReceiverUnit(new UnitId(FlowUnits.ReceiverType, id))),
            settings.WithPassivateIdleAfter(TimeSpan.Zero).WithSupervisorStrategy(SupervisorStrategy.DefaultStrategy), HashCodeMessageExtractor.Create(FlowUnits.ReceiverShards, _ => null));
    }

    /// <summary>Defines a flow with a receiver unit in the box and a number of senders; the first is its own, the others are
    /// temporary.</summary>
    /// <inheritdoc cref="DefineAsync(string, UnitId, IReadOnlyList{UnitId}, FailbackPolicy, FlowSettings, CancellationToken)"/>
    public Task DefineAsync(
        string flow, int senders, FailbackPolicy failback, FlowSettings settings, CancellationToken cancellationToken = default) =>
        DefineAsync(
            flow, FlowUnits.Receiver(flow), [.. Enumerable.Range(0, senders).Select(index => FlowUnits.Sender(flow, index))], failback,
            settings, cancellationToken);

    /// <summary>Defines a flow; the orchestrator then chooses the active sender.</summary>
    /// <param name="flow">Unique name.</param>
    /// <param name="receiver">The receiver unit; its type is hosted by some node.</param>
    /// <param name="senders">In order of preference, of type <see cref="FlowUnits.SenderType"/>; the first is the flow's own.</param>
    /// <param name="failback">What happens when the first sender is healthy again.</param>
    /// <param name="settings">Kept in the flow table.</param>
    /// <exception cref="FlowRefusedException">The control log refused it, or it is not known to be committed: says why. Look into the view before defining it again.</exception>
    public async Task DefineAsync(
        string flow, UnitId receiver, IReadOnlyList<UnitId> senders, FailbackPolicy failback, FlowSettings settings,
        CancellationToken cancellationToken = default)
    {
        var text = FlowSettingsJson.Write(settings.Validated());
        var change = new ControlChange.FlowDefined(flow, receiver, [.. senders], failback, text);
        var cluster = _sharding.Services.Cluster;
        if (cluster.View.Flows.ContainsKey(flow)) throw new FlowRefusedException($"flow {flow} is defined already");
        var outcome = await cluster.ProposeAsync(
            view => view.Flows.ContainsKey(flow) ? null : change, $"flow {flow} defined", cancellationToken).ConfigureAwait(false);
        if (outcome.Result == ProposalResult.NotNeeded) throw new FlowRefusedException($"flow {flow} is defined already");
        if (outcome.IsAccepted) return;
        var why = outcome.Rejections.IsDefaultOrEmpty ? outcome.Detail : string.Join("; ", outcome.Rejections);
        throw new FlowRefusedException($"flow {flow}: {outcome.Result}: {why}");
    }

    /// <summary>How far a flow is, asked of its receiver unit wherever it runs.</summary>
    /// <exception cref="ArgumentException">The view has no such flow.</exception>
    /// <exception cref="AskTimeoutException">The receiver did not answer: it is moving, or its node is out of reach.</exception>
    public Task<FlowStatus> StatusAsync(string flow, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var row = Row(flow);
        return ReceiverRegion(row).Ask<FlowStatus>(
            new ShardingEnvelope(row.Receiver.Id, new GetFlowStatus(flow)), timeout, cancellationToken);
    }

    /// <summary>What the senders of a flow do, in the flow's order; null for one that did not answer in time.</summary>
    /// <exception cref="ArgumentException">The view has no such flow.</exception>
    public async Task<ImmutableArray<SenderReport?>> SendersAsync(string flow, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var asked = Row(flow).Senders.Select(sender => _sharding.ShardRegion(sender.Unit.Type).Ask<SenderReport>(
            new ShardingEnvelope(sender.Unit.Id, GetSenderReport.Instance), timeout, cancellationToken)).ToArray();
        var reports = ImmutableArray.CreateBuilder<SenderReport?>(asked.Length);
        foreach (var answer in asked)
        {
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            reports.Add(answer.IsCompletedSuccessfully ? await answer.ConfigureAwait(false) : null);
        }
        cancellationToken.ThrowIfCancellationRequested();
        return reports.MoveToImmutable();
    }

    internal IActorRef ReceiverRegion(FlowState flow) => _sharding.ShardRegion(flow.Receiver.Type);

    /// <summary>Term of the shard that the flow's receiver is in; 0 while it is unknown.</summary>
    internal long ReceiverTerm(FlowState flow, ClusterView view) =>
        _sharding.ShardOf(flow.Receiver) is { } shard
        && view.Types.GetValueOrDefault(flow.Receiver.Type)?.Shards.GetValueOrDefault(shard) is { } state ? state.Term : 0;

    /// <exception cref="FlowSourceException">No source of that name is registered here, or it cannot be made.</exception>
    internal IFlowSource CreateSource(FlowSourceContext context) =>
        _sources.TryGetValue(context.Settings.Source, out var factory) ? factory(context)
        : throw new FlowSourceException(
            $"flow {context.Flow}: no source '{context.Settings.Source}' on this node; known: {string.Join(", ", _sources.Keys.Order(StringComparer.Ordinal))}");

    private FlowState Row(string flow) =>
        _sharding.Services.Cluster.View.Flows.TryGetValue(flow, out var row) ? row
        : throw new ArgumentException($"there is no flow '{flow}' in view {_sharding.Services.Cluster.View.Version}", nameof(flow));

    private sealed class Provider : ExtensionIdProvider<Flows>
    {
        public override Flows CreateExtension(ExtendedActorSystem system) => new(system);
    }
}

/// <summary>A flow was not defined, as far as is known.</summary>
public sealed class FlowRefusedException(string message) : InvalidOperationException(message);
