using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Gathers what signals, second route and witness rows say into the evidence the orchestrator decides on. Pure; wall-clock times
/// are
/// information only.</summary>
internal sealed class EvidenceBook(NodeKey self)
{
    private readonly SortedDictionary<(NodeKey Peer, NodeKey Observer), LossVote> _votes = [];
    private readonly SortedDictionary<NodeKey, LossProof> _proofs = [];
    private readonly SortedSet<NodeKey> _steppedDown = [];
    private ImmutableSortedDictionary<NodeKey, AppliedReport> _reports = ImmutableSortedDictionary<NodeKey, AppliedReport>.Empty;
    private ImmutableArray<StillWitness> _stillWitnesses = [];
    private ImmutableArray<NodeKey> _silenced = [];
    private ClusterView _view = ClusterView.Empty;
    private bool _hasChanged;
    private long _newestSaid;

    /// <summary>Forgets whoever is no live member any more.</summary>
    public void OnView(ClusterView view)
    {
        var changed = MemberTrail.Between(_view, view);
        _view = view;
        foreach (var vote in _votes.Keys.Where(v => !view.IsAlive(v.Peer) || !view.IsAlive(v.Observer)).ToArray())
            Changed(_votes.Remove(vote));
        foreach (var node in _proofs.Keys.Where(n => !view.IsAlive(n)).ToArray()) Changed(_proofs.Remove(node));
        if (!view.IsAlive(self)) Forget(self); // It has reports of its own before it is a member.
        foreach (var (before, _) in changed)
            if (before is not null && !view.IsAlive(before.Key)) Forget(before.Key);
        Changed(_steppedDown.RemoveWhere(n => !view.IsAlive(n)) > 0);
    }

    /// <summary>This node supports a loss.</summary>
    public void Support(NodeKey peer, DateTimeOffset? suspectedAt, DateTimeOffset confirmedAt, string detail)
    {
        _votes[(peer, self)] = new LossVote(self, peer, suspectedAt, confirmedAt, detail);
        Changed(true);
    }

    /// <summary>This node takes its support back.</summary>
    public void Restore(NodeKey peer) => Changed(_votes.Remove((peer, self)));

    /// <summary>What a node says of itself, this node included.</summary>
    public void Report(SignalEvent.Reported report, DateTimeOffset now)
    {
        if (!_view.IsAlive(report.From) && report.From != self) return;
        var applied = new AppliedReport(report.From, report.AppliedVersion, report.HandedOverVersion);
        if (!_reports.TryGetValue(report.From, out var before) || before != applied)
        {
            _reports = _reports.SetItem(report.From, applied);
            _newestSaid = Math.Max(_newestSaid, applied.Version);
            Changed(true);
        }
        Changed(report.SteppedDown ? _steppedDown.Add(report.From) : _steppedDown.Remove(report.From));
        if (report.From == self) return;

        foreach (var (peer, observer) in _votes.Keys.Where(v => v.Observer == report.From && !report.Supports.Contains(v.Peer)).ToArray())
            Changed(_votes.Remove((peer, observer)));
        foreach (var peer in report.Supports)
        {
            if (_view.IsAlive(peer)) Changed(_votes.TryAdd((peer, report.From), new LossVote(report.From, peer, null, now, "")));
        }
    }

    /// <summary>The process of a peer is known to have ended.</summary>
    /// <returns>False when that was known, or the peer is no live member.</returns>
    public bool Prove(NodeKey peer, LossEvidence evidence)
    {
        var isNews = _view.IsAlive(peer) && _proofs.TryAdd(peer, new LossProof(peer, evidence));
        Changed(isNews);
        return isNews;
    }

    /// <summary>The witness rows that stand still now.</summary>
    public void Witnesses(ImmutableArray<StillWitness> still)
    {
        Changed(!still.SequenceEqual(_stillWitnesses));
        _stillWitnesses = still;
    }

    /// <summary>The lost incarnations for which this node's take-over gate is open.</summary>
    public void Gates(ImmutableArray<NodeKey> silenced)
    {
        Changed(!silenced.SequenceEqual(_silenced));
        _silenced = silenced;
    }

    /// <summary>The evidence, if it changed since it was taken last.</summary>
    public Evidence? TakeChanged()
    {
        if (!_hasChanged) return null;
        var newest = _newestSaid;
        (_hasChanged, _newestSaid) = (false, 0);
        return new Evidence(
            [.. _votes.Values], [.. _proofs.Values], _reports, _stillWitnesses,
            [.. _steppedDown])
        {
            Silenced = _silenced,
            NewestVersion = newest,
        };
    }

    private void Forget(NodeKey node)
    {
        if (!_reports.ContainsKey(node)) return;
        _reports = _reports.Remove(node);
        Changed(true);
    }

    private void Changed(bool hasChanged) => _hasChanged |= hasChanged;
}
