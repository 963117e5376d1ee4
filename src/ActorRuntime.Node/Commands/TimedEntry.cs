using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Node.Commands;

/// <summary>An entry of the control log with the time its row was written.</summary>
internal sealed record TimedEntry(LogEntry Entry, DateTimeOffset CommittedAt)
{
    /// <exception cref="EntryUnreadableException">The row is damaged, or a newer version wrote it.</exception>
    public static TimedEntry Read(ControlLogRow row) => new(EntryCodec.Decode(row.Text), row.CommittedAt);
}
