using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Why a node decides no more.</summary>
/// <param name="IsForked">Another history goes on: what this node was granted may have been granted twice.</param>
/// <param name="IsYounger">The store may still get back what it lost.</param>
internal sealed record LogRefusal(string Reason, bool IsForked = false, bool IsYounger = false);

/// <summary>What one node has applied of the control log, and whether the store still holds it: the reading half of <see cref="LogCore"/>.</summary>
/// <remarks>
/// A row counts only when the digest chain leads to it (SAFETY 1A-3), a checkpoint only when the rows around it vouch for it. A store that does
/// not hold what was applied, in this life or an earlier one, is refused (1A-4).
/// </remarks>
internal sealed class AppliedLog(LogOptions options, LogMemory memory)
{
    private readonly Queue<ControlLogRow> _tail = [];
    private CheckpointCandidate? _candidate;
    private long _gapAt = -1;

    /// <summary>The cluster as far as this node has read.</summary>
    public ClusterView View { get; private set; } = ClusterView.Empty;

    /// <summary>The newest rows applied, oldest first.</summary>
    public IReadOnlyCollection<ControlLogRow> Tail => _tail;

    /// <summary>The store must be asked where this node stands before any row of it is believed.</summary>
    public bool NeedsBase { get; set; } = true;

    /// <summary>The next rows begin with the one applied last, to compare.</summary>
    public bool VerifiesHead { get; set; }

    /// <summary>Entry of the newest compaction, 0 before the first.</summary>
    public long CompactedAt { get; set; }

    /// <summary>Where an adopted log must go on before this node writes anything else, and why; null for most.</summary>
    public (long To, string Why)? Jump { get; private set; }

    /// <summary>Why this node decides no more; null while it does.</summary>
    public LogRefusal? Refusal { get; set; }

    /// <summary>The version to ask the store about: the newest applied, else the newest remembered.</summary>
    public long Known => View.Version > 0 ? View.Version : memory.Mark?.StoreId == memory.StoreId ? memory.Mark.Version : 0;

    /// <summary>Where the next rows begin.</summary>
    public long ReadFrom => _candidate?.ReadFrom(options) ?? (VerifiesHead ? Math.Max(1, View.Version) : View.Version + 1);

    /// <summary>Judges the store, and takes its checkpoint on trial if that is ahead.</summary>
    public void OnBase(ControlLogBase found, List<LogEffect> effects)
    {
        if (View.Version == 0) JudgeAtStart(found, effects);
        else JudgeWhileRunning(LogJudge.Judge(View.Version, View.Digest, found), found.Head, effects);
        if (Refusal is not null || found.Checkpoint is not { } checkpoint || checkpoint.Version <= View.Version) return;
        try
        {
            _candidate = CheckpointCandidate.Read(checkpoint);
        }
        catch (EntryUnreadableException e)
        {
            Refusal = new(LogJudge.Unreadable($"The control log's checkpoint of version {checkpoint.Version}", View, e));
        }
    }

    /// <summary>Rows from <see cref="ReadFrom"/> on.</summary>
    public void OnRows(IReadOnlyList<ControlLogRow> rows, List<LogEffect> effects)
    {
        for (var index = Begin(rows); index < rows.Count && Refusal is null && !NeedsBase; index++) Apply(rows[index], effects);
    }

    /// <summary>The next row, known to be committed.</summary>
    public void Apply(ControlLogRow row, List<LogEffect> effects)
    {
        try
        {
            Apply(row, EntryCodec.Decode(row.Text), effects);
        }
        catch (EntryUnreadableException e)
        {
            Refusal = new(LogJudge.Unreadable($"Control log entry {row.Version}", View, e));
        }
    }

    private void Apply(ControlLogRow row, LogEntry entry, List<LogEffect> effects)
    {
        if (entry.Version != row.Version || (row.Version != View.Version + 1 && !ViewFold.IsJump(View, entry))) OnGap(row.Version);
        else if (entry.PreviousDigest != View.Digest) Refusal = new(LogJudge.Forked(View), IsForked: true);
        else
        {
            if (row.Version > View.Version + 1) OnJumped(row, effects);
            View = ViewFold.Apply(View, entry, EntryCodec.Digest(row.Text));
            if (entry.Changes is [ControlChange.LogCompacted]) CompactedAt = row.Version;
            Keep(row);
        }
    }

