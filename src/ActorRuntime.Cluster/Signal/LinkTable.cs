using System.Diagnostics.CodeAnalysis;
using System.Net;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>The links of one node, one per live member of the view: whom it observes, whom it signals, whom it asks.</summary>
/// <remarks>A link lives as long as its incarnation does, whatever becomes of the observer sets: its sequences must never begin anew. What is done for every
/// signal looks at the few whom this node observes or signals; what is done for a view at the members it changed.</remarks>
#pragma warning disable CA1852 // The simulator makes broken ones of it.
internal class LinkTable(NodeKey self, SilentList lostPeers)
#pragma warning restore CA1852
{
    private const int CandidatesSignalled = 3; // The orchestrator and who would follow it hear all votes.

    private readonly Dictionary<ulong, PeerLink> _byIncarnation = []; // Looked up only.
    private readonly Dictionary<ulong, NodeKey> _names = [];
    private readonly SortedDictionary<NodeKey, PeerLink> _links = [];
    private readonly SortedDictionary<NodeKey, PeerLink> _observed = [];
    private readonly SortedSet<NodeKey> _unresolved = []; // Live members without an address.
    private readonly SortedSet<NodeKey> _targets = [], _asked = [];
    private ClusterView _view = ClusterView.Empty;
    private PeerLink[]? _all;
    private bool _hasUnknownNames;

    /// <summary>Ordered by node.</summary>
    public PeerLink[] Links => _all ??= [.. _links.Values];

    /// <summary>Those whom this node observes; ordered by node.</summary>
    public PeerLink[] Observed { get; private set; } = [];

    /// <summary>Those whom this node signals, or asks; ordered by node.</summary>
    public PeerLink[] Signalled { get; private set; } = [];

    /// <summary>Names of all incarnations of the view, the lost ones included.</summary>
    public IReadOnlyDictionary<ulong, NodeKey> Names => _names;

    public bool TryFind(ulong incarnation, [NotNullWhen(true)] out PeerLink? link) => _byIncarnation.TryGetValue(incarnation, out link);

    /// <summary>Follows the view: new members are watched, observed ones that were lost go to the silent list.</summary>
    public void Update(ClusterView view, IReadOnlyDictionary<NodeKey, IPEndPoint> endPoints, SignalTiming timing, MonotonicTime now)
    {
        var (old, changed) = (_view, MemberTrail.Between(_view, view));
        _view = view;
        foreach (var (before, _) in changed)
        {
            if (before is not null && _links.TryGetValue(before.Key, out var link) && !IsKept(before.Key)) Forget(link, timing, now);
        }
        foreach (var (_, member) in changed)
        {
            if (member is not null && member.Key != self && IsKept(member.Key)) Follow(member, now);
        }
        foreach (var peer in _unresolved.ToArray())
        {
            if (endPoints.TryGetValue(peer, out var endPoint) && _unresolved.Remove(peer)) _links[peer].EndPoint = endPoint;
        }
        if (changed.Count > 0) Observed = [.. _observed.Values];
        if (changed.Count > 0 || !ReferenceEquals(old.Lost, view.Lost)) Name(old, changed);
        FollowTargets();
    }

    /// <summary>What a peer said last, in names.</summary>
    public SignalEvent.Reported ReportOf(PeerLink link)
    {
        var report = link.Report(_names);
        _hasUnknownNames |= link.HasUnknownNames;
        return report;
    }

    /// <summary>What was said in incarnations that had no name then.</summary>
    public List<SignalEvent.Reported> RepeatUnknown()
    {
        var reports = new List<SignalEvent.Reported>();
        if (!_hasUnknownNames) return reports;
        _hasUnknownNames = false;
        foreach (var link in Links)
            if (link.HasUnknownNames) reports.Add(ReportOf(link));
        return reports;
    }

    /// <summary>Who else is asked for a report, at every interval.</summary>
    public void Ask(IEnumerable<NodeKey> awaited)
    {
        var hadNone = _asked.Count == 0;
        foreach (var peer in _asked)
        {
            if (_links.TryGetValue(peer, out var link)) link.IsAsked = false;
        }
        _asked.Clear();
        foreach (var peer in awaited)
        {
            if (!_links.TryGetValue(peer, out var link)) continue;
            link.IsAsked = true;
            _asked.Add(peer);
        }
        if (!hadNone || _asked.Count > 0) FollowSignalled();
    }

    /// <summary>Writes the incarnations whose loss this node supports, and returns how many.</summary>
    public int CopySupports(Span<ulong> into)
    {
        var count = 0;
        foreach (var link in Observed)
        {
            if (link.Detector is { SupportsLoss: true } && count < into.Length) into[count++] = link.Peer.Incarnation;
        }
        return count;
    }

    /// <summary>Whether a node is heard and echoed: not once the view calls it lost (SAFETY 1B-7).</summary>
    private protected virtual bool IsKept(NodeKey peer) => _view.IsAlive(peer);

    private void Forget(PeerLink link, SignalTiming timing, MonotonicTime now)
    {
        _all = null;
        _byIncarnation.Remove(link.Peer.Incarnation);
        _links.Remove(link.Peer);
        _observed.Remove(link.Peer);
        _unresolved.Remove(link.Peer);
        var version = _view.Lost.TryGetValue(link.Peer, out var lost) ? lost.Version : _view.Version;
        if (link.Detector is { } detector) lostPeers.Add(link.Peer.Incarnation, version, detector.SilentAt(timing), now);
    }

    private void Follow(Member member, MonotonicTime now)
    {
        if (!_links.TryGetValue(member.Key, out var link))
        {
            _all = null;
            _links.Add(member.Key, link = new PeerLink(member.Key));
            _byIncarnation.Add(member.Key.Incarnation, link);
            _unresolved.Add(member.Key);
        }
        var observes = member.ObserverSets.Any(s => s.Observers.Contains(self));
        link.Detector = observes ? link.Detector ?? new FailureDetector(now) : null;
        link.PeerEpoch = member.ObserverSets.IsEmpty ? 0 : member.ObserverSets.Max(s => s.Epoch);
        if (observes) _observed[member.Key] = link;
        else _observed.Remove(member.Key);
    }

    private void Name(ClusterView old, List<(Member? Before, Member? Now)> changed)
    {
        if (ReferenceEquals(old.Lost, _view.Lost))
        {
            foreach (var (before, member) in changed)
            {
                if (before is not null && before.Key != member?.Key && !_view.Lost.ContainsKey(before.Key)) _names.Remove(before.Key.Incarnation);
                if (member is not null) _names[member.Key.Incarnation] = member.Key;
            }
            return;
        }
        _names.Clear();
        foreach (var member in _view.Members.Values) _names[member.Key.Incarnation] = member.Key;
        foreach (var lost in _view.Lost.Keys) _names[lost.Incarnation] = lost;
    }

    /// <summary>Whom to signal: those observed, the observers, who decides.</summary>
    private void FollowTargets()
    {
        foreach (var peer in _targets)
        {
            if (_links.TryGetValue(peer, out var link)) link.IsTarget = false;
        }
        _targets.Clear();
        foreach (var peer in _observed.Keys) Target(peer);
        foreach (var set in _view.Find(self)?.ObserverSets ?? [])
            foreach (var observer in set.Observers) Target(observer);
        foreach (var member in _view.Serving.Take(CandidatesSignalled)) Target(member.Key);
        if (_view.Orchestrator is { } seat) Target(seat.Node);
        FollowSignalled();
    }

    private void Target(NodeKey peer)
    {
        if (!_links.TryGetValue(peer, out var link) || !_targets.Add(peer)) return;
        link.IsTarget = true;
    }

    private void FollowSignalled() => Signalled = [.. _targets.Union(_asked).Order().Where(_links.ContainsKey).Select(peer => _links[peer])];
}
