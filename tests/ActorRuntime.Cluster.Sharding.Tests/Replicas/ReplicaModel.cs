using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>One shard, its replicas on a few nodes, and everything that can happen between them, in an order drawn from a seed.</summary>
/// <remarks>What <c>shard3.cpp</c> explores exhaustively in small, this draws in large: every message may be lost, repeated, overtaken;
/// inserts into the control log land late or never; nodes end with their disk, without its unflushed tail, or without it, and return;
/// leaders are replaced at any moment, whether they are dead or not.</remarks>
internal sealed class ReplicaModel
{
    private readonly ReplicaLimits _limits;
    private readonly Prng _random;
    private readonly ModelControlLog _log;
    private readonly ModelNode[] _nodes;
    private readonly List<(string From, ModelNode To, ulong Life, ReplicaMessage Message)> _network = [];
    private readonly List<(string From, ModelNode To, ulong Life, ReplicaMessage Message)> _late = [];
    private readonly List<(ModelNode By, ulong Life, long At, ReplicaEffect.Propose Proposal)> _inserts = [];
    private readonly List<BlockDigest> _committed = [default];
    private readonly List<BlockDigest> _stored = [default];
    private readonly List<string> _history = [];
    private readonly int _inTime;
    private readonly ulong _promotions;
    private MonotonicTime _now = new(1_000_000);
    private long _openedTerm;
    private long _storeTerm;
    private int _lostDisks;
    private bool _isHealed;

