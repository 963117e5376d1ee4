using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Makes the rows one node proposes: each names the view it was decided on by version and digest.</summary>
internal sealed class RowWriter(NodeKey self, Func<DateTimeOffset> wallClock)
{
    private long _proposals;

    /// <summary>What a decision becomes.</summary>
    public ControlLogAppend Of(ClusterView view, Decision decision) =>
        Row(view, view.Version + 1, decision.OrchestratorTerm, decision.Why, decision.Changes);

    /// <summary>Takes the place of a row whose outcome is unknown and whose witness check fails by now.</summary>
    public ControlLogAppend NoOpFor(ClusterView view, ControlLogAppend row) =>
        Row(view, row.Seen + 1, 0, $"takes the place of {row.ProposalId}", []);

    /// <summary>Goes on above every version that was ever seen.</summary>
    public ControlLogAppend Jump(ClusterView view, long to, string why) =>
        Row(view, Math.Max(to, view.Version + 2), 0, "an operator adopts the log: " + why, [new ControlChange.LogAdopted(view.Version, why)]);

    /// <summary>Sums up everything so far; null when the view is too large for that.</summary>
    public ControlLogAppend? Compaction(ClusterView view, int keepRows)
    {
        var text = CheckpointCodec.Encode(view);
        if (text.Length > CheckpointCodec.TextLengthMax) return null;
        var row = Row(view, view.Version + 1, 0, $"compacts the log up to version {view.Version}",
            [new ControlChange.LogCompacted(view.Version, EntryCodec.Digest(text))]);
        return row with { Compaction = new(new(view.Version, view.Digest, text), keepRows) };
    }

    private ControlLogAppend Row(ClusterView view, long version, long term, string why, ImmutableArray<ControlChange> changes)
    {
        var id = $"{self}/{++_proposals}";
        var entry = new LogEntry(version, view.Digest, id, self, term, wallClock(), why, changes);
        return new ControlLogAppend(view.Version, id, EntryCodec.Encode(entry), WitnessFences.Of(changes)) { Version = version, SeenDigest = view.Digest };
    }
}
