namespace ActorRuntime.Persistence.ControlLog;

/// <summary>The contents of a control log in memory, shared by the <see cref="InMemoryControlLogStore"/>s of several systems in one
/// process.</summary>
/// <remarks>Thread-safe. Its rules are those of <see cref="IControlLogStore"/>; the SQL stores pass the same conformance tests.</remarks>
/// <param name="identity">What a store draws when it is created; here from the caller, so that a run can be repeated.</param>
/// <param name="time">Stamps the rows.</param>
public sealed class InMemoryControlLog(ControlLogIdentity identity, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<ControlLogRow> _rows = []; // From the oldest one kept.
    private readonly SortedDictionary<long, string> _past = []; // Digests of the rows compacted away.
    private readonly List<WitnessRow> _witnesses = []; // One per (node, incarnation), in the order they came.
    private readonly Queue<ControlLogAppend> _late = [];
    private ControlLogCheckpoint? _checkpoint;

    /// <summary>Facts drawn when the log was created.</summary>
    public ControlLogIdentity Identity { get; } = identity;

    /// <summary>The highest version, 0 for an empty log.</summary>
    public long Head
    {
        get
        {
            lock (_lock) return LastVersion;
        }
    }

    /// <summary>Rows that are kept.</summary>
    public int RowCount
    {
        get
        {
            lock (_lock) return _rows.Count;
        }
    }

    private long LastVersion => _rows.Count == 0 ? 0 : _rows[^1].Version;

    /// <summary>Appends under way whose proposers were told "unknown".</summary>
    public int LateCount
    {
        get
        {
            lock (_lock) return _late.Count;
        }
    }

    /// <summary>Lets the oldest append that was held back arrive now: it is applied if its head still stands.</summary>
    /// <returns>What its proposer will never be told; null when none is under way.</returns>
    public AppendOutcome? DeliverLate()
    {
        lock (_lock) return _late.TryDequeue(out var append) ? Append(append) : null;
    }

    /// <summary>What a backup taken now would hold, under the same identity.</summary>
    public InMemoryControlLog Copy()
    {
        var copy = new InMemoryControlLog(Identity, time);
        lock (_lock)
        {
            copy._rows.AddRange(_rows);
            foreach (var (version, digest) in _past) copy._past.Add(version, digest);
            copy._witnesses.AddRange(_witnesses);
            copy._checkpoint = _checkpoint;
        }
        return copy;
    }

    /// <summary>Damages the text of the checkpoint, as a bad disk or a hand would.</summary>
    public void DamageCheckpoint(Func<string, string> damage)
    {
        lock (_lock) _checkpoint = _checkpoint! with { Text = damage(_checkpoint.Text) };
    }

    internal void HoldBack(ControlLogAppend append)
    {
        lock (_lock) _late.Enqueue(append);
    }

    internal AppendOutcome Append(ControlLogAppend append)
    {
        lock (_lock)
        {
            if (LastVersion != append.Seen) return AppendOutcome.Conflict;
            if (append.SeenDigest is { } seen && seen != HeadDigest) return AppendOutcome.Conflict;
            if (!append.Fences.All(StandsStill)) return AppendOutcome.Conflict;
            _rows.Add(new ControlLogRow(append.Version, append.ProposalId, append.Text, time.GetUtcNow()));
            foreach (var fence in append.Fences) Fence(fence, append.Version);
            if (append.Compaction is { } compaction) Compact(compaction);
            return AppendOutcome.Applied;
        }
    }

    internal IReadOnlyList<ControlLogRow> Read(long fromVersion, int maxRows)
    {
        lock (_lock) return [.. _rows.Where(row => row.Version >= fromVersion).Take(maxRows)];
    }

    internal ControlLogBase ReadBase(long known)
    {
        lock (_lock)
        {
            var digest = _past.GetValueOrDefault(known);
            if (_rows.Find(row => row.Version == known) is { } row) digest = ControlLogDigest.Of(row.Text);
            var oldest = _past.Count > 0 ? _past.Keys.First() : _rows.Count > 0 ? _rows[0].Version : long.MaxValue;
            return new ControlLogBase(LastVersion, _checkpoint, digest, digest is null && oldest < known && known < LastVersion);
        }
    }

    internal bool Renew(string node, ulong incarnation)
    {
        lock (_lock)
        {
            var index = IndexOf(node, incarnation);
            if (index < 0)
            {
                if (HasLivingRow(node)) return false;
                _witnesses.Add(new WitnessRow(node, incarnation, 1, null));
                return true;
            }
            var row = _witnesses[index];
            if (row.FencedBy is not null) return false;
            _witnesses[index] = row with { Sequence = row.Sequence + 1 };
            return true;
        }
    }

    internal IReadOnlyList<WitnessRow> Witnesses()
    {
        lock (_lock)
        {
            return [.. _witnesses
                .Where(row => row.FencedBy is null || row.FencedBy == _witnesses.Where(o => o.Node == row.Node).Max(o => o.FencedBy))
                .OrderBy(row => row.Node, StringComparer.Ordinal).ThenBy(row => row.FencedBy ?? long.MaxValue).ThenBy(row => row.Incarnation)];
        }
    }

    private string HeadDigest => _rows.Count == 0 ? "" : ControlLogDigest.Of(_rows[^1].Text);

    private void Compact(ControlLogCompaction compaction)
    {
        _checkpoint = compaction.Checkpoint;
        var deleted = Math.Max(0, _rows.Count - 1 - compaction.KeepRows);
        foreach (var row in _rows.Take(deleted)) _past.Add(row.Version, ControlLogDigest.Of(row.Text));
        _rows.RemoveRange(0, deleted);
        foreach (var version in _past.Keys.Take(_past.Count - ControlLogDigest.KeptMax).ToArray()) _past.Remove(version);
    }

    private bool StandsStill(WitnessFence fence)
    {
        if (fence.Sequence is null) return true;
        var index = IndexOf(fence.Node, fence.Incarnation);
        if (index < 0) return fence.Sequence == 0 && !HasLivingRow(fence.Node);
        return _witnesses[index].FencedBy is null && _witnesses[index].Sequence == fence.Sequence;
    }

    private void Fence(WitnessFence fence, long version)
    {
        var index = IndexOf(fence.Node, fence.Incarnation);
        if (index < 0) _witnesses.Add(new WitnessRow(fence.Node, fence.Incarnation, 0, version));
        else _witnesses[index] = _witnesses[index] with { FencedBy = _witnesses[index].FencedBy ?? version };
    }

    private bool HasLivingRow(string node) => _witnesses.Exists(row => row.Node == node && row.FencedBy is null);

    private int IndexOf(string node, ulong incarnation) =>
        _witnesses.FindIndex(row => row.Node == node && row.Incarnation == incarnation);
}
