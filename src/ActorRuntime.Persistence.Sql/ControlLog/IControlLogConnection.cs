using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The control log's tables in one database.</summary>
internal interface IControlLogDatabase : IDisposable
{
    /// <summary>The file, or server and database: how messages call it.</summary>
    string Name { get; }

    /// <param name="mayCreate">False after the first time: a log that vanished since must not come back empty.</param>
    /// <exception cref="StoreUnreachableException">Not now; try again.</exception>
    /// <exception cref="StoreRefusedException">No retry mends it; nothing was changed.</exception>
    IControlLogConnection Open(bool mayCreate);
}

/// <summary>What the control log asks of a database, on one connection. Blocking; one thread at a time.</summary>
/// <remarks>Every call may end with a <see cref="DatabaseFailureException"/>: nothing was written, except by <see cref="Renew"/>, of which
/// that is not known.</remarks>
internal interface IControlLogConnection : IDisposable
{
    /// <summary>Facts drawn when the log was created.</summary>
    ControlLogIdentity Identity { get; }

    long Head();

    List<ControlLogRow> Read(long fromVersion, int maxRows);

    /// <summary>All of it is of one moment.</summary>
    ControlLogBase ReadBase(long known);

    AppendOutcome Append(ControlLogAppend append, DateTimeOffset now);

    bool Renew(string node, ulong incarnation);

    List<WitnessRow> Witnesses();
}
