using System.Globalization;
using ActorRuntime.Persistence.Sql.Postgres;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>Waits for the notifications of appends on a session of its own, and opens another one when that breaks.</summary>
/// <remarks>A notification is a hint and may be lost; so the head is read after each new session, and now and then. Nothing waits for it: who
/// follows the log polls as well.</remarks>
internal sealed class PostgresControlLogWatch : IAsyncDisposable
{
    /// <summary>Silence after which the session is tried; and the pause after a failure.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly PostgresServer _server;
    private readonly RuntimeEnvironment _environment;
    private readonly string _channel;
    private readonly IWorker _worker;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Action<long>? _advanced;
    private PostgresSession? _session; // The worker's alone.

    public PostgresControlLogWatch(PostgresOptions options, RuntimeEnvironment environment)
    {
        (_server, _environment) = (new PostgresServer(options), environment);
        _channel = PostgresControlLogSchema.Channel(options.Schema);
        _worker = environment.StartWorker("control-log-watch");
        _worker.Post(Run);
    }

    /// <summary>Who is told of the head.</summary>
    public Action<long> Advanced
    {
        set => _advanced = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _closed.Task.ConfigureAwait(false); // A session that is being opened has its time-outs.
        _worker.Dispose();
        _server.Dispose();
        _ended.Dispose();
    }

    private void Run()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                Listen();
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception e) when (e is IOException or PostgresFailureException || PostgresSession.IsOfTheServer(e))
            {
                Close();
                Pause();
            }
        }
        Close();
        _closed.SetResult();
    }

    private void Listen()
    {
        if (_session is null)
        {
            _session = _server.Open(PostgresControlLogSchema.Component, mayCreate: false);
            _session.Connection.Notification += (_, told) =>
            {
                if (long.TryParse(told.Payload, CultureInfo.InvariantCulture, out var version)) _advanced?.Invoke(version);
            };
            _session.Execute($"listen {_channel}");
        }
        _advanced?.Invoke(_session.QueryOne("select version from control_log_head", static row => row.GetInt64(0)));
        while (_session.Connection.WaitAsync(Period, _ended.Token).GetAwaiter().GetResult())
        {
            // Each notification was passed on.
        }
    }

    private void Pause()
    {
        try
        {
            Task.Delay(Period, _environment.Time, _ended.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private void Close()
    {
        _session?.Dispose();
        _session = null;
    }
}
