using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>Which node has which registrations: a copy on every node, kept up to date by deltas from the nodes themselves.</summary>
/// <remarks>
/// Sans-IO. Model: members come from the view; messages between two nodes may be lost, doubled and overtaken; a node may start over
/// (another life) under the same incarnation. Each node alone writes its own registrations and numbers their changes; a peer holds a prefix
/// of them, says which, and is sent what follows until it says that it has it.
/// Invariants: while messages do not overtake each other (those of a connection do not), whoever has reached a version that a node had when
/// it sent believes of it what it had then; nothing is believed of a node that the view has lost; once messages arrive, all believe the
/// present. Removals are forgotten when all peers have them, or after a time: a peer that missed one then is told everything anew.
/// </remarks>
internal sealed class Registry(NodeKey self, long life, RegistryLimits limits)
{
    private static readonly IReadOnlyCollection<NodeKey> Nobody = [];

    private readonly SortedDictionary<string, Own> _own = new(StringComparer.Ordinal);
    private readonly SortedSet<(long Version, string Key)> _changes = new(ByVersion.Instance); // The newest change of each key in _own.
    private readonly SortedDictionary<NodeKey, Peer> _peers = [];
    private readonly Dictionary<string, SortedSet<NodeKey>> _holders = new(StringComparer.Ordinal); // Looked up only.
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal); // Those of _holders.
    private long _version = 1; // The first one says that a life began: peers forget what they know of an earlier one.
    private long _forgotten;

    /// <summary>Number of the newest change here.</summary>
    public long Version => _version;

    /// <summary>Keys registered here or on a node of the view.</summary>
    public IEnumerable<string> Keys => _keys;

    /// <summary>Keys registered here.</summary>
    public int OwnCount { get; private set; }

    /// <summary>Removals remembered for peers that have not heard of them.</summary>
    public int RemovalCount => _own.Count - OwnCount;

    /// <summary>The keys that begin with a text, in order.</summary>
    public IEnumerable<string> KeysBelow(string prefix) => _keys.GetViewBetween(prefix, prefix + char.MaxValue);

    /// <summary>The nodes that have a key, in order.</summary>
    public IReadOnlyCollection<NodeKey> HoldersOf(string key) => _holders.TryGetValue(key, out var holders) ? holders : Nobody;

    /// <summary>Registers a key of this node.</summary>
    public void Add(string key, MonotonicTime now, List<RegistryEffect> effects) => Change(key, true, now, effects);

    /// <summary>Takes a key of this node back.</summary>
    public void Remove(string key, MonotonicTime now, List<RegistryEffect> effects) => Change(key, false, now, effects);

    /// <summary>Takes in who the other members are: those gone have nothing any more.</summary>
    public void OnMembers(IEnumerable<NodeKey> members, List<RegistryEffect> effects)
    {
        var present = members.Where(member => member != self).ToImmutableSortedSet();
        foreach (var gone in _peers.Keys.Where(peer => !present.Contains(peer)).ToArray())
        {
            Clear(gone, _peers[gone]);
            _peers.Remove(gone);
        }
        foreach (var member in present)
        {
            if (_peers.ContainsKey(member)) continue;
            var peer = new Peer { SentAnewAt = _version };
            _peers.Add(member, peer);
            Send(member, peer, effects);
            effects.Add(Ask(member));
        }
    }

    /// <summary>Takes in a delta of another node. One of a node that is no member is for nobody: the view decides.</summary>
    public void OnDelta(NodeKey from, RegistryDelta delta, List<RegistryEffect> effects)
    {
        if (!_peers.TryGetValue(from, out var peer) || delta.Life < peer.Life) return;
        if (delta.Life == peer.Life && delta.Anew < peer.Anew) return; // Overtaken: it may name what was removed and is forgotten.
        if (delta.Life > peer.Life || (delta.From == 0 && delta.Anew > peer.Anew))
        {
            Clear(from, peer);
            (peer.Life, peer.Version, peer.Anew) = (delta.Life, 0, delta.Anew);
        }
        if (delta.Anew == peer.Anew && delta.From <= peer.Version && delta.To > peer.Version)
        {
            foreach (var entry in delta.Entries)
                if (entry.Version > peer.Version) Believe(from, peer, entry);
            peer.Version = delta.To;
        }
        effects.Add(new RegistryEffect.Acknowledge(from, new RegistryAck(life, peer.Life, peer.Anew, peer.Version)));
    }

    /// <summary>Takes in how much another node has of this one's registrations.</summary>
    public void OnAck(NodeKey from, RegistryAck ack, List<RegistryEffect> effects)
    {
        if (!_peers.TryGetValue(from, out var peer)) return;
        if (ack.By < peer.AnsweringLife) return; // What that life had is lost.
        peer.AnsweringLife = ack.By;
        if (!ack.IsQuestion && (ack.Life != life || ack.Anew != peer.SentAnewAt || ack.Version > _version)) return;
        (peer.Acknowledged, peer.IsUnderWay) = (ack.Version, false);
        Send(from, peer, effects);
    }

    /// <summary>Takes in the passing of time: sends again what was not acknowledged, forgets removals.</summary>
    public void OnTick(MonotonicTime now, List<RegistryEffect> effects)
    {
        Forget(now);
        foreach (var (node, peer) in _peers)
        {
            peer.IsUnderWay = false;
            Send(node, peer, effects);
            if (peer.Life == 0) effects.Add(Ask(node));
        }
    }

    /// <summary>Who starts over knows nothing of the others, who do not know that.</summary>
    private RegistryEffect.Acknowledge Ask(NodeKey node) => new(node, new RegistryAck(life, 0, 0, 0));

    private void Change(string key, bool isPresent, MonotonicTime now, List<RegistryEffect> effects)
    {
        var isKnown = _own.TryGetValue(key, out var own);
        if ((isKnown && own.IsPresent) == isPresent) return;
        if (isKnown) _changes.Remove((own.Version, key));
        _own[key] = new Own(++_version, isPresent, now);
        _changes.Add((_version, key));
        OwnCount += isPresent ? 1 : -1;
        SetHolder(key, self, isPresent);
        foreach (var (node, peer) in _peers) Send(node, peer, effects);
    }

    private void Send(NodeKey node, Peer peer, List<RegistryEffect> effects)
    {
        if (peer.IsUnderWay || peer.Acknowledged >= _version) return;
        if (Math.Max(peer.Acknowledged, peer.SentAnewAt) < _forgotten)
        {
            // It may hold what was removed and is forgotten: it starts over, and what is removed from now on is remembered for it.
            (peer.Acknowledged, peer.SentAnewAt) = (0, _version);
        }
        var entries = ImmutableArray.CreateBuilder<RegistryEntry>();
        var to = _version;
        foreach (var (version, key) in _changes.GetViewBetween((peer.Acknowledged + 1, ""), (long.MaxValue, "")))
        {
            if (entries.Count == limits.DeltaElementsMax)
            {
                to = entries[^1].Version;
                break;
            }
            entries.Add(new RegistryEntry(key, version, _own[key].IsPresent));
        }
        peer.IsUnderWay = true;
        effects.Add(new RegistryEffect.Tell(node, new RegistryDelta(life, peer.Acknowledged, to, peer.SentAnewAt, entries.ToImmutable())));
    }

    private void Forget(MonotonicTime now)
    {
        var heldByAll = _version;
        foreach (var peer in _peers.Values) heldByAll = Math.Min(heldByAll, peer.Acknowledged);
        foreach (var (version, key) in _changes.ToArray())
        {
            if (_own[key] is not { IsPresent: false } removed) continue;
            if (version > heldByAll && now - removed.Since < limits.RemovedTimeToLive) continue;
            _own.Remove(key);
            _changes.Remove((version, key));
            _forgotten = Math.Max(_forgotten, version);
        }
    }

    private void Believe(NodeKey from, Peer peer, RegistryEntry entry)
    {
        if (entry.IsPresent && peer.Keys.Count >= limits.RegistrationsMax) return; // More than any node may have.
        var isChanged = entry.IsPresent ? peer.Keys.Add(entry.Key) : peer.Keys.Remove(entry.Key);
        if (isChanged) SetHolder(entry.Key, from, entry.IsPresent);
    }

    private void Clear(NodeKey node, Peer peer)
    {
        foreach (var key in peer.Keys) SetHolder(key, node, false);
        peer.Keys.Clear();
    }

    private void SetHolder(string key, NodeKey node, bool holds)
    {
        if (!_holders.TryGetValue(key, out var holders))
        {
            if (!holds) return;
            _holders.Add(key, holders = []);
            _keys.Add(key);
        }
        if (holds) holders.Add(node);
        else holders.Remove(node);
        if (holders.Count > 0) return;
        _holders.Remove(key);
        _keys.Remove(key);
    }

    private sealed class ByVersion : IComparer<(long Version, string Key)>
    {
        public static ByVersion Instance { get; } = new();

        public int Compare((long Version, string Key) x, (long Version, string Key) y) => x.Version.CompareTo(y.Version);
    }

    private readonly record struct Own(long Version, bool IsPresent, MonotonicTime Since);

    private sealed class Peer
    {
        /// <summary>Its registrations as this node believes them: those of this life at this version; life 0 before it was heard.</summary>
        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal); // Order does not matter: only marked and unmarked one by one.

        public long Life { get; set; }

        public long Version { get; set; }

        public long Anew { get; set; }

        /// <summary>Its life that last acknowledged something.</summary>
        public long AnsweringLife { get; set; }

        /// <summary>How much it has of this node's registrations, as far as it said.</summary>
        public long Acknowledged { get; set; }

        /// <summary>Version of this node when it last began to tell everything.</summary>
        public long SentAnewAt { get; set; }

        /// <summary>A delta was sent and not answered; at most until the next tick.</summary>
        public bool IsUnderWay { get; set; }
    }
}

/// <summary>Bounds of a <see cref="Registry"/>.</summary>
internal sealed record RegistryLimits(int DeltaElementsMax, int RegistrationsMax, TimeSpan RemovedTimeToLive);

/// <summary>What a registry asks of its shell.</summary>
internal abstract record RegistryEffect
{
    private RegistryEffect() { }

    /// <summary>To the registry of a node.</summary>
    public sealed record Tell(NodeKey Node, RegistryDelta Delta) : RegistryEffect;

    /// <summary>To the registry that sent a delta.</summary>
    public sealed record Acknowledge(NodeKey Node, RegistryAck Ack) : RegistryEffect;
}
