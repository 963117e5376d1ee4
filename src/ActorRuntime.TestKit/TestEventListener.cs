using ActorRuntime.Actor;
using ActorRuntime.Event;
using ActorRuntime.TestKit.TestEvent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorRuntime.TestKit;

/// <summary>The log of a system under test: shows every line and dead letter to the event filters, and passes on what no filter took. Any thread.</summary>
/// <remarks>Filters see a line on the thread that writes it, before it is passed on. Test kits make one for the systems they start; for others hand one over as <c>LoggerSetup</c>.</remarks>
public sealed class TestEventListener : ILoggerFactory
{
    private readonly Lock _lock = new();
    private readonly ILoggerFactory _inner;
    private readonly LogLevel _levelMin;
    private EventHandler[] _handlers = [];

    /// <param name="inner">Where lines go that no filter took; null for nowhere. Belongs to the caller.</param>
    /// <param name="levelMin">Lowest level passed on. Filters see every level.</param>
    public TestEventListener(ILoggerFactory? inner = null, LogLevel levelMin = LogLevel.Information)
    {
        (_inner, _levelMin) = (inner ?? NullLoggerFactory.Instance, levelMin);
    }

    /// <summary>Where lines go besides, in the form the test's output shows; null for nowhere. The test kit of a framework sets it.</summary>
    public Action<string>? Output { get; set; }

    /// <summary>Takes part in the event stream of a system: dead letters, and the events of <c>TestEvent</c>.</summary>
    public void Attach(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        var receiver = new StreamReceiver(this, ((ExtendedActorSystem)system).Provider);
        system.EventStream.Subscribe(receiver, typeof(AllDeadLetters));
        system.EventStream.Subscribe(receiver, typeof(Mute));
        system.EventStream.Subscribe(receiver, typeof(Unmute));
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new FilteredLogger(this, categoryName, _inner.CreateLogger(categoryName));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    /// <summary>Nothing: what it passes lines on to belongs to the caller.</summary>
    public void Dispose()
    {
    }

    internal void Add(EventHandler handler)
    {
        lock (_lock) _handlers = [.. _handlers, handler];
    }

    internal void Remove(EventHandler handler)
    {
        lock (_lock) _handlers = [.. _handlers.Where(h => !ReferenceEquals(h, handler))];
    }

    private bool IsTaken(LoggedLine line)
    {
        var taken = false;
        foreach (var handler in Volatile.Read(ref _handlers)) taken |= handler.TryTake(line);
        return taken;
    }

    private bool IsHidden(Type letter) => Array.Exists(Volatile.Read(ref _handlers), handler => handler.Filters.Any(f => f.Hides(letter)));

    private void OnStream(object message)
    {
        switch (message)
        {
            case AllDeadLetters letter:
                foreach (var handler in Volatile.Read(ref _handlers)) handler.TryTake(letter);
                break;
            case Mute mute:
                foreach (var filter in mute.Filters) Add(new EventHandler([filter]));
                break;
            case Unmute unmute:
                lock (_lock) _handlers = [.. _handlers.Where(h => h.Filters is not [var only] || !unmute.Filters.Contains(only))];
                break;
        }
    }

    /// <summary>Counts what its filters take.</summary>
    internal sealed class EventHandler(IReadOnlyList<EventFilterBase> filters)
    {
        private const int SeenMax = 20;

        private readonly Lock _lock = new();
        private readonly Queue<string> _taken = [];
        private int _count;

        public IReadOnlyList<EventFilterBase> Filters { get; } = filters;

        public int Count => Volatile.Read(ref _count);

        /// <summary>The newest of what was taken.</summary>
        public string[] Taken
        {
            get
            {
                lock (_lock) return [.. _taken];
            }
        }

        public bool TryTake(LoggedLine line) => Filters.Any(f => f.Matches(line)) && Take($"{line.LogLevel} {line.Source}: {line.Message}");

        public bool TryTake(AllDeadLetters letter) => Filters.Any(f => f.Matches(letter)) && Take(letter.ToString());

        private bool Take(string what)
        {
            lock (_lock)
            {
                _taken.Enqueue(what);
                if (_taken.Count > SeenMax) _taken.Dequeue();
                _count++;
            }

            return true;
        }
    }

    private sealed class StreamReceiver(TestEventListener listener, IActorRefProvider provider) : MinimalActorRef
    {
        public override ActorPath Path { get; } = provider.RootPath / "system" / "testEventListener";

        public override IActorRefProvider Provider => provider;

        protected override void TellInternal(object? message, IActorRef? sender) => listener.OnStream(message!);
    }

    private sealed class FilteredLogger(TestEventListener listener, string source, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = new LoggedLine(logLevel, source, formatter(state, exception), exception, Concerns(state));
            if (listener.IsTaken(line) || logLevel < listener._levelMin) return;
            if (eventId.Id == ActorSystemImpl.DeadLetterEventId && LetterOf(state) is { } letter && listener.IsHidden(letter)) return;
            inner.Log(logLevel, eventId, state, exception, formatter);
            if (listener.Output is { } output) output(Shown(line));
        }

        private static List<string> Concerns<TState>(TState state)
        {
            var paths = new List<string>();
            if (state is not IReadOnlyList<KeyValuePair<string, object?>> values) return paths;
            foreach (var (_, value) in values)
            {
                if (value is ActorPath path) paths.Add(path.ToString());
                else if (value is IActorRef actor) paths.Add(actor.Path.ToString());
            }

            return paths;
        }

        private static Type? LetterOf<TState>(TState state) =>
            (state as IReadOnlyList<KeyValuePair<string, object?>>)?.Select(value => value.Value).OfType<Type>().FirstOrDefault();

        private static string Shown(LoggedLine line) => $"{line.LogLevel} {line.Source}: {line.Message}{(line.Cause is null ? "" : "\n" + line.Cause)}";
    }
}
