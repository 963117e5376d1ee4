using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Logging;

/// <summary>Loggers that write one line per record to standard error.</summary>
/// <remarks>
/// Callers never wait for the terminal or a pipe nobody reads: lines pass through a queue of <see cref="QueueLinesMax"/> to one task.
/// What does not fit is dropped, and the number is written as a line of its own. Disposing writes what is queued, for at most a second.
/// </remarks>
internal sealed class ConsoleLoggerFactory : ILoggerFactory
{
    private const int QueueLinesMax = 8192;
    private static readonly TimeSpan FlushMax = TimeSpan.FromSeconds(1);

    private readonly Channel<string> _lines;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly LogLevel _minimum;
    private readonly string _node;
    private readonly Task _writing;
    private long _dropped;

    public ConsoleLoggerFactory(string node, LogLevel minimum, TextWriter output, TimeProvider time)
    {
        (_node, _minimum, _output, _time) = (node, minimum, output, time);
        _lines = Channel.CreateBounded<string>(
            new BoundedChannelOptions(QueueLinesMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _writing = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>Nothing can be added: there is one output.</summary>
    public void AddProvider(ILoggerProvider provider) =>
        throw new InvalidOperationException("The node writes its log to standard error only; redirect it there.");

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.Wait(FlushMax);
    }

    private void Write(LogLevel level, string category, EventId eventId, string message, Exception? exception)
    {
        var line = LogLine.Render(_time.GetUtcNow(), level, _node, category, eventId, message, exception);
        if (!_lines.Writer.TryWrite(line)) Interlocked.Increment(ref _dropped);
    }

    private async Task WriteAsync()
    {
        await foreach (var line in _lines.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await _output.WriteLineAsync(line).ConfigureAwait(false);
                var dropped = Interlocked.Exchange(ref _dropped, 0);
                if (dropped == 0) continue;
                await _output.WriteLineAsync($"({dropped} log lines dropped: the reader of standard error is too slow)")
                    .ConfigureAwait(false);
            }
            catch (IOException)
            {
                Interlocked.Increment(ref _dropped); // The reader of the pipe is gone; the node goes on without a log.
            }
        }
    }

    private sealed class Logger(ConsoleLoggerFactory factory, string category) : ILogger
    {
        private readonly string _category = LogLine.ShortCategory(category);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= factory._minimum && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) factory.Write(logLevel, _category, eventId, formatter(state, exception), exception);
        }
    }
}
