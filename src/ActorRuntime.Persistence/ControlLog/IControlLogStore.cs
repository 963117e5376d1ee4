using System.Security.Cryptography;
using System.Text;

namespace ActorRuntime.Persistence.ControlLog;

/// <summary>The linearizable store of the control log: versioned rows with compare-and-set append, and the witness rows of small
/// clusters.</summary>
/// <remarks>
/// The text of a row is opaque here. Every call may be answered with <see cref="StoreUnreachableException"/> (nothing happened) or, for
/// calls that write, with an outcome of unknown, or with <see cref="StoreRefusedException"/>. No call blocks the caller's thread.
/// Calls on the log run one at a time in the order made, and so do calls on the witness rows; the two never wait for each other.
/// </remarks>
public interface IControlLogStore : IAsyncDisposable
{
    /// <summary>Opens or creates the store.</summary>
    /// <returns>Facts drawn once, when the store was created.</returns>
    /// <exception cref="StoreUnreachableException">The store does not answer; try again.</exception>
    /// <exception cref="StoreRefusedException">Locked by a foreign program, corrupt, of a newer version, disk full: says what, where and
    /// what to do. Nothing was overwritten.</exception>
    ValueTask<ControlLogIdentity> OpenAsync(CancellationToken cancellationToken);

    /// <summary>The highest version, 0 for an empty log.</summary>
    ValueTask<long> ReadHeadAsync(CancellationToken cancellationToken);

    /// <summary>Rows from <paramref name="fromVersion"/> on, in order, at most <paramref name="maxRows"/>. The first may be of a later
    /// version: what lies between was compacted away, or jumped over.</summary>
    ValueTask<IReadOnlyList<ControlLogRow>> ReadAsync(long fromVersion, int maxRows, CancellationToken cancellationToken);

    /// <summary>The head, the newest checkpoint, and what the log holds at <paramref name="known"/>, all of one moment.</summary>
    /// <param name="known">A version the caller has applied; 0 for none.</param>
    ValueTask<ControlLogBase> ReadBaseAsync(long known, CancellationToken cancellationToken);

    /// <summary>Inserts at <see cref="ControlLogAppend.Version"/> if <c>Seen</c> is still the head, with the text the proposer knows
    /// (SAFETY 1A-1), with all fences and the compaction of the append in one transaction.</summary>
    /// <returns>
    /// <see cref="AppendOutcome.Applied"/>: the row is durable. <see cref="AppendOutcome.Conflict"/>: another row has that version or is
    /// the head, or a witness check failed; nothing was written or deleted.
    /// <see cref="AppendOutcome.Unknown"/>: it may be there, or come later: settle by reading that version (SAFETY 1A-2).
    /// </returns>
    ValueTask<AppendOutcome> AppendAsync(ControlLogAppend append, CancellationToken cancellationToken);

    /// <summary>Renews the witness row of a node (SAFETY 1B-11): refused once the incarnation was fenced, for ever.</summary>
    /// <remarks>The first renewal makes the row, with sequence 1. A new incarnation gets a row only once its predecessor is fenced: the
    /// entry that lets it join carries that fence.</remarks>
    /// <returns>True: renewed, the lease counts from when the call was made. False: fenced, or another incarnation holds the
    /// row.</returns>
    /// <exception cref="StoreUnreachableException">Not renewed, as far as the lease goes; a disk that stays silent may still do it
    /// later, which lets observers wait longer and harms nobody.</exception>
    ValueTask<bool> RenewWitnessAsync(string node, ulong incarnation, CancellationToken cancellationToken);

    /// <summary>The witness rows as they are now: for each node the living one and the one fenced last.</summary>
    ValueTask<IReadOnlyList<WitnessRow>> ReadWitnessesAsync(CancellationToken cancellationToken);
}

/// <summary>Drawn when a control log was created.</summary>
/// <param name="StoreId">Random 64 bits: tells this log from every other.</param>
/// <param name="Secret">Random 32 bytes: the key of the signal channel where none is configured.</param>
public sealed record ControlLogIdentity(ulong StoreId, ReadOnlyMemory<byte> Secret);

/// <summary>One row of the control log.</summary>
/// <param name="Version">From 1, without gaps but for those an adoption jumps over.</param>
/// <param name="ProposalId">Drawn by the proposer: it recognises its own row by it.</param>
/// <param name="Text">The entry, JSON.</param>
/// <param name="CommittedAt">Wall clock of the proposer's machine at the insert; information only.</param>
public sealed record ControlLogRow(long Version, string ProposalId, string Text, DateTimeOffset CommittedAt);

