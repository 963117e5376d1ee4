using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Postgres;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The control log in a PostgreSQL database that all nodes of a cluster share.</summary>
/// <remarks>A third worker and session, once somebody watches: it waits for the notification that every append sends.</remarks>
public sealed class PostgresControlLogStore : SqlControlLogStore, IWatchedControlLogStore
{
    private readonly PostgresControlLogOptions _options;
    private readonly RuntimeEnvironment _environment;
    private PostgresControlLogWatch? _watch;

    /// <param name="options">Validated here.</param>
    /// <param name="environment">Gives the workers and the clocks.</param>
    public PostgresControlLogStore(PostgresControlLogOptions options, RuntimeEnvironment environment)
        : base(new Database(options.Validated()), options.CallTimeout, options.OpenTimeout, environment) =>
        (_options, _environment) = (options, environment);

    /// <inheritdoc/>
    public void Watch(Action<long> advanced)
    {
        _watch ??= new PostgresControlLogWatch(_options.Server, _environment);
        _watch.Advanced = advanced;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_watch is not null) await _watch.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private sealed class Database(PostgresControlLogOptions options) : IControlLogDatabase
    {
        private readonly PostgresServer _server = new(options.Server);

        public string Name => _server.Name;

        public IControlLogConnection Open(bool mayCreate)
        {
            var session = _server.Open(PostgresControlLogSchema.Component, mayCreate);
            try
            {
                return new PostgresControlLogConnection(session, options.Server.Schema);
            }
            catch (PostgresFailureException e)
            {
                session.Dispose();
                throw e.Translate(Name, "open");
            }
        }

        public void Dispose() => _server.Dispose();
    }
}
