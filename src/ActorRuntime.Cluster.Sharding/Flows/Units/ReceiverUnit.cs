using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Flows.Units;

/// <summary>The receiving end of flows as a persistent unit: item and position are one event. Derive from it to do something with the
/// items.</summary>
/// <remarks>Its events stay in the journal, so that what it received can be audited; snapshots shorten its recovery.</remarks>
public partial class ReceiverUnit : ReceivePersistentActor, IWithTimers
{
    private const int SnapshotEvery = 200;

    private readonly SortedDictionary<string, FlowReceiver> _flows = new(StringComparer.Ordinal);
    private readonly UnitId _unit;
    private readonly IClusterAccess _cluster;
    private readonly ILogger _log;
    private long _rightsOf = -1;
    private int _sinceSnapshot;

    /// <param name="unit">Type and id; both are part of the persistence id.</param>
    public ReceiverUnit(UnitId unit)
    {
        _unit = unit;
        _cluster = ClusterSharding.Get(Context.System).Services.Cluster;
        _log = Context.GetLogger().Logger;
        PersistenceId = FlowUnits.PersistenceId(unit);

        Recover<FlowEvent>(OnEvent);
        Recover<SnapshotOffer>(offer => OnSnapshot((ReceiverSnapshot)offer.Snapshot));
        Command<FlowMessage>(OnMessage);
        Command<RefusalsDue>(_ => PersistRefusals());
        Command<GetFlowStatus>(question => Sender.Tell(FlowStatus.Of(question.Flow, StateOf(question.Flow))));
        Command<SaveSnapshotSuccess>(saved => DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1)));
        Command<SaveSnapshotFailure>(failed => LogNoSnapshot(PersistenceId, failed.Cause.Message));
        Command<DeleteSnapshotsSuccess>(_ => { });
        Command<DeleteSnapshotsFailure>(_ => { });
    }

    /// <inheritdoc/>
    public sealed override string PersistenceId { get; }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private static MonotonicTime Now => Context.System.Environment.Now;

    private static long WallMs => Context.System.Environment.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Items are committed, or come back in recovery: fold them into the unit's state. Must not fail, must not send.</summary>
    /// <param name="items">In order; each once in the life of the unit.</param>
    protected virtual void OnItems(string flow, ImmutableArray<FlowItem> items) { }

    /// <summary>The unit's own state for a snapshot; null when it has none.</summary>
    protected virtual object? StateForSnapshot() => null;

    /// <summary>Takes the state of a snapshot.</summary>
    protected virtual void OnSnapshotState(object? state) { }

    private void OnMessage(FlowMessage message)
    {
        if (Find(message.Flow) is not { } flow)
        {
            LogUnknownFlow(PersistenceId, message.Flow, _cluster.View.Version);
            return; // the sender asks again; by then the view has arrived
        }
        var step = flow.OnMessage(message, Now, WallMs);
        var sender = Sender;
        if (step.Persist is null) sender.Tell(step.Reply);
        else Persist(step.Persist, fact =>
        {
            OnEvent(fact);
            sender.Tell(step.Reply);
            SnapshotNowAndThen();
        });
        ScheduleRefusals(flow);
    }

    private void OnEvent(FlowEvent fact)
    {
        if (!_flows.TryGetValue(fact.Flow, out var flow)) _flows.Add(fact.Flow, flow = New(fact.Flow, FlowReceiverState.Empty));
        flow.Apply(fact);
        if (fact is FlowEvent.ItemsApplied applied) OnItems(fact.Flow, applied.Batch);
    }

    private void PersistRefusals()
    {
        foreach (var flow in _flows.Values)
        {
            if (flow.OnTime(Now, WallMs) is not { } fact)
            {
                ScheduleRefusals(flow);
                continue;
            }
            Persist(fact, refused =>
            {
                OnEvent(refused);
                PersistRefusals();
            });
            return; // one event at a time
        }
    }

    private void ScheduleRefusals(FlowReceiver flow)
    {
        if (flow.Deadline is not { } deadline || Timers.IsTimerActive(nameof(RefusalsDue))) return;
        Timers.StartSingleTimer(nameof(RefusalsDue), RefusalsDue.Instance, deadline > Now ? deadline - Now : TimeSpan.Zero);
    }

    /// <summary>The flow, if the view has it and this unit is its receiver.</summary>
    private FlowReceiver? Find(string name)
    {
        var view = _cluster.View;
        if (view.Version != _rightsOf)
        {
            foreach (var (known, receiver) in _flows) SetRights(receiver, view.Flows.GetValueOrDefault(known), view.Version);
            _rightsOf = view.Version;
        }
        if (!view.Flows.TryGetValue(name, out var row) || row.Receiver != _unit) return null;
        if (_flows.TryGetValue(name, out var flow)) return flow;
        flow = New(name, FlowReceiverState.Empty);
        SetRights(flow, row, view.Version);
        _flows.Add(name, flow);
        return flow;
    }

    private FlowReceiver New(string name, FlowReceiverState state)
    {
        _rightsOf = -1;
        return MakeReceiver(name, SettingsOf(name), state);
    }

    private protected virtual FlowReceiver MakeReceiver(string flow, FlowSettings settings, FlowReceiverState state) => new(flow, settings, state);

    private FlowSettings SettingsOf(string name)
    {
        if (!_cluster.View.Flows.TryGetValue(name, out var row)) return new FlowSettings();
        try
        {
            return FlowSettingsJson.Read(row.Settings);
        }
        catch (FormatException e)
        {
            LogSettings(name, e.Message);
            return new FlowSettings();
        }
    }

    private static void SetRights(FlowReceiver flow, FlowState? row, long version) =>
        flow.Rights = row is null ? FlowRights.Unknown : FlowRights.Of(row, version);

    private FlowReceiverState StateOf(string flow) => _flows.TryGetValue(flow, out var known) ? known.State : FlowReceiverState.Empty;

    private void SnapshotNowAndThen()
    {
        if (++_sinceSnapshot < SnapshotEvery) return;
        _sinceSnapshot = 0;
        SaveSnapshot(ReceiverSnapshot.Of(_flows.Select(pair => (pair.Key, pair.Value.State)), StateForSnapshot()));
    }

    private void OnSnapshot(ReceiverSnapshot snapshot)
    {
        foreach (var flow in snapshot.Flows) _flows[flow.Name] = New(flow.Name, flow.ToState());
        OnSnapshotState(snapshot.UnitState);
    }

    [LoggerMessage(EventId = 3321, Level = LogLevel.Debug, Message =
        "{Unit} is no receiver of flow {Flow} in view {Version}; the message is left out, its sender asks again")]
    private partial void LogUnknownFlow(string unit, string flow, long version);

    [LoggerMessage(EventId = 3322, Level = LogLevel.Warning, Message = "{Unit}: no snapshot, recovery takes longer: {Why}")]
    private partial void LogNoSnapshot(string unit, string why);

    [LoggerMessage(EventId = 3323, Level = LogLevel.Error, Message = "Flow {Flow}: {Why}; defaults are used")]
    private partial void LogSettings(string flow, string why);

    private sealed class RefusalsDue
    {
        public static RefusalsDue Instance { get; } = new();
    }
}