    /// <summary>A row that somebody says is committed: applied when it says that it follows the one applied last.</summary>
    public bool TryApply(ControlLogRow row, List<LogEffect> effects)
    {
        try
        {
            var entry = EntryCodec.Decode(row.Text);
            if (entry.PreviousDigest != View.Digest) return false;
            Apply(row, entry, effects);
            return true;
        }
        catch (EntryUnreadableException)
        {
            return false; // The store's own copy will tell whether it is newer or damaged.
        }
    }

    /// <summary>The row that came right after the one <paramref name="row"/> was proposed on; null when it was compacted before it was
    /// read.</summary>
    public ControlLogRow? OccupantOf(ControlLogAppend row)
    {
        var occupant = _tail.FirstOrDefault(candidate => candidate.Version > row.Seen);
        return occupant is not null && EntryCodec.Decode(occupant.Text).PreviousDigest == row.SeenDigest ? occupant : null;
    }

    /// <summary>Takes the checkpoint, or checks that the row applied last is still there.</summary>
    /// <returns>Index of the first row to apply.</returns>
    private int Begin(IReadOnlyList<ControlLogRow> rows)
    {
        if (_candidate is { } candidate) return Install(candidate, rows);
        if (!VerifiesHead || View.Version == 0) return 0;
        VerifiesHead = false;
        if (rows.Count > 0 && rows[0].Version == View.Version)
        {
            if (EntryCodec.Digest(rows[0].Text) != View.Digest) Refusal = new(LogJudge.Forked(View), IsForked: true);
            return 1;
        }
        NeedsBase = true; // Compacted away, or lost.
        return rows.Count;
    }

    private int Install(CheckpointCandidate candidate, IReadOnlyList<ControlLogRow> rows)
    {
        _candidate = null;
        try
        {
            if (candidate.FindNext(rows) is not { } next)
            {
                NeedsBase = true; // The log was compacted again since.
                return rows.Count;
            }
            _tail.Clear();
            foreach (var row in CheckpointCandidate.Past(rows, next)) Keep(row);
            View = candidate.View;
            VerifiesHead = false;
            return next;
        }
        catch (EntryUnreadableException e)
        {
            Refusal = new(LogJudge.Unreadable($"The control log's checkpoint of version {candidate.View.Version}", View, e));
            return rows.Count;
        }
    }

    /// <summary>Rows that were compacted away are no damage: the checkpoint holds what they said. It is asked for once.</summary>
    private void OnGap(long version)
    {
        if (_gapAt == View.Version) Refusal = new(LogJudge.Gap(View, version));
        _gapAt = View.Version;
        NeedsBase = true;
    }

    private void OnJumped(ControlLogRow row, List<LogEffect> effects)
    {
        effects.Add(new LogEffect.Notice($"The control log was adopted after entries were lost: from version {View.Version} it goes on at {row.Version}"));
        if (Jump is { } jump && row.Version >= jump.To) Jump = null;
    }

    private void Keep(ControlLogRow row)
    {
        _tail.Enqueue(row);
        if (_tail.Count > options.TailRows) _tail.Dequeue();
    }

    /// <summary>What this node remembers of an earlier life must be in the log; an operator may decide otherwise.</summary>
    private void JudgeAtStart(ControlLogBase found, List<LogEffect> effects)
    {
        if (Jump is not null || memory.Mark is not { } mark) return;
        var standing = mark.StoreId == memory.StoreId ? LogJudge.Judge(mark.Version, mark.Digest, found) : LogStanding.Foreign;
        if (standing is LogStanding.Same or LogStanding.Skipped) return;
        var why = LogJudge.AtStart(standing, memory, found.Head);
        if (!memory.Adopts)
        {
            Refusal = new(why);
            return;
        }
        Jump = (Math.Max(Math.Max(mark.Version, found.Head), memory.TermMax) + LogCore.JumpMargin,
            $"version {mark.Version} was seen, {found.Head} is there");
        effects.Add(new LogEffect.Notice("Adopting the control log at an operator's word (--adopt-log), which would be refused otherwise. " + why));
    }

    private void JudgeWhileRunning(LogStanding standing, long head, List<LogEffect> effects)
    {
        if (standing == LogStanding.Younger) Refusal ??= new(LogJudge.Younger(View, head), IsYounger: true);
        else if (standing != LogStanding.Same) Refusal = new(LogJudge.Forked(View), IsForked: true);
        else if (Refusal is { IsYounger: true })
        {
            Refusal = null;
            effects.Add(new LogEffect.Resumed());
        }
    }
}
