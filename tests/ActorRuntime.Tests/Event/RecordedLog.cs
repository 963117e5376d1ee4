using Microsoft.Extensions.Logging;

namespace ActorRuntime.Tests.Event;

/// <summary>Keeps what a system logs.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly List<(int Event, LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<(int Event, LogLevel Level, string Text)> Lines => _lines;

    public int Count(int eventId) => _lines.Count(line => line.Event == eventId);

    public void KeepFirst(int count) => _lines.RemoveRange(count, _lines.Count - count);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add((eventId.Id, logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
