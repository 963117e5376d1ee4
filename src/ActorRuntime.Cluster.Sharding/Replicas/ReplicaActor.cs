using System.Buffers;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Replicas.Behind;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Event;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>One node's copy of one shard's log: shell of <see cref="ReplicaCore"/>. Owns the log on the disk, forms blocks of what the units
/// write, and answers what they read.</summary>
/// <remarks>A block is formed as soon as the window has room, of all that waits then: under load blocks grow by themselves. A log that
/// fails ends the node, as a disk that fails would: what it promised can only be kept by a new life.</remarks>
internal sealed partial class ReplicaActor : ReceiveActor, IWithTimers
{
    private readonly UnitTypeDefinition _type;
    private readonly string _shard;
    private readonly ShardingServices _services;
    private readonly IBlockLog _log;
    private readonly long _origin;
    private readonly ReplicaCore _core;
    private readonly ShardRecords _records;
    private readonly WriteBehind _behind;
    private readonly ReplicationOptions _options;
    private readonly List<ReplicaEffect> _effects = [];
    private readonly Queue<WriteCall> _waiting = [];
    private readonly Queue<(long Height, WriteCall[] Calls)> _formed = [];
    private readonly Queue<ReadCall> _reads = [];
    private readonly List<WriteCall> _forming = [];
    private readonly Dictionary<string, (View.NodeKey Node, IActorRef Replica)> _peers = new(StringComparer.Ordinal); // Looked up only.
    private readonly ArrayBufferWriter<byte> _payload = new();
    private readonly ILogger _logger;
    private (long Term, IActorRef Shard)? _opener;
    private IActorRef? _follower;
    private MonotonicTime? _lookAgainAt;
    private MonotonicTime? _behindAt;
    private long _handedIn;
    private long _settled;

