using System.Diagnostics.CodeAnalysis;
using System.Net;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>The links of one node, one per live member of the view: whom it observes, whom it signals, whom it asks.</summary>
/// <remarks>A link lives as long as its incarnation does, whatever becomes of the observer sets: its sequences must never begin anew.</remarks>
internal sealed class LinkTable(NodeKey self, SignalRules rules, SilentList lostPeers)
{
    private const int CandidatesSignalled = 3; // The orchestrator and who would follow it hear all votes.

    private readonly Dictionary<ulong, PeerLink> _byIncarnation = []; // Looked up only.
    private readonly Dictionary<ulong, NodeKey> _names = [];
    private ClusterView _view = ClusterView.Empty;

    /// <summary>Ordered by node.</summary>
    public PeerLink[] Links { get; private set; } = [];

    /// <summary>Names of all incarnations of the view, the lost ones included.</summary>
    public IReadOnlyDictionary<ulong, NodeKey> Names => _names;

    public bool TryFind(ulong incarnation, [NotNullWhen(true)] out PeerLink? link) => _byIncarnation.TryGetValue(incarnation, out link);

    /// <summary>Follows the view: new members are watched, observed ones that were lost go to the silent list.</summary>
    public void Update(ClusterView view, IReadOnlyDictionary<NodeKey, IPEndPoint> endPoints, SignalTiming timing, MonotonicTime now)
    {
        _view = view;
        foreach (var link in Links)
        {
            if (!IsKept(link.Peer)) Forget(link, timing, now);
        }
        var links = new List<PeerLink>();
        foreach (var member in view.Members.Values) // Ordered by name, one incarnation each.
        {
            if (member.Key == self || !IsKept(member.Key)) continue;
            if (!_byIncarnation.TryGetValue(member.Key.Incarnation, out var link))
                _byIncarnation.Add(member.Key.Incarnation, link = new PeerLink(member.Key));
            if (endPoints.TryGetValue(member.Key, out var endPoint)) link.EndPoint = endPoint;
            var observes = member.ObserverSets.Any(s => s.Observers.Contains(self));
            link.Detector = observes ? link.Detector ?? new FailureDetector(now) : null;
            link.PeerEpoch = member.ObserverSets.IsEmpty ? 0 : member.ObserverSets.Max(s => s.Epoch);
            links.Add(link);
        }
        Links = [.. links];
        _names.Clear();
        foreach (var member in view.Members.Values) _names[member.Key.Incarnation] = member.Key;
        foreach (var lost in view.Lost.Keys) _names[lost.Incarnation] = lost;
    }

    /// <summary>Whom to signal: those observed, the observers, who decides; and whoever's report is <paramref name="awaited"/>.</summary>
    public void UpdateTargets(IEnumerable<NodeKey> awaited)
    {
        var observers = _view.Find(self)?.ObserverSets.SelectMany(s => s.Observers).ToHashSet() ?? [];
        var deciders = _view.Serving.Take(CandidatesSignalled).Select(m => m.Key).ToHashSet();
        if (_view.Orchestrator is { } seat) deciders.Add(seat.Node);
        var asked = awaited.ToHashSet();
        foreach (var link in Links)
        {
            link.IsTarget = link.Detector is not null || observers.Contains(link.Peer) || deciders.Contains(link.Peer);
            link.IsAsked = asked.Contains(link.Peer);
        }
    }

    private bool IsKept(NodeKey peer) => _view.IsAlive(peer) || !rules.LostAreNotEchoed;

    private void Forget(PeerLink link, SignalTiming timing, MonotonicTime now)
    {
        _byIncarnation.Remove(link.Peer.Incarnation);
        var version = _view.Lost.TryGetValue(link.Peer, out var lost) ? lost.Version : _view.Version;
        if (link.Detector is { } detector) lostPeers.Add(link.Peer.Incarnation, version, detector.SilentAt(timing), now);
    }
}
