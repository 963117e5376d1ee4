using System.Diagnostics;

namespace ActorRuntime.Node.Processes;

/// <summary>A node process started by this one. Its standard output and error go to a file; the newest error lines are kept for
/// messages.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int TailLines = 8;

    private readonly Process _process;
    private readonly Queue<string> _tail = new();
    private readonly Task _pumping;

    internal NodeProcess(string name, Process process, string logFile)
    {
        (Name, _process, Id) = (name, process, process.Id);
        var log = TextWriter.Synchronized(new StreamWriter(logFile, append: true) { AutoFlush = true });
        _pumping = PumpAsync(log);
    }

    public string Name { get; }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Null while it runs; 128 + signal when a signal ended it.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The newest lines it wrote to standard error.</summary>
    public string Tail
    {
        get
        {
            lock (_tail) return string.Join('\n', _tail);
        }
    }

    /// <summary>Sends a signal; false when it has ended already.</summary>
    public bool Send(ProcessSignal signal) => !_process.HasExited && LinuxProcess.Send(Id, signal);

    /// <summary>Waits for its end.</summary>
    /// <returns>False when it still ran after <paramref name="limit"/>.</returns>
    public async Task<bool> WaitForExitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(limit);
        try
        {
            await _process.WaitForExitAsync(bounded.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Ends it by force if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        Send(ProcessSignal.Kill);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        await _pumping.ConfigureAwait(false);
        _process.Dispose();
    }

    private async Task PumpAsync(TextWriter log)
    {
        await Task.WhenAll(CopyAsync(_process.StandardError), CopyAsync(_process.StandardOutput)).ConfigureAwait(false);
        try
        {
            await log.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // As above.
        }

        async Task CopyAsync(StreamReader from)
        {
            while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                lock (_tail)
                {
                    if (_tail.Count == TailLines) _tail.Dequeue();
                    _tail.Enqueue(line);
                }
                try
                {
                    await log.WriteLineAsync(line).ConfigureAwait(false);
                }
                catch (IOException)
                {
                    // The disk is full: the process must not wait for its log; the newest lines are kept here.
                }
            }
        }
    }
}
