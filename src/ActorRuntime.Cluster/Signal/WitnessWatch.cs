using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Watches the witness rows of clusters of two: which of them stood still for loss-after (SAFETY 1B-11).</summary>
/// <remarks>
/// Sans-IO. Time counts from the arrival of the first answer that showed a sequence, which is after the renewal was sent. Still rows are
/// evidence
/// only: the transaction that declares the loss checks the sequence again and fences the row.
/// </remarks>
internal sealed class WitnessWatch
{
    private readonly SortedDictionary<NodeKey, (long Sequence, MonotonicTime Since)> _rows = [];

    /// <summary>Takes in an answer of the store about the rows of <paramref name="nodes"/>; a row that is not there has the sequence
    /// 0.</summary>
    public void OnRows(IReadOnlyList<WitnessRow> rows, IReadOnlyCollection<NodeKey> nodes, MonotonicTime now)
    {
        foreach (var gone in _rows.Keys.Where(n => !nodes.Contains(n)).ToArray()) _rows.Remove(gone);
        foreach (var node in nodes)
        {
            var row = rows.FirstOrDefault(r => r.Node == node.Name && r.Incarnation == node.Incarnation);
            var sequence = row?.Sequence ?? 0;
            if (!_rows.TryGetValue(node, out var known) || known.Sequence != sequence) _rows[node] = (sequence, now);
        }
    }

    /// <summary>This node was not scheduled for a while, or the store could not be reached: what was seen says nothing about that
    /// time.</summary>
    public void Restart() => _rows.Clear();

    /// <summary>Rows that did not change for <paramref name="lossAfter"/>; ordered.</summary>
    public ImmutableArray<StillWitness> Still(TimeSpan lossAfter, MonotonicTime now) =>
        [.. _rows.Where(r => now - r.Value.Since >= lossAfter).Select(r => new StillWitness(r.Key, r.Value.Sequence))];
}
