using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Node.Demo;

/// <summary>The control log as far as it was read, and the view it folds into: the same fold as on the nodes.</summary>
internal sealed class LogHistory
{
    private readonly List<TimedEntry> _entries = [];

    public IReadOnlyList<TimedEntry> Entries => _entries;

    public ClusterView View { get; private set; } = ClusterView.Empty;

    /// <summary>Takes the next row.</summary>
    /// <returns>Its entry.</returns>
    /// <exception cref="EntryUnreadableException">The row is damaged.</exception>
    public TimedEntry Append(ControlLogRow row)
    {
        var entry = TimedEntry.Read(row);
        View = ViewFold.Apply(View, entry.Entry, EntryCodec.Digest(row.Text));
        _entries.Add(entry);
        return entry;
    }
}
