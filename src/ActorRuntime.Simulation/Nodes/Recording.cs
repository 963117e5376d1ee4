using System.Globalization;
using ActorRuntime.Simulation.World;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Simulation;

/// <summary>The story of a run: what nodes logged, what was decided, what was done to them.</summary>
internal sealed class Recording(SimulatedWorld world)
{
    private readonly List<RecordedLine> _lines = [];

    /// <summary>In the order it happened.</summary>
    public IReadOnlyList<RecordedLine> Lines => _lines;

    /// <summary>Something that was decided, done to the cluster, or came out of it.</summary>
    public void Add(string node, string line) => Add(node, line, RecordedKind.Decision);

    /// <summary>Bytes have arrived.</summary>
    public void AddMessage(SimulatedProcess from, SimulatedProcess to, string what) =>
        Add(to.Name, $"{from.Name} ──{what}──▶ {to.Name}", RecordedKind.Message);

    private void Add(string node, string line, RecordedKind kind) => _lines.Add(new RecordedLine(TimeSpan.FromTicks(world.Agenda.Now), node, line, kind));

    public ILoggerFactory LoggersOf(string node) => new Loggers(this, node);

    private sealed class Loggers(Recording recording, string node) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => new Logger(recording, node, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("a recording takes no providers");

        public void Dispose()
        {
            // It holds nothing.
        }
    }

    private sealed class Logger(Recording recording, string node, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var cause = exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})";
            var isDecision = logLevel >= LogLevel.Information && (logLevel > LogLevel.Information || category.EndsWith("orchestrator", StringComparison.Ordinal));
            var kind = isDecision ? RecordedKind.Decision : RecordedKind.Log;
            recording.Add(node, $"{logLevel.ToString()[..4].ToLower(CultureInfo.InvariantCulture)} {category}: {formatter(state, exception)}{cause}", kind);
        }
    }
}

/// <summary>What a line of the story tells of.</summary>
internal enum RecordedKind
{
    Log,
    Decision,
    Message,
}

/// <summary>One line of the story.</summary>
internal sealed record RecordedLine(TimeSpan At, string Node, string Text, RecordedKind Kind)
{
    public bool IsDecision => Kind == RecordedKind.Decision;

    public bool IsMessage => Kind == RecordedKind.Message;

    public override string ToString() => $"{At.TotalMilliseconds,12:0.000} ms  {Node,-6} {Text}";
}