    /// <param name="origin">History that the log is of.</param>
    public ReplicaActor(UnitTypeDefinition type, string shard, ShardingServices services, IBlockLog log, long origin)
    {
        (_type, _shard, _services, _log, _origin, _options) = (type, shard, services, log, origin, type.Settings.Options.Replication);
        _core = new ReplicaCore(services.Cluster.Self.Name, log, _options.Limits);
        _records = new ShardRecords(Scope, log.Start.Height, log.Read);
        _logger = Context.GetLogger().Logger;
        var writer = Context.ActorOf(Props.CreateBy(() => new WriteBehindActor(Scope, services.Persistence)), "write-behind");
        _behind = new WriteBehind(Scope, _core, _options.WriteBehind, writer, services.Cluster, _logger);

        Receive<FromReplica>(OnFromReplica);
        Receive<WriteCall>(OnWrite);
        Receive<ReadCall>(OnRead);
        Receive<Flushed>(OnFlushed);
        Receive<ReplicaPlacement>(placement => _core.OnView(placement, Now, _effects));
        Receive<OpenLog>(OnOpenLog);
        Receive<FollowRecords>(OnFollowRecords);
        Receive<ProposalSettled>(settled => _core.OnProposalSettled(settled.Term, settled.Version, Now, _effects));
        Receive<LookAgain>(_ => OnTime());
        Receive<LogBegun>(begun => _core.OnBegun(begun.Leader, _effects));
        Receive<StoreAnswered>(answered => _behind.OnAnswered(answered, Now));
        Receive<WriteBehindDue>(_ => OnWriteBehindDue());
        Receive<GetReplicaState>(_ => Sender.Tell(new ReplicaState(
            _shard, _core.Own, _core.Term, _core.Leading == _core.Term, _core.Head.Height, _core.Committed,
            _core.Start.Height, _log.Bytes, _behind.LagAt(Now), _origin,
            _core.Head.Height > _core.Start.Height ? _core.Read(_core.Head.Height).Term : 0, _core.Heard)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private string Scope => $"{_type.Name}/{_shard}";

    private static MonotonicTime Now => Context.System.Environment.Now;

    protected internal override bool AroundReceive(Receive receive, object message)
    {
        var isHandled = base.AroundReceive(receive, message);
        Perform();
        return isHandled;
    }

    protected override void PostStop() => FailAll("the node keeps this log no more");

    /// <summary>What a log of another history says means nothing here; should that be a newer one, the view knows.</summary>
    private void OnFromReplica(FromReplica from)
    {
        if (from.Origin == _origin) _core.OnMessage(from.Node, from.Message, Now, _effects);
        else if (from.Origin > _origin) _services.Cluster.Pull(from.Origin);
    }

    private void OnWrite(WriteCall call)
    {
        if (Refusal(call) is { } refusal)
        {
            call.Fail(refusal);
            return;
        }
        call.Deadline = Now + _options.WriteTimeout;
        _handedIn++;
        _waiting.Enqueue(call);
    }

    private void OnRead(ReadCall call)
    {
        if (call.Term == 0)
        {
            call.Answer(_records); // Of one that follows: what is committed so far.
            return;
        }
        if (Refusal(call) is { } refusal)
        {
            call.Fail(refusal);
            return;
        }
        call.After = _handedIn;
        _reads.Enqueue(call);
    }

    private IOException? Refusal(LogCall call) =>
        _behind.Refusal is { } why ? new JournalException($"{Scope}: {why}")
        : _core.Leading == call.Term && _core.IsOpen ? null : new FencedException(Scope, call.Term, _core.Term);

    private void OnOpenLog(OpenLog open)
    {
        _opener = (open.Term, Sender);
        if (_core.Leading == open.Term && _behind.Refusal is { } why) Sender.Tell(new LogLost(open.Term, why));
        else if (_core.Leading == open.Term && _core.IsOpen) TellOpened(open.Term);
        else if (_core.Term > open.Term) Sender.Tell(new LogLost(open.Term, $"the log is at term {_core.Term}"));
    }

    private void OnFollowRecords(FollowRecords follow)
    {
        _follower = Sender;
        Sender.Tell(new RecordsFollowed(_records.PersistenceIds(_options.StandbyUnitsMax)));
    }

    private void OnFlushed(Flushed flushed)
    {
        if (flushed.Failure is { } failure) throw new BlockStoreException($"{Scope}: {failure.Message}", failure);
        _core.OnFlushed(Now, _effects);
    }

    private void OnTime()
    {
        _lookAgainAt = null;
        _core.OnTime(Now, _effects);
        while (_waiting.TryPeek(out var call) && call.Deadline <= Now)
        {
            Settle(_waiting.Dequeue(), new EventRejectedException(
                $"{Scope}: nothing was written within write-timeout = {_options.WriteTimeout}: "
                + (!_behind.MayGrow ? _behind.DescribeLag(Now) : _core.IsBelowMinimum ? "fewer logs are in sync than min-in-sync asks for" : "the logs in sync do not answer")));
        }
    }

    private void OnWriteBehindDue()
    {
        _behindAt = null;
        _behind.OnTime(Now);
    }

    /// <summary>Carries out what the core asks for, and lets it form blocks of what waits.</summary>
    private void Perform()
    {
        PerformWriteBehind();
        var next = 0;
        do
        {
            while (next < _effects.Count) Perform(_effects[next++]);
        }
        while (FormBlock());
        _effects.Clear();
        PerformWriteBehind();
        if (_records.Start < _core.Start.Height) _records.TrimTo(_core.Start.Height);
        AnswerReads();
        SetTimer();
    }

    private void PerformWriteBehind()
    {
        if (_behind.Perform(Now)) GiveUp(_core.Term, _behind.Refusal!);
        if (_behind.Deadline is not { } at || at == _behindAt) return;
        _behindAt = at;
        Timers.StartSingleTimer(nameof(WriteBehindDue), WriteBehindDue.Instance, at > Now ? at - Now : TimeSpan.Zero);
    }

    private void Perform(ReplicaEffect effect)
    {
        switch (effect)
        {
            case ReplicaEffect.Send(var node, var message):
                PeerOn(node)?.Tell(new FromReplica(_core.Own.Node, _origin, message));
                break;
            case ReplicaEffect.Flush:
                Flush();
                break;
            case ReplicaEffect.Committed(var height):
                OnCommitted(height);
                break;
            case ReplicaEffect.Opened(var term):
                LogLeads(_type.Name, _shard, term, _core.Head.Height);
                _services.ReplicaNews?.OnOpened(Scope, _core.Own, term);
                TellOpened(term);
                _behind.OnOpened(term, _records.Height, Now);
                break;
            case ReplicaEffect.Deposed(var term):
                OnDeposed(term);
                break;
            case ReplicaEffect.Propose propose:
                Context.Parent.Tell(new ProposeReplica(_shard, propose));
                break;
            case ReplicaEffect.BeginAnew anew:
                // It takes in nothing more: what it might still get would be lost with it.
                Context.Parent.Tell(new BeginLogAnew(_shard, anew));
                Context.Stop(Self);
                break;
            case ReplicaEffect.Pull(var version):
                _services.Cluster.Pull(version);
                break;
        }
    }

    /// <summary>Whoever followed has been told everything; what it writes itself from now on it knows.</summary>
    private void TellOpened(long term)
    {
        if (_opener is not { } opener || opener.Term != term) return;
        opener.Shard.Tell(new LogOpened(term));
        _follower = null;
    }

    private IActorRef? PeerOn(string node)
    {
        if (_services.Cluster.View.Members.GetValueOrDefault(node) is not { } member) return null;
        if (_peers.TryGetValue(node, out var known) && known.Node == member.Key) return known.Replica;
        var replica = _type.ReplicaAt(member.Address, _shard, (ExtendedActorSystem)Context.System);
        _peers[node] = (member.Key, replica);
        return replica;
    }

    private void Flush()
    {
        var flush = _log.FlushAsync();
        if (flush.IsCompletedSuccessfully) _core.OnFlushed(Now, _effects);
        else _ = flush.PipeTo(Self, success: static () => Flushed.Done, failure: static cause => new Flushed(cause));
    }

    private bool FormBlock()
    {
        if (_waiting.Count == 0 || !_core.MayForm || !_behind.MayGrow) return false;
        _payload.ResetWrittenCount();
        _forming.Clear();
        var length = 0;
        while (length < _options.BlockBytes && _waiting.TryPeek(out var call))
        {
            call.WriteTo(_payload);
            if (_payload.WrittenCount > _options.BlockBytesMax)
            {
                if (length > 0) break; // It goes into the next block.
                Settle(_waiting.Dequeue(), new EventRejectedException(
                    $"{Scope}: {_payload.WrittenCount} bytes in one write: at most block-bytes-max = {_options.BlockBytesMax}"));
                _payload.ResetWrittenCount();
                continue;
            }
            _forming.Add(_waiting.Dequeue());
            length = _payload.WrittenCount;
        }
        if (_forming.Count == 0) return false;
        var block = _core.Form(_payload.WrittenSpan[..length], Now, _effects);
        _formed.Enqueue((block.Height, [.. _forming]));
        return true;
    }

    private void OnCommitted(long height)
    {
        for (var at = _records.Height + 1; at <= height; at++)
        {
            var block = _core.Read(at);
            var events = _records.Apply(block);
            _behind.OnCommitted(block, Now);
            if (events.Count > 0) _follower?.Tell(new RecordsCommitted(events));
            _services.ReplicaNews?.OnCommitted(Scope, _core.Own, block, _core.Leading);
        }
        while (_formed.TryPeek(out var formed) && formed.Height <= height)
        {
            foreach (var call in _formed.Dequeue().Calls) Settle(call, null);
        }
    }

    private void OnDeposed(long term)
    {
        _behind.OnDeposed();
        GiveUp(term, $"term {term} is over, the log is at term {_core.Term}");
    }

    private void GiveUp(long term, string why)
    {
        FailAll(why);
        if (_opener is { } opener && opener.Term == term) opener.Shard.Tell(new LogLost(term, why));
    }

    /// <summary>What is on its way may still be committed by the next leader; what waits never will be.</summary>
    private void FailAll(string why)
    {
        while (_formed.TryDequeue(out var formed))
            foreach (var call in formed.Calls) Settle(call, new JournalException($"{Scope}: {why}; whether it was written is unknown"));
        while (_waiting.TryDequeue(out var call)) Settle(call, new FencedException(Scope, call.Term, _core.Term));
        while (_reads.TryDequeue(out var read)) read.Fail(new JournalException($"{Scope}: {why}"));
    }

    private void Settle(WriteCall call, Exception? failure)
    {
        _settled++;
        if (failure is null) call.Succeed();
        else call.Fail(failure);
    }

    private void AnswerReads()
    {
        while (_reads.TryPeek(out var read) && read.After <= _settled) _reads.Dequeue().Answer(_records);
    }

    private void SetTimer()
    {
        var deadline = _core.Deadline;
        if (_waiting.TryPeek(out var oldest) && (deadline is not { } earlier || oldest.Deadline < earlier)) deadline = oldest.Deadline;
        if (deadline is not { } at) return;
        if (_lookAgainAt <= at) return; // It looks too early rather than being set anew for every block.
        _lookAgainAt = at;
        Timers.StartSingleTimer(nameof(LookAgain), LookAgain.Instance, at > Now ? at - Now : TimeSpan.Zero);
    }

    [LoggerMessage(EventId = 3321, Level = LogLevel.Debug, Message = "The log of {Type}/{Shard} is open in term {Term}, at height {Height}")]
    private partial void LogLeads(string type, string shard, long term, long height);

    private sealed record Flushed(Exception? Failure)
    {
        public static Flushed Done { get; } = new((Exception?)null);
    }

    private sealed class WriteBehindDue
    {
        public static WriteBehindDue Instance { get; } = new();
    }

    private sealed class LookAgain
    {
        public static LookAgain Instance { get; } = new();
    }
}
