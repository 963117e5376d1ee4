using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Membership;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster;

/// <summary>The membership of an actor system. Any thread. The first <see cref="Get"/> begins to join.</summary>
public sealed partial class Cluster : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly IActorRef _actor;
    private readonly ILogger _log;
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<Action> _onUp = [], _onRemoved = [];
    private ClusterView _view = ClusterView.Empty;
    private DecidingStopped? _decidingStopped;
    private bool _isUp, _isRemoved, _isLeaving;

    private Cluster(ExtendedActorSystem system)
    {
        var setup = system.Setup.Get<ClusterSetup>();
        if (!setup.HasValue)
            throw new InvalidOperationException($"Actor system {system.Name} was made without a ClusterSetup; add WithCluster to its setup.");
        _system = system;
        _log = system.LoggerFactory.CreateLogger<Cluster>();
        (Setup, Remote) = (setup.Value, ActorRuntime.Remote.Remote.Get(system));
        SelfKey = new NodeKey(Options.Name, (ulong)Remote.Uid);
        ControlLog = Orchestrator = Heartbeat = system.DeadLetters;
        _ = _up.Task.Exception; // Nobody has to ask whether joining failed.
        system.RegisterOnTermination(OnTerminated);
        _actor = system.SystemActorOf(Props.Create(() => new ClusterActor(this)), "cluster");
        JoinShutdown();
    }

    /// <summary>The membership of <paramref name="system"/>.</summary>
    /// <exception cref="InvalidOperationException">The system was made without a <see cref="ClusterSetup"/>.</exception>
    public static Cluster Get(ActorSystem system) => system.WithExtension<Cluster, Id>();

    /// <summary>The cluster as this node knows it. A volatile read.</summary>
    public ClusterView View => Volatile.Read(ref _view);

    /// <summary>Whether this node may serve now. Stays the same object for life.</summary>
    public IMuteSwitch MuteSwitch => Switch;

    /// <summary>Whether a predecessor is known to serve no more. Stays the same object for life.</summary>
    public ITakeoverGate TakeoverGate => Switch;

    /// <summary>Settings in force.</summary>
    public ClusterOptions Options => Setup.Options;

    /// <summary>Name and incarnation of this node.</summary>
    public NodeKey SelfKey { get; }

    /// <summary>Address of this node.</summary>
    public Address SelfAddress => Remote.Address;

    /// <summary>Address and incarnation of this node.</summary>
    public UniqueAddress SelfUniqueAddress => new(SelfAddress, SelfKey.Incarnation);

    /// <summary>Roles of this node.</summary>
    public ImmutableHashSet<string> SelfRoles => [.. Options.Roles];

    /// <summary>This node as the control log knows it.</summary>
    /// <exception cref="InvalidOperationException">It has not joined yet, or is off the list.</exception>
    public Member SelfMember => View.Find(SelfKey) ?? throw new InvalidOperationException($"{SelfKey} is no member (yet, or any more)");

    /// <summary>The members.</summary>
    public ClusterEvent.CurrentClusterState State => ClusterEvent.StateOf(View);

    /// <summary>True once this incarnation is off the list: it left, or was declared lost.</summary>
    public bool IsTerminated => Volatile.Read(ref _isRemoved);

    /// <summary>Done when this node is up; fails with <see cref="ClusterJoinFailedException"/>.</summary>
    public Task WhenUp => _up.Task;

    /// <summary>Why this node decides no more: what, where, and what to do; null while it does. A volatile read.</summary>
    public DecidingStopped? DecidingStopped
    {
        get => Volatile.Read(ref _decidingStopped);
        internal set => Volatile.Write(ref _decidingStopped, value);
    }

    /// <summary>The heartbeat actor of this node: <see cref="GetSignalTable"/>, <see cref="SwitchSignalModule"/>, <see cref="ProcessEnded"/>. Dead letters
    /// before this node has joined.</summary>
    public IActorRef Heartbeat { get; internal set; }

    internal IActorRef ControlLog { get; set; }

    internal IActorRef Orchestrator { get; set; }

    internal IControlLogStore Store => Setup.Store;

    internal ClusterSetup Setup { get; }

    internal Remote.Remote Remote { get; }

    internal NodeSwitch Switch { get; } = new();

    internal HandedOverVersions HandOvers { get; } = new();

    /// <summary>Set by the cluster's actor, read by whoever hands over.</summary>
    internal bool IsLeaving
    {
        get => Volatile.Read(ref _isLeaving);
        set => Volatile.Write(ref _isLeaving, value);
    }

    private List<IDisposable> Held { get; } = [];

    /// <summary>Commits changes that any node may propose; decided anew after each conflict.</summary>
    /// <param name="decide">The changes that the newest view calls for, null for none. Runs on another actor's turn: pure, and quick.</param>
    /// <param name="why">The reason, for people.</param>
    /// <param name="cancellationToken">Ends the wait, not the proposal: its outcome is unknown then.</param>
    /// <returns>Applied, not applied, or unknown: see <see cref="ProposalResult"/>.</returns>
    public Task<ProposalOutcome> ProposeAsync(
        Func<ClusterView, IReadOnlyList<ControlChange>?> decide, string why, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decide);
        return AskLog(
            view => decide(view) is { Count: > 0 } changes ? new Decision(view.Version, 0, [.. changes], why) : null, cancellationToken);
    }

    /// <summary>Commits these changes.</summary>
    /// <inheritdoc cref="ProposeAsync(Func{ClusterView, IReadOnlyList{ControlChange}}, string, CancellationToken)"/>
    public Task<ProposalOutcome> ProposeAsync(IReadOnlyList<ControlChange> changes, string why, CancellationToken cancellationToken = default) =>
        ProposeAsync(_ => changes, why, cancellationToken);

    /// <summary>Switches a flow back to its first sender now, whatever its policy: an operator's command.</summary>
    public Task<ProposalOutcome> FailBackAsync(string flow, CancellationToken cancellationToken = default) =>
        AskLog(view => FlowDecider.Failback(view, flow), cancellationToken);

    /// <summary>The newest entries of the control log, oldest first.</summary>
    /// <param name="count">At most <see cref="LogOptions.TailRows"/> are held.</param>
    public async Task<ImmutableArray<ControlLogRow>> LogTailAsync(int count, CancellationToken cancellationToken = default)
    {
        var tail = await ControlLog.Ask<LogTail>(new GetLogTail(count), null, cancellationToken).ConfigureAwait(false);
        return tail.Rows;
    }

    /// <summary>The newest decisions this node took as orchestrator, with the evidence.</summary>
    public async Task<ImmutableArray<DecisionRecord>> DecisionsAsync(CancellationToken cancellationToken = default)
    {
        var list = await Orchestrator.Ask<DecisionList>(GetDecisions.Instance, null, cancellationToken).ConfigureAwait(false);
        return list.Decisions;
    }

    /// <summary>Subscribes to member events, after one <see cref="ClusterEvent.CurrentClusterState"/>.</summary>
    /// <param name="to">Event classes or interfaces; none means all member events.</param>
    public void Subscribe(IActorRef subscriber, params Type[] to) => Subscribe(subscriber, ClusterEvent.InitialStateAsSnapshot, to);

    /// <summary>Subscribes to member events.</summary>
    public void Subscribe(IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode initialStateMode, params Type[] to)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        _actor.Tell(new SubscribeMembers(subscriber, initialStateMode, to.Length == 0 ? [typeof(ClusterEvent.IMemberEvent)] : to));
    }

    /// <summary>Ends all subscriptions of <paramref name="subscriber"/>.</summary>
    public void Unsubscribe(IActorRef subscriber) => _actor.Tell(new UnsubscribeMembers(subscriber, null));

    /// <summary>Ends the subscription to <paramref name="to"/>.</summary>
    public void Unsubscribe(IActorRef subscriber, Type to) => _actor.Tell(new UnsubscribeMembers(subscriber, to));

    /// <summary>Sends one <see cref="ClusterEvent.CurrentClusterState"/>.</summary>
    public void SendCurrentClusterState(IActorRef receiver) => receiver.Tell(State);

    /// <summary>Runs <paramref name="callback"/> when this node is up; at once when it is.</summary>
    public void RegisterOnMemberUp(Action callback) => Register(_onUp, ref _isUp, callback);

    /// <summary>Runs <paramref name="callback"/> when this incarnation is off the list; at once when it is.</summary>
    public void RegisterOnMemberRemoved(Action callback) => Register(_onRemoved, ref _isRemoved, callback);

    /// <summary>Asks that the member at <paramref name="address"/> leaves in order: its shards and flows move, then it is taken off the list.</summary>
    public void Leave(Address address) => _actor.Tell(new LeaveNode(address), ActorRefs.NoSender);

    /// <summary>This node leaves in order and its actor system ends. Done when it is off the list; already done afterwards.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        _ = CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
        await _removed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Declares the member at <paramref name="address"/> lost on an operator's word. Whoever takes over still waits for the gate.</summary>
    public void Down(Address address) => _actor.Tell(new DownNode(address), ActorRefs.NoSender);

    /// <summary>As <see cref="Down"/>, with the outcome.</summary>
    public Task<ProposalOutcome> DownAsync(Address address, CancellationToken cancellationToken = default) =>
        _actor.Ask<ProposalOutcome>(new DownNode(address), Options.ControlLog.ProposeTimeout + TimeSpan.FromSeconds(1), cancellationToken);

    /// <summary>The word of an operator who knows that the process of <paramref name="node"/> has ended and that nothing of it runs any more: declares it lost if
    /// it is not, and whoever takes over waits for nothing more. For what nobody else can prove, as when a machine is gone together with the observers of its
    /// last node. Said of a process that lives it lets two nodes serve at the same time; repeated it does nothing.</summary>
    /// <returns><see cref="ProposalResult.NotApplied"/> for a node that was heard here lately, that is this one, or that nobody knows;
    /// <see cref="ProposalResult.NotNeeded"/> when its end is known.</returns>
    public async Task<ProposalOutcome> DeclareEndedAsync(NodeKey node, CancellationToken cancellationToken = default)
    {
        if (await WhyNotEndedAsync(node, cancellationToken).ConfigureAwait(false) is { } refusal) return new ProposalOutcome(ProposalResult.NotApplied, 0, [], refusal);
        return await AskLog(view => JoinRules.Ended(view, node), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Accepted and without effect: nodes find each other in the control log.</summary>
    public void Join(Address address) => LogJoinIgnored();

    /// <summary>As <see cref="Join"/>; done when this node is up.</summary>
    public Task JoinAsync(Address address, CancellationToken token = default)
    {
        LogJoinIgnored();
        return _up.Task.WaitAsync(token);
    }

    /// <inheritdoc cref="Join"/>
    public void JoinSeedNodes(IEnumerable<Address> seedNodes) => LogJoinIgnored();

    /// <inheritdoc cref="JoinAsync"/>
    public Task JoinSeedNodesAsync(IEnumerable<Address> seedNodes, CancellationToken token = default)
    {
        LogJoinIgnored();
        return _up.Task.WaitAsync(token);
    }

    /// <summary>Path of a local actor as other nodes must write it.</summary>
    public ActorPath RemotePathOf(IActorRef actorRef)
    {
        ArgumentNullException.ThrowIfNull(actorRef);
        return ActorPath.Parse(actorRef.Path.ToStringWithAddress(SelfAddress));
    }

    /// <summary>Only the log actor calls this.</summary>
    internal void Publish(ClusterView view) => Volatile.Write(ref _view, view);

    /// <summary>The writer of this node's marks, closed before its lock is let go; null without a place to write to.</summary>
    internal MarkWriter? OpenMarks(string path)
    {
        if (path.Length == 0) return null;
        var marks = new MarkWriter(_system.Environment.Files, path, _system.Environment.StartWorker("control-log-marks"));
        OnTermination(marks);
        return marks;
    }

    internal void OnTermination(IDisposable held) => Held.Add(held);

    internal void BecomeUp()
    {
        _up.TrySetResult();
        Fire(_onUp, ref _isUp);
    }

    internal void FailJoin(ClusterJoinFailedException cause) => _up.TrySetException(cause);

    internal void BecomeRemoved()
    {
        Fire(_onRemoved, ref _isRemoved);
        _removed.TrySetResult();
    }

    /// <summary>Whatever views up to <paramref name="version"/> took from this node of what <paramref name="part"/> runs has stopped. Said
    /// in the signals: a successor waits for this node until then. A part says 0 before it runs anything.</summary>
    public void HandedOver(string part, long version)
    {
        HandOvers.Say(part, version);
        if (IsLeaving) _actor.Tell(HandedOverSaid.Instance, ActorRefs.NoSender);
    }

    private async Task<string?> WhyNotEndedAsync(NodeKey node, CancellationToken cancellationToken)
    {
        if (node == SelfKey) return $"{node} is this node, and it answers";
        if (View.Lost.ContainsKey(node)) return null;
        if (!View.IsAlive(node)) return $"{node} is neither a member nor one of the newest {ClusterView.LostMax} that were lost";
        if (View.Find(SelfKey) is null || Heartbeat == _system.DeadLetters) return null; // Hears nobody.
        var table = await Heartbeat.Ask<SignalTable>(GetSignalTable.Instance, Options.ControlLog.ProposeTimeout, cancellationToken).ConfigureAwait(false);
        return table.Peers.FirstOrDefault(peer => peer.Peer == node)?.HeardAgo is { } ago && ago < table.Timing.LossAfter
            ? $"{node} was heard {ago.TotalMilliseconds:0} ms ago: its process has not ended. Down declares it lost all the same, and its successors wait until it is silent"
            : null;
    }

    private Task<ProposalOutcome> AskLog(Func<ClusterView, Decision?> decide, CancellationToken cancellationToken) =>
        ControlLog.Ask<ProposalOutcome>(new Propose(decide), Options.ControlLog.ProposeTimeout + TimeSpan.FromSeconds(1), cancellationToken);

    private void JoinShutdown()
    {
        var shutdown = CoordinatedShutdown.Get(_system);
        var wait = Options.LeaveTimeout + TimeSpan.FromSeconds(1);
        shutdown.AddTask(
            CoordinatedShutdown.PhaseBeforeClusterShutdown, "hand-over", token => _actor.Ask<Done>(new HandOver(), wait, token));
        shutdown.AddTask(
            CoordinatedShutdown.PhaseClusterLeave, "end-membership", token => _actor.Ask<Done>(new EndMembership(), wait, token));
    }

    private void OnTerminated()
    {
        Switch.Shut();
        BecomeRemoved();
        _up.TrySetException(new ClusterJoinFailedException($"{SelfKey} ended before it was up"));
        // The lock goes last: who obtains it may conclude that nothing of this incarnation runs any more.
        foreach (var held in Held) held.Dispose();
        _ = Store.DisposeAsync().AsTask();
    }

    private void Register(List<Action> callbacks, ref bool hasHappened, Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        lock (_lock)
        {
            if (!hasHappened)
            {
                callbacks.Add(callback);
                return;
            }
        }
        callback();
    }

    private void Fire(List<Action> callbacks, ref bool hasHappened)
    {
        Action[] due;
        lock (_lock)
        {
            hasHappened = true;
            due = [.. callbacks];
            callbacks.Clear();
        }
        foreach (var callback in due) callback();
    }

    [LoggerMessage(EventId = 3010, Level = LogLevel.Information, Message = "Seed nodes and addresses to join are ignored: nodes find each other in the control log (actor-runtime.cluster)")]
    private partial void LogJoinIgnored();

    private sealed class Id : ExtensionIdProvider<Cluster>
    {
        public override Cluster CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
