using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Management;

/// <summary>Serves one client: reads requests, carries commands out beside each other, writes replies one at a time.</summary>
internal sealed partial class ManagementConnection(
    IStreamConnection stream, ManagementCommands commands, ManagementOptions options, TimeProvider time,
        ManagementCounters counters, ILogger log)
    : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, Running> _running = new();
    private readonly ConcurrentDictionary<Running, bool> _unfinished = new();
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Done when the client went away, sent rubbish, or <paramref name="stop"/> was cancelled; then nothing of it runs any
    /// more.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            await ReadAsync(closing).ConfigureAwait(false);

            // The client has said all it will say: what it asked for is still answered, what it followed ends.
            foreach (var running in _running.Values.Where(running => running.Follows)) await running.CancelAsync().ConfigureAwait(false);
            await FinishAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client is gone or the node stops: there is nobody to tell.
        }
        finally
        {
            await closing.CancelAsync().ConfigureAwait(false);
            await FinishAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connection; call when <see cref="RunAsync"/> is done.</summary>
    public async ValueTask DisposeAsync()
    {
        _writing.Dispose();
        await stream.DisposeAsync().ConfigureAwait(false);
    }

    private Task FinishAsync() => Task.WhenAll(_unfinished.Keys.Select(running => running.Done));

    private async Task ReadAsync(CancellationTokenSource closing)
    {
        var lines = new LineBuffer((int)options.RequestBytesMax);
        while (await stream.ReceiveAsync(lines.Room(), closing.Token).ConfigureAwait(false) is var count and > 0)
        {
            lines.Advance(count);
            while (lines.TryRead(out var line))
            {
                if (line.Span.Trim(" \r\t"u8).Length == 0) continue;
                if (ManagementRequest.Parse(line) is not { } request)
                {
                    await RefuseAsync("not a request; docs/management-protocol.md describes them", closing).ConfigureAwait(false);
                    return;
                }
                await AcceptAsync(request, closing).ConfigureAwait(false);
            }
            if (!lines.IsOverfull) continue;
            var tooLong = $"a request is longer than {options.RequestBytesMax} bytes (request-bytes-max)";
            await RefuseAsync(tooLong, closing).ConfigureAwait(false);
            return;
        }
    }

    /// <summary>Answers what is no request, and ends all that runs: whoever sends it is not a client.</summary>
    private async Task RefuseAsync(string message, CancellationTokenSource closing)
    {
        counters.OnHostile();
        LogHostile(stream.RemoteEndPoint.ToString() ?? "", message);
        await SendAsync(ManagementReply.Error(0, "bad-request", message, null), closing).ConfigureAwait(false);
        await closing.CancelAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync(ManagementRequest request, CancellationTokenSource closing)
    {
        if (request.Cancel)
        {
            if (_running.TryGetValue(request.Id, out var running)) await running.CancelAsync().ConfigureAwait(false);
            return;
        }
        var refusal = _running.ContainsKey(request.Id) ? $"command {request.Id} is still under way; choose another id"
            : _running.Count >= options.CommandsMax ? $"{options.CommandsMax} commands are under way on this connection (commands-max)"
            : null;
        if (refusal is not null)
        {
            await SendAsync(ManagementReply.Error(request.Id, "busy", refusal, null), closing).ConfigureAwait(false);
            return;
        }
        counters.OnCommand();
        var next = new Running(request.Follow, closing.Token);
        _running[request.Id] = next;
        _unfinished[next] = true;
        next.Done = ExecuteAsync(request, next, closing);
    }

    private async Task ExecuteAsync(ManagementRequest request, Running running, CancellationTokenSource closing)
    {
        // A handler that works long before its first await must not hold up the reading of the next request.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var last = await AnswerAsync(request, running, closing).ConfigureAwait(false);
        _running.TryRemove(request.Id, out _);
        if (!closing.IsCancellationRequested) await SendAsync(last, closing).ConfigureAwait(false);
        _unfinished.TryRemove(running, out _);
        running.Dispose();
    }

    /// <summary>Carries the command out.</summary>
    /// <returns>The last line of the answer.</returns>
    [SuppressMessage("Design", "CA1031",
        Justification = "The edge of the process: a handler's failure is its client's answer, never the node's end.")]
    private async Task<ReadOnlyMemory<byte>> AnswerAsync(ManagementRequest request, Running running, CancellationTokenSource closing)
    {
        try
        {
            var (command, arguments) = commands.Find(request.Words);
            if (command.Stream is { } stream)
            {
                await foreach (var item in stream(arguments, request.Follow, running.Token).ConfigureAwait(false))
                    await SendAsync(Bounded(ManagementReply.Item(request.Id, item)), closing).ConfigureAwait(false);
                return ManagementReply.End(request.Id);
            }
            using var timeout = new CancellationTokenSource(options.CommandTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, running.Token);
            try
            {
                var result = await command.Handler!(arguments, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
                return Bounded(ManagementReply.Result(request.Id, result));
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                return Failed(request, "timeout", $"no answer within {options.CommandTimeout.TotalSeconds} s",
                    "whether it was carried out is unknown: look before you repeat it");
            }
        }
        catch (CommandRefusedException e)
        {
            return Failed(request, e.Code, e.Message, e.Hint);
        }
        catch (OperationCanceledException) when (running.Token.IsCancellationRequested)
        {
            return ManagementReply.End(request.Id);
        }
        catch (Exception e)
        {
            LogFailed(string.Join(' ', request.Words), e);
            return Failed(request, "failed", e.Message, "the node's log has more");
        }
    }

    private ReadOnlyMemory<byte> Failed(ManagementRequest request, string code, string message, string? hint)
    {
        counters.OnFailed();
        return ManagementReply.Error(request.Id, code, message, hint);
    }

    private ReadOnlyMemory<byte> Bounded(ReadOnlyMemory<byte> line) =>
        line.Length <= options.ReplyBytesMax
            ? line
            : throw new CommandRefusedException(
                "too-large", $"the answer has {line.Length} bytes; reply-bytes-max is {options.ReplyBytesMax}", "ask for less");

    private async Task SendAsync(ReadOnlyMemory<byte> line, CancellationTokenSource closing)
    {
        try
        {
            await _writing.WaitAsync(closing.Token).ConfigureAwait(false);
            try
            {
                await stream.SendAsync(line, closing.Token).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            await closing.CancelAsync().ConfigureAwait(false); // The client is gone: nothing that runs for it has a purpose any more.
        }
    }

    [LoggerMessage(EventId = 9101, Level = LogLevel.Warning, Message = "Management port: closed the connection from {Peer}: {Reason}")]
    private partial void LogHostile(string peer, string reason);

    [LoggerMessage(EventId = 9102, Level = LogLevel.Error, Message = "Management port: command '{Command}' failed")]
    private partial void LogFailed(string command, Exception exception);

    /// <summary>A command under way.</summary>
    private sealed class Running(bool follows, CancellationToken closing) : IDisposable
    {
        private readonly CancellationTokenSource _cancelled = CancellationTokenSource.CreateLinkedTokenSource(closing);

        public CancellationToken Token => _cancelled.Token;

        /// <summary>Whether it goes on until it is cancelled.</summary>
        public bool Follows { get; } = follows;

        public Task Done { get; set; } = Task.CompletedTask;

        public async Task CancelAsync()
        {
            try
            {
                await _cancelled.CancelAsync().ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself just now.
            }
        }

        public void Dispose() => _cancelled.Dispose();
    }
}
