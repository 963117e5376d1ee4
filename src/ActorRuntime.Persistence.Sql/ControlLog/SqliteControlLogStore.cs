using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The control log in a SQLite file that all node processes of one machine share.</summary>
/// <param name="options">Validated here.</param>
/// <param name="environment">Gives the two workers and the clocks.</param>
public sealed class SqliteControlLogStore(SqliteControlLogOptions options, RuntimeEnvironment environment)
    : SqlControlLogStore(new Database(options.Validated()), options.CallTimeout, options.OpenTimeout, environment)
{
    private protected override string? WhyNotOpened(StoreUnreachableException failure) =>
        failure.InnerException is not SqliteFailureException { IsBusy: true }
            ? null
            : $"{options.Path}: a program that is no node of this cluster holds an exclusive lock since " +
              $"at least {options.OpenTimeout.TotalSeconds:0.#} s; `fuser -v {options.Path}` names it. End it, or configure another path";

    private sealed class Database(SqliteControlLogOptions options) : IControlLogDatabase
    {
        public string Name => options.Path;

        public IControlLogConnection Open(bool mayCreate) => SqliteControlLogConnection.Open(options, mayCreate);

        public void Dispose()
        {
        }
    }
}
