using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Replicas.Recovery;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>The logs of one type's shards that this node keeps: opens, feeds and closes them as the view says, and proposes what they ask
/// for, many in one entry.</summary>
internal sealed partial class ReplicasActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan StateTimeout = TimeSpan.FromSeconds(3);

    private readonly UnitTypeDefinition _type;
    private readonly ShardingServices _services;
    private readonly IClusterAccess _cluster;
    private readonly SortedDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ReplicaEffect.Propose> _wanted = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (OpenLog Open, IActorRef Shard)> _early = new(StringComparer.Ordinal);
    private readonly ILogger _log;
    private IBlockStore? _store; // Once it is open.
    private long _version = -1;
    private bool _isProposing;
    private bool _isEnding;

    public ReplicasActor(UnitTypeDefinition type, ShardingServices services)
    {
        (_type, _services, _cluster, _log) = (type, services, services.Cluster, Context.GetLogger().Logger);

        Receive<ClusterChanged>(_ => FollowView());
        Receive<OpenLog>(OnOpenLog);
        Receive<FollowRecords>(OnFollowRecords);
        Receive<ProposeReplica>(OnPropose);
        Receive<StoreOpened>(OnStoreOpened);
        Receive<LogReady>(OnLogReady);
        Receive<Terminated>(OnTerminated);
        Receive<LogClosed>(OnLogClosed);
        Receive<BeginLogAnew>(anew => _kept[anew.Shard].Anew = anew.Effect);
        Receive<Proposed>(OnProposed);
        Receive<TryAgain>(_ => Propose());
        Receive<TryToOpen>(again => BeginOpening(again.Shard, again.Kept));
        Receive<GetReplicas>(_ => AskReplicas().PipeTo(Sender, Self));
        Receive<AskHeldLogs>(_ => OnAskHeldLogs());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan RetryAfter => _type.Settings.Options.RetryAfter;

    protected override void PreStart() =>
        _services.Persistence.OpenBlockStoreAsync().PipeTo(
            Self, success: static store => new StoreOpened(store, null), failure: static cause => new StoreOpened(null, cause));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        EndNode(cause);
        return Directive.Stop;
    });

    /// <summary>A log that failed cannot be trusted, and what this life of the node promised about it cannot be taken back: its shards are
    /// led elsewhere, and the node begins anew with what its disk really holds.</summary>
    private void EndNode(Exception cause)
    {
        if (_isEnding) return;
        _isEnding = true;
        LogStoreFailed(cause.Message, cause);
        _ = CoordinatedShutdown.Get(Context.System).Run(LocalStoreFailedReason.Instance);
    }

    private void OnStoreOpened(StoreOpened opened)
    {
        if (opened.Failure is { } failure)
        {
            EndNode(failure);
            return;
        }
        _store = opened.Store;
        _cluster.Subscribe(Self);
        foreach (var (open, shard) in _early.Values) Self.Tell(open, shard);
        _early.Clear();
    }

    private void FollowView()
    {
        var view = _cluster.View;
        if (_isEnding || view.Version <= _version || !view.IsAlive(_cluster.Self)) return;
        _version = view.Version;
        if (!view.Types.TryGetValue(_type.Name, out var type) || type.Replication is null) return;
        Func<string, ulong> incarnationOf = name => view.Members.GetValueOrDefault(name) is { Status: not MemberStatus.Down } member ? member.Key.Incarnation : 0;
        foreach (var (shard, state) in type.Shards)
        {
            var isLeader = state.Leader == _cluster.Self;
            _kept.TryGetValue(shard, out var kept);
            if (!isLeader && !state.Replicas!.Has(_cluster.Self.Name))
            {
                if (kept is not null) Close(kept);
                continue;
            }
            if (kept is not null && kept.Origin != OriginOf(state.Replicas!)) Close(kept); // It is of another history now.
            var placement = new ReplicaPlacement(view.Version, state.Term, isLeader, state.Replicas!, incarnationOf);
            if (kept is null) _kept.Add(shard, kept = Open(shard, placement));
            kept.Placement = placement;
            if (!kept.IsClosing) kept.Replica?.Tell(placement);
        }
    }

    private static long OriginOf(ReplicaSet set) => set.Origin?.Version ?? 0;

    private Kept Open(string shard, ReplicaPlacement placement, ReplicaEffect.BeginAnew? anew = null)
    {
        var kept = new Kept { Origin = OriginOf(placement.Set), Placement = placement };
        BeginOpening(shard, kept, anew);
        return kept;
    }

    private void BeginOpening(string shard, Kept kept, ReplicaEffect.BeginAnew? anew = null) => _ = OpenAsync(shard, kept.Placement, kept.Origin, anew).PipeTo(
        Self, success: log => new LogReady(shard, kept, log, null), failure: cause => new LogReady(shard, kept, null, cause));

    private async Task<IBlockLog?> OpenAsync(string shard, ReplicaPlacement? placement, long origin, ReplicaEffect.BeginAnew? anew)
    {
        if (placement is null || OriginOf(placement.Set) != origin) return null; // Not wanted any more.
        if (placement is { IsLeader: true, Set: { IsFounded: false, Origin: { } recovered } })
        {
            var (journal, snapshots) = (_services.Persistence.Journal, _services.Persistence.SnapshotStore);
            return await RecoveredLog.OpenAsync(_store!, journal, snapshots, _type.Name, shard, recovered, placement.Term).ConfigureAwait(false);
        }
        return await OpenAsync(_store!, RecoveredLog.NameOf(_type.Name, shard, origin), anew).ConfigureAwait(false);
    }

    private static async Task<IBlockLog> OpenAsync(IBlockStore store, string name, ReplicaEffect.BeginAnew? anew)
    {
        if (anew is null && await store.OpenLogAsync(name, CancellationToken.None).ConfigureAwait(false) is { } there) return there;
        var log = await store.CreateAsync(name, anew?.Start ?? default, CancellationToken.None).ConfigureAwait(false);
        if (anew is not null) log.RecordTerm(anew.Term);
        return log;
    }

    private void OnLogReady(LogReady ready)
    {
        var kept = ready.Kept;
        if (ready.Failure is JournalException or FencedException or CopyMissingException)
        {
            OnNotRecovered(ready.Shard, kept, ready.Failure);
            return;
        }
        if (ready.Failure is { } failure)
        {
            EndNode(failure);
            return;
        }
        kept.Log = ready.Log;
        if (ready.Log is not { } log || kept.Placement is not { } placement || OriginOf(placement.Set) != kept.Origin)
        {
            CloseLog(ready.Shard, kept);
            return;
        }
        kept.Failure = null;
        var props = Props.CreateBy(() => new ReplicaActor(_type, ready.Shard, _services, log, kept.Origin));
        kept.Replica = Context.Watch(Context.ActorOf(props, Uri.EscapeDataString(ready.Shard)));
        LogKept(_type.Name, ready.Shard, log.StoreId, log.Head.Height);
        kept.Replica.Tell(placement);
        if (kept.BegunFor is { } leader) kept.Replica.Tell(new LogBegun(leader));
        if (kept.Opener is var (open, opener)) kept.Replica.Tell(open, opener);
    }

    /// <summary>The shard waits: for the store, or for an operator.</summary>
    private void OnNotRecovered(string shard, Kept kept, Exception cause)
    {
        if (kept.Failure != cause.Message) LogNotRecovered(_type.Name, shard, cause.Message);
        kept.Failure = cause.Message;
        Timers.StartSingleTimer("open " + shard, new TryToOpen(shard, kept), RetryAfter);
    }

    /// <summary>The log stays on the disk: should the node be asked for the shard again, it need not learn everything anew.</summary>
    private static void Close(Kept kept)
    {
        kept.Placement = null;
        if (kept.Replica is not { } replica || kept.IsClosing) return;
        kept.IsClosing = true;
        Context.Stop(replica);
    }

    private void OnTerminated(Terminated terminated)
    {
        var (shard, kept) = _kept.First(pair => terminated.ActorRef.Equals(pair.Value.Replica));
        CloseLog(shard, kept);
    }

    private void CloseLog(string shard, Kept kept)
    {
        kept.IsClosing = true;
        _wanted.Remove(shard);
        if (kept.Log is not { } log) Self.Tell(new LogClosed(shard));
        else _ = log.DisposeAsync().AsTask().PipeTo(Self, success: () => new LogClosed(shard), failure: _ => new LogClosed(shard));
    }

    /// <summary>The view may want it again by now.</summary>
    private void OnLogClosed(LogClosed closed)
    {
        var kept = _kept[closed.Shard];
        _kept.Remove(closed.Shard);
        if (kept.Placement is not { } placement) return;
        var anew = OriginOf(placement.Set) == kept.Origin ? kept.Anew : null;
        var again = Open(closed.Shard, placement, anew);
        (again.Opener, again.BegunFor) = (kept.Opener, anew?.Leader);
        _kept.Add(closed.Shard, again);
    }

    private void OnOpenLog(OpenLog open)
    {
        if (_store is null)
        {
            _early[open.Shard] = (open, Sender);
            return;
        }
        FollowView();
        if (!_kept.TryGetValue(open.Shard, out var kept) || kept.Placement is null)
        {
            Sender.Tell(new LogLost(open.Term, "the view names another leader"));
            return;
        }
        kept.Opener = (open, Sender);
        if (!kept.IsClosing) kept.Replica?.Tell(open, Sender);
    }

    /// <summary>Who is not answered asks again.</summary>
    private void OnFollowRecords(FollowRecords follow)
    {
        if (_kept.TryGetValue(follow.Shard, out var kept) && !kept.IsClosing) kept.Replica?.Tell(follow, Sender);
    }

    private void OnPropose(ProposeReplica propose)
    {
        _wanted[propose.Shard] = propose.Effect;
        Propose();
    }

    /// <summary>All that is wanted, as far as the newest view still allows for it.</summary>
    private void Propose()
    {
        if (_isProposing || _wanted.Count == 0) return;
        _isProposing = true;
        var wanted = _wanted.ToArray();
        var (type, seen) = (_type.Name, 0L);
        _ = _cluster.ProposeAsync(Decide, $"logs of {wanted.Length} shards of {type}: {wanted[0].Value.Why}", CancellationToken.None).PipeTo(
            Self, success: outcome => new Proposed(wanted, outcome.Result, Math.Max(outcome.Version, seen)),
            failure: _ => new Proposed(wanted, ProposalResult.Unknown, 0));

        ControlChange.ReplicasChanged? Decide(ClusterView view)
        {
            seen = view.Version;
            return Change(view, type, wanted);
        }
    }

    private static ControlChange.ReplicasChanged? Change(ClusterView view, string typeName, KeyValuePair<string, ReplicaEffect.Propose>[] wanted)
    {
        if (view.Types.GetValueOrDefault(typeName) is not { } type) return null;
        var changes = wanted
            .Where(want => type.Shards.GetValueOrDefault(want.Key) is { } state && state.Replicas!.Version == want.Value.PreviousReplicas
                && (want.Value.Term == 0 || want.Value.Term == state.Term))
            .Select(want => new ReplicaChange(
                want.Key, want.Value.Term, want.Value.PreviousReplicas, want.Value.Replica, want.Value.IsAdded, want.Value.Why)).ToArray();
        return changes.Length == 0 ? null : new ControlChange.ReplicasChanged(typeName, [.. changes]);
    }

    /// <summary>What is not known to be settled still counts at its replica, and is asked for again.</summary>
    private void OnProposed(Proposed proposed)
    {
        _isProposing = false;
        var isSettled = proposed.Result is ProposalResult.Committed or ProposalResult.NotNeeded;
        foreach (var (shard, want) in proposed.Wanted)
        {
            if (!isSettled || _wanted.GetValueOrDefault(shard) != want) continue;
            _wanted.Remove(shard);
            if (_kept.TryGetValue(shard, out var kept)) kept.Replica?.Tell(new ProposalSettled(want.Term, proposed.Version));
        }
        FollowView();
        if (isSettled) Propose();
        else Timers.StartSingleTimer(nameof(TryAgain), TryAgain.Instance, RetryAfter);
    }

    private Task<ReplicaState[]> AskReplicas() => Task.WhenAll(_kept.Where(pair => pair.Value.Replica is not null && !pair.Value.IsClosing).Select(
        pair => AskAsync(pair.Value.Replica!, pair.Value.Placement?.Set.MemberOf(_cluster.Self.Name), AsideOf(pair.Key, pair.Value.Origin))));

    private static async Task<ReplicaState> AskAsync(IActorRef replica, ReplicaId? member, IReadOnlyList<string> aside)
    {
        var state = await replica.Ask<ReplicaState>(GetReplicaState.Instance, StateTimeout).ConfigureAwait(false);
        return state with { Lost = member is { } named && named != state.Replica ? named : null, Aside = aside };
    }

    private string[] AsideOf(string shard, long origin) =>
        [.. _store!.Logs.Where(log => RecoveredLog.IsOf(log, _type.Name, shard) && log != RecoveredLog.NameOf(_type.Name, shard, origin))];

    private void OnAskHeldLogs()
    {
        var failed = _kept.Where(pair => pair.Value.Failure is not null)
            .Select(pair => new HeldLog(pair.Key, 0, pair.Value.Origin, 0, 0, 0, 0, 0, pair.Value.Failure)).ToArray();
        var (self, asked) = (_cluster.Self, AskReplicas());
        _ = AnswerAsync().PipeTo(Sender, Self);

        async Task<HeldLogs> AnswerAsync() => new(self.Name, self.Incarnation, [.. failed, .. (await asked.ConfigureAwait(false)).Select(state => new HeldLog(
            state.Shard, state.Replica.StoreId, state.Origin, state.Height, state.HeadTerm, state.Start, state.Committed, state.Heard, null))]);
    }

    [LoggerMessage(EventId = 3322, Level = LogLevel.Debug, Message = "Keeps a log of {Type}/{Shard}: store {StoreId:x16}, height {Height}")]
    private partial void LogKept(string type, string shard, ulong storeId, long height);

    [LoggerMessage(EventId = 3323, Level = LogLevel.Critical, Message =
        "The local store failed, so this node leaves and ends; start it again once the store is well (node store check): {Why}")]
    private partial void LogStoreFailed(string why, Exception cause);

    [LoggerMessage(EventId = 3324, Level = LogLevel.Critical, Message =
        "{Type}/{Shard} waits to be recovered, and is tried again: {Why}. Should it never succeed, accept the loss anew: shard recover")]
    private partial void LogNotRecovered(string type, string shard, string why);

    /// <summary>A log this node keeps, or is about to.</summary>
    private sealed class Kept
    {
        /// <summary>History that the log is of.</summary>
        public required long Origin { get; init; }

        /// <summary>Why it could not be recovered yet.</summary>
        public string? Failure { get; set; }

        public IBlockLog? Log { get; set; }

        public IActorRef? Replica { get; set; }

        public bool IsClosing { get; set; }

        /// <summary>It is to be replaced by a log that begins there.</summary>
        public ReplicaEffect.BeginAnew? Anew { get; set; }

        /// <summary>It was begun anew, and this leader waits for it.</summary>
        public string? BegunFor { get; set; }

        /// <summary>Null while the view does not want it.</summary>
        public ReplicaPlacement? Placement { get; set; }

        public (OpenLog Open, IActorRef Shard)? Opener { get; set; }
    }

    private sealed record StoreOpened(IBlockStore? Store, Exception? Failure);

    private sealed record LogReady(string Shard, Kept Kept, IBlockLog? Log, Exception? Failure);

    /// <summary>A log that could not be recovered is tried again.</summary>
    private sealed record TryToOpen(string Shard, Kept Kept);

    private sealed record LogClosed(string Shard);

    private sealed record Proposed(KeyValuePair<string, ReplicaEffect.Propose>[] Wanted, ProposalResult Result, long Version);

    private sealed class TryAgain
    {
        public static TryAgain Instance { get; } = new();
    }
}