    public ReplicaModel(ulong seed, int nodes = 3, int minInSync = 2)
    {
        _random = Prng.For(seed, "replica model");
        (_inTime, _promotions) = (20 + (int)(_random.Next() % 70), 1 + _random.Next() % 20);
        _limits = new ReplicaLimits(4, 1 << 20, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), (int)(_random.Next() % 4), CatchUpBlocks: 6);
        _log = new ModelControlLog(nodes, minInSync);
        _nodes = [.. Enumerable.Range(0, nodes).Select(i => new ModelNode($"{(char)('a' + i)}"))];
        foreach (var node in _nodes) Start(node);
    }

    public string? Violation { get; private set; }

    public int Writes { get; private set; }

    public int Promotions { get; private set; }

    public int Truncations { get; private set; }

    /// <summary>Logs that had to begin anew, because what they lacked was trimmed everywhere.</summary>
    public int BegunAnew { get; private set; }

    public int Committed => _committed.Count - 1;

    public string History => string.Join('\n', _history.TakeLast(60));

    /// <summary>Draws so many steps, then heals everything and expects all to be in sync.</summary>
    public void Run(int steps)
    {
        for (var i = 0; i < steps && Violation is null; i++) Step();
        _isHealed = true;
        for (var i = 0; i < 1_000 && Violation is null && !IsWhole() && !NeedsOperator(); i++) Heal();
        if (Violation is null && !IsWhole() && !NeedsOperator()) Violation = $"not whole again: {_log.Newest.Replicas}; {string.Join("; ", _nodes.Select(node => node.ToString()))}";
    }

    private void Step()
    {
        var draw = _random.Next() % 1_000;
        var node = _nodes[_random.Next() % (ulong)_nodes.Length];
        switch (draw)
        {
            case < 465: Deliver(); break;
            case < 480: DeliverLate(); break;
            case < 620: FollowView(node); break;
            case < 700: Write(node); break;
            case < 720: WriteBehind(node); break;
            case < 800: EndFlush(node); break;
            case < 860: Land(); break;
            case < 910: Attempt(node); break;
            case < 940: Pass(TimeSpan.FromMilliseconds(300)); break;
            case < 960 when draw < 940 + _promotions: Promote(); break;
            case < 960: AssignLearners(); break;
            case < 970: DeclareLost(node); break;
            case < 994: if (node.Core is null) Start(node); break;
            default: End(node); break;
        }
        Check();
    }

    private void Heal()
    {
        foreach (var node in _nodes)
        {
            if (node.Core is null) Start(node);
            while (node.Applied < _log.Version) FollowView(node);
            EndFlush(node);
            Attempt(node);
        }
        while (_inserts.Count > 0) Land();
        for (var i = 0; i < 50 && _network.Count > 0; i++) Deliver();
        if (_log.Newest.Leader is not { } leader || !_nodes.Any(node => node.Key == leader && node.Core?.Leading is not null)) Promote();
        AssignLearners();
        Pass(TimeSpan.FromMilliseconds(50));
        Check();
    }

    /// <summary>As many in sync as can be, everything that was formed committed everywhere.</summary>
    private bool IsWhole()
    {
        var set = _log.Newest.Replicas!;
        return set.InSync.Length == _nodes.Length && _nodes.All(node => node.Core is { } core && core.Head.Height == core.Committed && core.Committed == Committed)
            && _nodes.Any(node => node.Core!.IsOpen);
    }

    /// <summary>A disk was lost, and before its node could say so the others had left the set.</summary>
    private bool NeedsOperator()
    {
        var set = _log.Newest.Replicas!;
        return set.Eligible.IsEmpty && set.InSync is [var last] && _nodes.Single(node => node.Name == last.Node).Disk ?.StoreId != last.StoreId;
    }

    private void Start(ModelNode node)
    {
        node.Life++;
        _log.Join(node.Key);
        node.Applied = _log.Version;
        node.Disk ??= new ModelDisk(_random.Next() | 1, default, OnTruncated);
        node.Core = new ReplicaCore(node.Name, node.Disk, _limits);
        Note($"{node.Key} starts with {node.Core.Head.Height} blocks");
        Follow(node, _log.Head);
    }

    private void End(ModelNode node)
    {
        if (node.Core is null) return;
        node.Core = null;
        node.IsFlushing = false;
        node.Proposals.Clear();
        switch (_random.Next() % 4)
        {
            case 0 when _lostDisks == 0 && IsKeptElsewhere(node):
                _lostDisks++;
                node.Disk = null;
                Note($"{node.Key} ends, its disk is lost");
                break;
            case 1:
                node.Disk!.CutPower();
                Note($"{node.Key} loses its power, {node.Disk.Head.Height} blocks are left");
                break;
            default:
                Note($"{node.Key} ends");
                break;
        }
    }

    /// <summary>One lost disk is tolerated while another copy is in the set: the last one is an operator's.</summary>
    private bool IsKeptElsewhere(ModelNode node) =>
        _log.Newest.Replicas!.InSync.Any(copy => copy.Node != node.Name && _nodes.Any(other => other.Name == copy.Node && other.Disk?.StoreId == copy.StoreId));

    private void FollowView(ModelNode node)
    {
        if (node.Core is null || node.Applied >= _log.Version) return;
        Follow(node, _log.At(++node.Applied));
    }

    private void Follow(ModelNode node, ClusterView view)
    {
        var shard = ModelControlLog.ShardOf(view);
        Perform(node, effects => node.Core!.OnView(
            new ReplicaPlacement(view.Version, shard.Term, shard.Leader == node.Key, shard.Replicas!, IncarnationIn(view)), _now, effects));
        node.Inserted.RemoveAll(inserted =>
        {
            if (inserted.At > view.Version) return false;
            if (!node.Settle(inserted, _log, Perform, _now)) node.Proposals.Add(inserted.Proposal);
            return true;
        });
    }

    private static Func<string, ulong> IncarnationIn(ClusterView view) => name => view.Members.GetValueOrDefault(name) is { Status: not MemberStatus.Down } member ? member.Key.Incarnation : 0;

    private void Write(ModelNode node)
    {
        if (node.Core is not { MayForm: true }) return;
        Writes++;
        Perform(node, effects => node.Core.Form(BitConverter.GetBytes(Writes), _now, effects));
    }

    /// <summary>The persistent store: moves its height under the fence, and the leader may hear of it.</summary>
    private void WriteBehind(ModelNode node)
    {
        if (node.Core is not { IsOpen: true, Leading: { } term } core || _storeTerm > term) return;
        _storeTerm = term;
        var height = _stored.Count - 1L;
        if (core.Start.Height > height) Violate($"{node.Key} leads with a log that begins above {height}, the height of the store");
        for (var left = _random.Next() % 6; left > 0 && height < core.Committed; left--)
        {
            _stored.Add(node.Disk!.DigestAt(++height));
            if (height > Committed || _stored[^1] != _committed[(int)height]) Violate($"{node.Key} writes block {height} behind, which is not the committed one");
        }
        if (_random.Chance(80)) core.OnWrittenBehind(height, _now);
    }

    private void EndFlush(ModelNode node)
    {
        if (!node.IsFlushing) return;
        node.IsFlushing = false;
        node.Disk!.Flushed();
        Perform(node, effects => node.Core!.OnFlushed(_now, effects));
    }

    private void Deliver()
    {
        if (_network.Count == 0) return;
        var span = _isHealed || _random.Chance(_inTime) ? Math.Min(8, _network.Count) : _network.Count;
        var at = (int)(_random.Next() % (ulong)span);
        var (from, node, life, message) = _network[at];
        if (_isHealed || !_random.Chance(20)) _network.RemoveAt(at); // Else it comes again.
        if (!_isHealed && _random.Chance(5)) _late.Add((from, node, life, message));
        if (!_isHealed && _random.Chance(10)) return;
        // What an ended node has sent may still be on its way; what was sent to one is gone.
        if (node.Core is not null && node.Life == life) Perform(node, effects => node.Core.OnMessage(from, message, _now, effects));
    }

    /// <summary>Something that was put aside, whenever that was.</summary>
    private void DeliverLate()
    {
        if (_late.Count == 0) return;
        var (from, node, life, message) = _late[(int)(_random.Next() % (ulong)_late.Count)];
        if (node.Core is not null && node.Life == life) Perform(node, effects => node.Core.OnMessage(from, message, _now, effects));
    }

    private void Pass(TimeSpan time)
    {
        _now += time;
        foreach (var node in _nodes)
            if (node.Core is not null) Perform(node, effects => node.Core.OnTime(_now, effects));
    }

    /// <summary>Sends what a node wants to propose to the store, at the version after the newest it knows.</summary>
    private void Attempt(ModelNode node)
    {
        if (node.Core is null || node.Proposals is not [var proposal, ..]) return;
        node.Proposals.RemoveAt(0);
        var shard = ModelControlLog.ShardOf(_log.At(node.Applied));
        if (shard.Replicas!.Version != proposal.PreviousReplicas || (proposal.Term != 0 && shard.Term != proposal.Term))
        {
            Perform(node, effects => node.Core.OnProposalSettled(proposal.Term, node.Applied, _now, effects));
            return;
        }
        _inserts.Add((node, node.Life, node.Applied + 1, proposal));
        node.Inserted.Add((node.Applied + 1, proposal));
    }

    private void Land()
    {
        if (_inserts.Count == 0) return;
        var at = (int)(_random.Next() % (ulong)_inserts.Count);
        var (by, life, version, proposal) = _inserts[at];
        _inserts.RemoveAt(at);
        // A late one finds its place taken; some are sent again as they are (SAFETY 1A-5), which the view has to notice.
        if (version != _log.Version + 1 && (_isHealed || _random.Chance(80))) return;
        var key = new NodeKey(by.Name, life);
        var change = new ReplicaChange(ModelControlLog.Shard, proposal.Term, proposal.PreviousReplicas, proposal.Replica, proposal.IsAdded, proposal.Why);
        var isAccepted = _log.Commit(key, new ControlChange.ReplicasChanged(ModelControlLog.Type, [change]));
        if (version == _log.Version) _log.Landed[version] = proposal;
        Note($"{version}: {key} {(proposal.IsAdded ? "adds" : "removes")} {proposal.Replica} in term {proposal.Term}{(isAccepted ? "" : " - rejected")}: {_log.Newest.Replicas}");
    }

    /// <summary>Now and then decided on an older view, or sent again without being decided anew.</summary>
    private void Promote()
    {
        var shard = ModelControlLog.ShardOf(_log.At(_isHealed || !_random.Chance(20) ? _log.Version : _log.Version - (long)(_random.Next() % 4)));
        var term = _log.Newest.Term;
        var candidates = _nodes.Where(node => node.Core is not null && shard.Replicas!.MayLead(node.Name) && _log.Head.IsAlive(node.Key)).ToArray();
        if (candidates.Length == 0) return;
        var next = candidates[_random.Next() % (ulong)candidates.Length];
        if (!_log.Commit(ModelControlLog.Orchestrator, new ControlChange.ShardsPlaced(
            ModelControlLog.Type, [new ShardPlacement(ModelControlLog.Shard, term, next.Key, [], shard.Replicas!.Version)]))) return;
        Promotions++;
        Note($"{_log.Version}: {next.Key} leads in term {_log.Version}: {_log.Newest.Replicas}");
    }

    private void AssignLearners()
    {
        var set = _log.Newest.Replicas!;
        if (!set.IsFounded) return;
        ImmutableArray<string> learners = [.. _nodes.Where(node => _log.Head.IsAlive(node.Key) && !set.InSync.Any(copy => copy.Node == node.Name)).Select(node => node.Name)];
        if (learners.SequenceEqual(set.Learners)) return;
        _log.Commit(ModelControlLog.Orchestrator, new ControlChange.LearnersAssigned(ModelControlLog.Type, [new LearnerAssignment(ModelControlLog.Shard, set.Version, learners)]));
    }

    private void DeclareLost(ModelNode node)
    {
        if (node.Core is not null || !_log.Head.IsAlive(node.Key)) return;
        _log.Commit(ModelControlLog.Orchestrator, new ControlChange.NodeDown(node.Key, new LossEvidence(LossKind.Supervisor, [], null, null, null, "")));
        Note($"{_log.Version}: {node.Key} is lost: {_log.Newest.Replicas}");
    }

    private void Perform(ModelNode node, Action<List<ReplicaEffect>> step)
    {
        var effects = new List<ReplicaEffect>();
        step(effects);
        foreach (var effect in effects) Perform(node, effect);
    }

    private void Perform(ModelNode node, ReplicaEffect effect)
    {
        switch (effect)
        {
            case ReplicaEffect.Send(var to, var message):
                var peer = _nodes.Single(candidate => candidate.Name == to);
                _network.Add((node.Name, peer, peer.Life, message));
                break;
            case ReplicaEffect.Flush:
                node.IsFlushing = true;
                _ = node.Disk!.FlushAsync();
                break;
            case ReplicaEffect.Committed(var height):
                OnCommitted(node, height);
                break;
            case ReplicaEffect.Opened(var term):
                _openedTerm = Math.Max(_openedTerm, term);
                if (node.Core!.Read(node.Core.Committed).Term != term) Violate($"{node.Key} serves in term {term} before a block of it is committed");
                Note($"{node.Key} opens term {term}");
                break;
            case ReplicaEffect.BeginAnew(var start, var recorded, var leader):
                BegunAnew++;
                node.Disk = new ModelDisk(_random.Next() | 1, start, OnTruncated);
                node.Disk.RecordTerm(recorded);
                (node.Core, node.IsFlushing) = (new ReplicaCore(node.Name, node.Disk, _limits), false);
                Note($"{node.Key} begins anew at {start.Height}: {node.Disk.StoreId:x16}");
                Follow(node, _log.At(node.Applied));
                if (_random.Chance(80)) Perform(node, begun => node.Core.OnBegun(leader, begun));
                break;
            case ReplicaEffect.Propose proposal:
                node.Proposals.Add(proposal);
                break;
        }
    }

    private void OnCommitted(ModelNode node, long height)
    {
        var core = node.Core!;
        for (var at = (int)node.Disk!.Start.Height + 1; at <= height; at++)
        {
            var digest = node.Disk.DigestAt(at);
            if (at < _committed.Count)
            {
                if (_committed[at] != digest) Violate($"I1: {node.Key} takes another block at height {at} for committed");
                continue;
            }
            if (core.Leading is not { } term) Violate($"{node.Key} follows and is the first to take height {at} for committed");
            else if (term < _openedTerm) Violate($"I3: height {at} is committed in term {term}, term {_openedTerm} is open");
            _committed.Add(digest);
        }
    }

    /// <summary>Inductive, and fires many steps before loss shows.</summary>
    private void Check()
    {
        var set = _log.Newest.Replicas!;
        foreach (var node in _nodes)
            if (node.Disk?.Start.Height >= _stored.Count) Violate($"{node.Key} has trimmed up to {node.Disk.Start.Height}; the store has {_stored.Count - 1}");
        foreach (var copy in set.InSync.Concat(set.Eligible))
        {
            var node = _nodes.Single(candidate => candidate.Name == copy.Node);
            if (node.Disk is null || node.Disk.StoreId != copy.StoreId || Committed == 0) continue;
            if (!node.Disk.Has(_committed[^1], Committed)) Violate($"I2: {copy} of the newest set lacks block {Committed}, which is committed; it has {node.Disk.Head.Height}");
        }
    }

    private void OnTruncated() => Truncations++;

    private void Violate(string what)
    {
        Violation ??= what;
        Note(what);
    }

    private void Note(string what) => _history.Add(what);
}
