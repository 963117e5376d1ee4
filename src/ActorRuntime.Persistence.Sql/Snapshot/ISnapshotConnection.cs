using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Snapshot;

/// <summary>The snapshots' tables in one database.</summary>
internal interface ISnapshotDatabase : IDisposable
{
    /// <summary>The file, or server and database: how messages call it.</summary>
    string Name { get; }

    /// <summary>How long to wait before an attempt on a new connection; zero where opening waits itself.</summary>
    TimeSpan RetryDelay { get; }

    /// <param name="mayCreate">False after the first time: a store that vanished since must not come back empty.</param>
    /// <exception cref="StoreUnreachableException">Not now; try again.</exception>
    /// <exception cref="StoreRefusedException">No retry mends it; nothing was changed.</exception>
    ISnapshotConnection Open(bool mayCreate);
}

/// <summary>What the snapshot store asks of a database, on one connection. Blocking; one thread at a time.</summary>
/// <remarks>Every call may end with a <see cref="DatabaseFailureException"/>; to repeat it does no harm.</remarks>
internal interface ISnapshotConnection : IDisposable
{
    /// <exception cref="FencedException">A higher term is there.</exception>
    void Raise(WriterFence fence);

    /// <exception cref="FencedException">The writer does not hold its scope.</exception>
    void Save(WriterFence writer, StoredSnapshot snapshot);

    /// <exception cref="SnapshotDamagedException">The newest one within the criteria does not match its checksum.</exception>
    StoredSnapshot? Load(string persistenceId, SnapshotSelectionCriteria criteria);

    /// <exception cref="FencedException">The writer does not hold its scope.</exception>
    void Delete(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria);
}
