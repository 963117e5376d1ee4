using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Management;

/// <summary>The port that <c>arctl</c> talks to: lines of JSON over TCP on the loopback interface.</summary>
internal sealed partial class ManagementServer : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);
    private readonly RuntimeEnvironment _environment;
    private readonly ManagementOptions _options;
    private readonly ManagementCommands _commands;
    private readonly ILogger _log;
    private readonly IStreamListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<long, Task> _connections = new();
    private readonly Task _accepting;
    private int _disposed;

    private ManagementServer(RuntimeEnvironment environment, ManagementOptions options, ManagementCommands commands, ILogger log)
    {
        (_environment, _options, _commands, _log) = (environment, options, commands, log);
        _listener = environment.Streams.Listen(options.EndPoint);
        commands.Add("management show", "", "this port: connections and what was refused", (_, _) => Task.FromResult<JsonNode>(Show()));
        _accepting = AcceptAsync();
    }

    /// <summary>The address bound, with the port the system chose.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>What happened on the port so far.</summary>
    public ManagementCounters Counters { get; } = new();

    /// <summary>Opens the port; from now on <paramref name="commands"/> must not change.</summary>
    /// <exception cref="IOException">The port is taken or not allowed; the message names it.</exception>
    public static ManagementServer Start(RuntimeEnvironment environment, ManagementOptions options,
        ManagementCommands commands, ILogger log) =>
        new(environment, options.Validated(), commands, log);

    /// <summary>Closes the port and all connections; done when no command runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_connections.Values).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (long number = 1; !_stop.IsCancellationRequested; number++)
        {
            try
            {
                var stream = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                if (_connections.Count >= _options.ConnectionsMax) await RefuseAsync(stream).ConfigureAwait(false);
                else Serve(stream, number);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (IOException e)
            {
                LogAccept(e); // Out of file descriptors, for example: the port stays open for when it is over.
                await Task.Delay(AcceptPause, _environment.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Serve(IStreamConnection stream, long number)
    {
        Counters.OnAccepted();
        var connection = new ManagementConnection(stream, _commands, _options, _environment.Time, Counters, _log);
        var done = new TaskCompletionSource();
        _connections[number] = done.Task;
        _ = RunAsync();

        async Task RunAsync()
        {
            try
            {
                await using (connection.ConfigureAwait(false)) await connection.RunAsync(_stop.Token).ConfigureAwait(false);
            }
            finally
            {
                _connections.TryRemove(number, out _);
                done.SetResult();
            }
        }
    }

    private async Task RefuseAsync(IStreamConnection stream)
    {
        Counters.OnRefused();
        var message = $"{_options.ConnectionsMax} connections are open (actor-runtime.management.connections-max)";
        var line = ManagementReply.Error(0, "busy", message, "close one, or try again later");
        await using (stream.ConfigureAwait(false)) await stream.SendAsync(line, _stop.Token).ConfigureAwait(false);
    }

    private JsonObject Show() => CommandResult.Fields(
        ("address", LocalEndPoint.ToString()),
        ("connections", _connections.Count),
        ("connections-max", _options.ConnectionsMax),
        ("accepted", Counters.Accepted),
        ("refused", Counters.Refused),
        ("hostile", Counters.Hostile),
        ("commands", Counters.Commands),
        ("failed", Counters.Failed));

    [LoggerMessage(EventId = 9103, Level = LogLevel.Error, Message = "Management port: cannot accept connections")]
    private partial void LogAccept(Exception exception);
}
