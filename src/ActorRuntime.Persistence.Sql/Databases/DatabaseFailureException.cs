using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Persistence.Sql.Databases;

/// <summary>A call to a database failed.</summary>
internal abstract class DatabaseFailureException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Nothing was done, the connection is as good as before: the same call may succeed at once.</summary>
    public abstract bool IsBusy { get; }

    /// <summary>Another connection may succeed where this one failed, now or soon.</summary>
    public abstract bool IsPassing { get; }

    /// <summary>Says in an operator's words what failed: <see cref="StoreUnreachableException"/> where waiting may help, else
    /// <see cref="StoreRefusedException"/>.</summary>
    /// <param name="store">The file, or server and database.</param>
    /// <param name="doing">What was tried, as in "could not ...".</param>
    public abstract IOException Translate(string store, string doing);
}
