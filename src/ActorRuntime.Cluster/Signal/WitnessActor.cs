using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>In clusters of two: renews this node's witness row at about the signal interval, and watches the other's (SAFETY 1B-11). A child of
/// the heartbeat actor; it never waits for the store, and one slow call does not pile up others.</summary>
internal sealed class WitnessActor : ReceiveActor, IWithTimers
{
    private readonly SignalChannel _channel;
    private readonly IControlLogStore _store;
    private readonly RuntimeEnvironment _environment;
    private readonly WitnessWatch _watch = new();
    private readonly SortedSet<NodeKey> _withWitness = [];
    private ClusterView _view = ClusterView.Empty;
    private bool _isRenewing, _isReading;

    public WitnessActor(SignalChannel channel, IControlLogStore store)
    {
        (_channel, _store, _environment) = (channel, store, Context.System.Environment);
        Receive<ViewApplied>(OnView);
        Receive<Due>(_ => OnDue());
        Receive<Renewed>(OnRenewed);
        Receive<Read>(OnRead);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Told to the parent: witness rows that stand still now.</summary>
    public sealed record RowsStandStill(ImmutableArray<StillWitness> Rows);

    private sealed record Due
    {
        public static Due Instance { get; } = new();
    }

    private sealed record Renewed(MonotonicTime SentAt, bool IsRenewed);

    private sealed record Read(IReadOnlyList<WitnessRow>? Rows);

    protected override void PreStart()
    {
        if (_channel.View is { } view) OnView(new ViewApplied(view)); // After a restart.
    }

    private static bool HasWitness(Member? member) => member is not null && member.ObserverSets.Any(s => s.Witness);

    private void OnView(ViewApplied applied)
    {
        foreach (var (before, member) in MemberTrail.Between(_view, applied.View))
        {
            if (before is not null) _withWitness.Remove(before.Key);
            if (HasWitness(member)) _withWitness.Add(member!.Key);
        }
        _view = applied.View;
        if (_withWitness.Count == 0)
        {
            if (!Timers.IsTimerActive(nameof(Due))) return;
            Timers.Cancel(nameof(Due));
            Context.Parent.Tell(new RowsStandStill([]), Self);
        }
        else if (!Timers.IsTimerActive(nameof(Due)))
        {
            Timers.StartPeriodicTimer(nameof(Due), Due.Instance, TimeSpan.Zero, _channel.Timing.Interval);
        }
    }

    private void OnDue()
    {
        if (!_isRenewing && HasWitness(_view.Find(_channel.Self)))
        {
            _isRenewing = true;
            var sentAt = _environment.Now; // Before the call: the lease counts from here.
            _ = RenewAsync().PipeTo(Self, success: isRenewed => new Renewed(sentAt, isRenewed), failure: _ => new Renewed(sentAt, false));
        }
        if (_isReading) return;
        _isReading = true;
        _ = ReadAsync().PipeTo(Self, success: rows => new Read(rows), failure: _ => new Read(null));
    }

    private async Task<bool> RenewAsync()
    {
        var self = _channel.Self;
        return await _store.RenewWitnessAsync(self.Name, self.Incarnation, CancellationToken.None);
    }

    private async Task<IReadOnlyList<WitnessRow>> ReadAsync() => await _store.ReadWitnessesAsync(CancellationToken.None);

    private void OnRenewed(Renewed answer)
    {
        _isRenewing = false;
        if (answer.IsRenewed) _channel.WitnessRenewed(answer.SentAt);
    }

    private void OnRead(Read read)
    {
        _isReading = false;
        var now = _environment.Now;
        if (read.Rows is not null)
        {
            NodeKey[] watched = [.. _view.Serving.Where(m => m.Key != _channel.Self && HasWitness(m)).Select(m => m.Key)];
            _watch.OnRows(read.Rows, watched, now);
        }
        Context.Parent.Tell(new RowsStandStill(_watch.Still(_channel.SilenceMin, now)), Self);
    }
}
