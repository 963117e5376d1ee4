using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>A checkpoint that was read and counts for nothing until the rows around it vouch for it: the row it ends with, by digest, and the
/// entry after that, which names the digest of its text.</summary>
internal sealed class CheckpointCandidate(ControlLogCheckpoint checkpoint, ClusterView view)
{
    /// <summary>The view it would give.</summary>
    public ClusterView View { get; } = view;

    /// <exception cref="EntryUnreadableException">The text is of another build, or damaged.</exception>
    public static CheckpointCandidate Read(ControlLogCheckpoint checkpoint)
    {
        var view = CheckpointCodec.Decode(checkpoint.Text);
        if (view.Version != checkpoint.Version || view.Digest != checkpoint.Digest)
            throw new EntryUnreadableException($"it says that it is of version {view.Version}", isNewer: false);
        return new CheckpointCandidate(checkpoint, view);
    }

    /// <summary>Where to read from: as much of the past as one page holds beside the two rows that vouch.</summary>
    public long ReadFrom(LogOptions options) => Math.Max(1, View.Version + 2 - Math.Min(options.TailRows, options.ReadRows));

    /// <summary>Looks for the rows that vouch.</summary>
    /// <returns>Index of the entry after the checkpoint, if it fits; null when these rows do not hold the two, because the log was compacted
    /// again.</returns>
    /// <exception cref="EntryUnreadableException">They are there and do not fit.</exception>
    public int? FindNext(IReadOnlyList<ControlLogRow> rows)
    {
        var last = -1;
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Version == View.Version) last = i;
        if (last < 0 || last + 1 >= rows.Count) return null;
        var next = EntryCodec.Decode(rows[last + 1].Text);
        var isVouchedFor = EntryCodec.Digest(rows[last].Text) == View.Digest && next.PreviousDigest == View.Digest
            && next.Changes is [ControlChange.LogCompacted compacted]
            && compacted.Version == View.Version && compacted.CheckpointDigest == EntryCodec.Digest(checkpoint.Text);
        return isVouchedFor ? last + 1 : throw new EntryUnreadableException("the entries around it do not vouch for it", isNewer: false);
    }

    /// <summary>The rows up to the checkpoint that lead to it without a break, oldest first: kept for inspection only.</summary>
    public static IEnumerable<ControlLogRow> Past(IReadOnlyList<ControlLogRow> rows, int next)
    {
        var first = next - 1;
        while (first > 0 && Leads(rows[first - 1], rows[first])) first--;
        for (var i = first; i < next; i++) yield return rows[i];

        static bool Leads(ControlLogRow row, ControlLogRow to)
        {
            try
            {
                return EntryCodec.Decode(to.Text).PreviousDigest == EntryCodec.Digest(row.Text);
            }
            catch (EntryUnreadableException)
            {
                return false; // Of a build before this one: the past ends here.
            }
        }
    }
}