/// <summary>A proposal: the row after <c>Seen</c>, and the witness rows that must stand still for it.</summary>
public sealed record ControlLogAppend(long Seen, string ProposalId, string Text, IReadOnlyList<WitnessFence> Fences)
{
    /// <summary>SHA-256 the head's text must have, see <see cref="ControlLogDigest"/>: on another history nothing is written. Empty for an
    /// empty log; null: the head is known by its version alone.</summary>
    public string? SeenDigest { get; init; }

    /// <summary>Version of the row: <c>Seen + 1</c>, or higher where a log is adopted after it lost entries (SAFETY 1A-4).</summary>
    public long Version { get; init; } = Seen + 1;

    /// <summary>What this row makes superfluous; null for most.</summary>
    public ControlLogCompaction? Compaction { get; init; }

    /// <exception cref="ArgumentException">A version that does not follow, or a checkpoint of another row than the head.</exception>
    public void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Seen);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Version, Seen);
        if (Compaction is not { } compaction) return;
        ArgumentOutOfRangeException.ThrowIfLessThan(compaction.KeepRows, 1);
        if (compaction.Checkpoint.Version != Seen || SeenDigest is null || compaction.Checkpoint.Digest != SeenDigest)
            throw new ArgumentException($"a checkpoint of version {compaction.Checkpoint.Version} cannot stand before {Version}: it sums up another head than {Seen}");
    }
}

/// <summary>Within the append: a checkpoint takes the place of the rows it sums up.</summary>
/// <param name="Checkpoint">Of exactly the version <c>Seen</c> and its digest; it replaces an older one.</param>
/// <param name="KeepRows">Rows up to the checkpoint that stay, from 1; of the older ones only the digests stay.</param>
public sealed record ControlLogCompaction(ControlLogCheckpoint Checkpoint, int KeepRows);

/// <summary>Everything the rows up to a version say.</summary>
/// <param name="Version">The newest row it sums up; that row is kept.</param>
/// <param name="Digest">SHA-256 of that row's text.</param>
/// <param name="Text">Opaque here.</param>
public sealed record ControlLogCheckpoint(long Version, string Digest, string Text);

/// <summary>Where a reader stands and begins.</summary>
/// <param name="Head">The highest version, 0 for an empty log.</param>
/// <param name="Checkpoint">The newest; null before the first compaction.</param>
/// <param name="KnownDigest">SHA-256 of the text at the version asked for, also when the row was compacted away; null when the log holds
/// none.</param>
/// <param name="IsSkipped">True when the log has versions below and above the one asked for but not that one: it was jumped over.</param>
public sealed record ControlLogBase(long Head, ControlLogCheckpoint? Checkpoint, string? KnownDigest, bool IsSkipped);

/// <summary>How rows are told apart: by the SHA-256 over their text.</summary>
public static class ControlLogDigest
{
    /// <summary>Digests of compacted rows that a store keeps, the newest; some 50 MB. Who has been away for longer cannot tell any more
    /// that it has seen this log.</summary>
    public const int KeptMax = 1_048_576;

    /// <summary>SHA-256 over the text in UTF-8, lower-case hexadecimal.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>Within the append: the witness row of (node, incarnation) is fenced by the new version, so that the incarnation renews no
/// more and its
/// successor may.</summary>
/// <param name="Sequence">The sequence the row must still have; 0: the incarnation has no row yet, and will never get one. Null where
/// the end of the
/// incarnation rests on other evidence: fenced whatever its sequence, and no harm if it is already.</param>
public sealed record WitnessFence(string Node, ulong Incarnation, long? Sequence);

/// <summary>A node's witness row.</summary>
/// <param name="Sequence">Raised by each renewal.</param>
/// <param name="FencedBy">Control-log version that fenced this incarnation, or null.</param>
public sealed record WitnessRow(string Node, ulong Incarnation, long Sequence, long? FencedBy);

/// <summary>What became of a write.</summary>
public enum AppendOutcome
{
    /// <summary>Durable.</summary>
    Applied,

    /// <summary>Somebody else was first; nothing was written.</summary>
    Conflict,

    /// <summary>Not known; see <see cref="IControlLogStore.AppendAsync"/>.</summary>
    Unknown,
}

/// <summary>The store did not answer or cannot be reached now; nothing was written by this call.</summary>
public sealed class StoreUnreachableException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>The store answered with something no retry mends: foreign lock, corruption, a newer version, a full disk.</summary>
public sealed class StoreRefusedException(string message, Exception? cause = null) : IOException(message, cause);
