using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Lets <see cref="Orchestrator"/> decide on every node, whenever view or evidence change or time passes; it is up to that function
/// whose turn it is. Lives at <c>/system/cluster/orchestrator</c>.</summary>
/// <remarks>A shell: at most one proposal is under way. The log actor decides anew on the newest view, with the evidence of the time of
/// proposing, until the entry is committed or no longer needed.</remarks>
internal sealed partial class OrchestratorActor : ReceiveActor, IWithTimers
{
    private const int DecisionsMax = 128;

    private readonly NodeKey _self;
    private readonly IActorRef _controlLog;
    private readonly OrchestratorOptions _options;
    private readonly Func<ClusterView> _view;
    private readonly RuntimeEnvironment _environment;
    private readonly Queue<DecisionRecord> _decisions = [];
    private readonly List<LossProof> _toldProofs = [];
    private readonly HashSet<(NodeKey Peer, long Term)> _shared = [];
    private readonly ILogger _log;
    private Evidence _evidence = Evidence.None;
    private OrchestratorMemory _memory;
    private Proposal? _proposal;
    private (ClusterView View, Evidence Evidence, MonotonicTime Until)? _undisputed;
    private MonotonicTime _decidedAt;

    /// <param name="controlLog">The log actor of this node.</param>
    /// <param name="view">The newest view of this node.</param>
    public OrchestratorActor(NodeKey self, IActorRef controlLog, OrchestratorOptions options, Func<ClusterView> view)
    {
        (_self, _controlLog, _options, _view) = (self, controlLog, options, view);
        _environment = Context.System.Environment;
        _memory = OrchestratorMemory.Empty(_environment.Now);
        _log = Context.GetLogger().Logger;
        Receive<EvidenceChanged>(OnEvidence);
        Receive<ProofShared>(OnProofShared);
        Receive<ViewChanged>(_ => Consider());
        Receive<Tick>(_ => Consider());
        Receive<ProposalOutcome>(OnOutcome);
        Receive<SignalTimingDerived>(OnTimingDerived);
        Receive<GetDecisions>(_ => Sender.Tell(new DecisionList([.. _decisions]), Self));
    }

    private sealed record Proposal(Evidence Evidence, MonotonicTime At);

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ViewChanged));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.DecideInterval);
        Consider();
    }

    private void OnEvidence(EvidenceChanged changed)
    {
        var newest = changed.Evidence.NewestVersion;
        if (newest > _view().Version) _controlLog.Tell(new ControlLogActor.PeerApplied(newest), Self);
        _evidence = changed.Evidence;
        Consider();
    }

    /// <summary>Proofs are obtained on the host of the lost node: whoever decides elsewhere is told.</summary>
    private void ShareProofs(ClusterView view)
    {
        if (view.Orchestrator is not { } seat || seat.Node == _self || view.Find(seat.Node) is not { } decider) return;
        foreach (var proof in _evidence.Proofs)
        {
            if (proof.Peer == seat.Node || !view.IsAlive(proof.Peer) || !_shared.Add((proof.Peer, seat.Term))) continue;
            Context.ActorSelection(new RootActorPath(decider.Address) / "system" / "cluster" / "orchestrator").Tell(new ProofShared(proof), Self);
        }
    }

    private void OnProofShared(ProofShared shared)
    {
        if (!_view().IsAlive(shared.Proof.Peer) || _toldProofs.Contains(shared.Proof) || _toldProofs.Count >= ViewLimits.MembersMax) return;
        _toldProofs.Add(shared.Proof);
        _undisputed = null;
        Consider();
    }

    private void Consider()
    {
        var (view, now) = (_view(), _environment.Now);
        if (_undisputed is { } last && ReferenceEquals(view, last.View) && ReferenceEquals(_evidence, last.Evidence) && now < last.Until) return;
        _undisputed = null;
        ShareProofs(view);
        _toldProofs.RemoveAll(proof => !view.IsAlive(proof.Peer));
        _shared.RemoveWhere(shared => !view.IsAlive(shared.Peer));
        var evidence = _toldProofs.Count == 0 ? _evidence : _evidence with { Proofs = _evidence.Proofs.AddRange(_toldProofs) };
        if (!Orchestrator.IsConcerned(view, evidence, _self))
        {
            (_memory, _undisputed) = (OrchestratorMemory.Empty(now), (view, _evidence, new MonotonicTime(long.MaxValue)));
            return;
        }
        if (_decidedAt + Orchestrator.Rest(view, evidence) is var due && now < due)
        {
            Timers.StartSingleTimer(nameof(Orchestrator.Rest), Tick.Instance, due - now);
            return;
        }
        _memory = _memory.Observe(view, evidence, now);
        if (_proposal is not null) return;
        _decidedAt = now;
        if (Orchestrator.Decide(view, evidence, _memory, _self, _options, out var deadline) is null)
        {
            if (_toldProofs.Count == 0) _undisputed = (view, _evidence, deadline);
            return;
        }

        _proposal = new Proposal(evidence, now);
        var (memory, self, options) = (_memory, _self, _options);
        _controlLog.Tell(new Propose(newest => Orchestrator.Decide(newest, evidence, memory, self, options)), Self);
    }

    private void OnTimingDerived(SignalTimingDerived derived)
    {
        if (_proposal is not null || SignalTimingDecider.Decide(_view(), _self, derived) is null) return; // The next measurement comes soon.
        _proposal = new Proposal(_evidence, _environment.Now);
        var self = _self;
        _controlLog.Tell(new Propose(newest => SignalTimingDecider.Decide(newest, self, derived)), Self);
    }

    private void OnOutcome(ProposalOutcome outcome)
    {
        var proposal = _proposal!;
        _proposal = null;
        if (outcome.Result == ProposalResult.Committed)
        {
            var took = _environment.Now - proposal.At;
            LogDecided(outcome.Version, took.TotalMilliseconds, outcome.Detail);
            _decisions.Enqueue(new DecisionRecord(
                outcome.Version, _environment.Time.GetUtcNow(), took, outcome.Detail, proposal.Evidence, outcome.Rejections));
            if (_decisions.Count > DecisionsMax) _decisions.Dequeue();
        }
        else if (outcome.Result != ProposalResult.NotNeeded)
        {
            LogUndecided(outcome.Result, outcome.Detail);
            return; // The next tick, news of the store or of the cluster tries again.
        }
        Consider();
    }

    [LoggerMessage(EventId = 3301, Level = LogLevel.Information, Message = "Decided entry {Version} in {Ms:0.0} ms: {Why}")]
    private partial void LogDecided(long version, double ms, string why);

    [LoggerMessage(EventId = 3302, Level = LogLevel.Warning, Message = "A decision was not committed ({Result}): {Detail}")]
    private partial void LogUndecided(ProposalResult result, string detail);
}
