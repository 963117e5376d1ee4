using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Workloads;

/// <summary>Somebody proposes entries that change nothing, each once, through all nodes, and writes down what became of them (SAFETY 1A-2).</summary>
internal sealed class Proposals
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    private readonly SimulatedCluster _cluster;
    private readonly Prng _random;
    private readonly List<(string Mark, Task<ProposalOutcome>? Outcome)> _proposed = [];
    private bool _isStopped;

    private Proposals(SimulatedCluster cluster) => (_cluster, _random) = (cluster, cluster.World.Random("proposals"));

    public static Proposals Start(SimulatedCluster cluster)
    {
        var proposals = new Proposals(cluster);
        proposals.Pause();
        return proposals;
    }

    /// <summary>Nothing is proposed any more.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>What is wrong with the log; null when each proposal is in it at most once, and none of which it was said that it never would be.</summary>
    public string? FindViolation()
    {
        var rows = new InMemoryControlLogStore(_cluster.Stores.Log).ReadAsync(1, int.MaxValue, default).AsTask().GetAwaiter().GetResult();
        var found = rows.SelectMany(static row => EntryCodec.Decode(row.Text).Changes.OfType<ControlChange.SignalTimingChanged>().Select(change => (change.Why, row.Version)))
            .ToLookup(static change => change.Why, static change => change.Version, StringComparer.Ordinal);
        foreach (var (mark, outcome) in _proposed)
        {
            var told = outcome is { IsCompletedSuccessfully: true } ? outcome.Result.Result : ProposalResult.Unknown;
            var count = found[mark].Count();
            if (count > 1) return $"{mark} is in the log {count} times, in versions {string.Join(", ", found[mark])}; its proposer was told {told}";
            if (count == 1 && told == ProposalResult.NotApplied) return $"{mark} is in the log as version {found[mark].First()}; its proposer was told that it will never be";
            if (count == 0 && told == ProposalResult.Committed) return $"{mark} is not in the log; its proposer was told that it is";
        }
        return null;
    }

    private void Pause() => _cluster.After(_random.Below(PauseMax), Propose);

    private void Propose()
    {
        if (_isStopped) return;
        Pause();
        var node = _cluster.Nodes[(int)(_random.Next() % (ulong)_cluster.Nodes.Count)];
        if (!node.IsUp) return;
        var (index, mark, signal) = (_proposed.Count, $"proposal {_proposed.Count}", _cluster.Settings.Cluster.Signal);
        _proposed.Add((mark, null));
        node.Run(n => _proposed[index] = (mark, n.Cluster.ProposeAsync([new ControlChange.SignalTimingChanged(signal.Interval, signal.Lease, signal.LossAfter, mark)], mark)));
    }
}
