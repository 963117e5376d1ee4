using System.Text.RegularExpressions;
using ActorRuntime.Actor;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.TestKit;

/// <summary>Makes filters of lines of the log and of dead letters.</summary>
/// <remarks>
/// <c>message</c> is the whole text, <c>start</c> its beginning, <c>contains</c> a part of it; of a line with an exception, the text of the exception counts as well. <c>source</c> is the
/// name of the logger, or the path of an actor that the line is about, with or without the address.
/// </remarks>
public sealed class EventFilterFactory
{
    private readonly TestKitBase _kit;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<EventFilterBase> _filters;

    /// <summary>For the system of <paramref name="testkit"/>.</summary>
    public EventFilterFactory(TestKitBase testkit)
        : this(testkit, (testkit ?? throw new ArgumentNullException(nameof(testkit))).Sys)
    {
    }

    /// <summary>For another system.</summary>
    public EventFilterFactory(TestKitBase testkit, ActorSystem system)
        : this(testkit, system, [])
    {
    }

    internal EventFilterFactory(TestKitBase testkit, ActorSystem system, IReadOnlyList<EventFilterBase> filters) =>
        (_kit, _system, _filters) = (testkit, system, filters);

    /// <summary>Errors with an exception of class <typeparamref name="TException"/>.</summary>
    /// <param name="checkInnerExceptions">Whether an exception inside of the logged one counts too.</param>
    public IEventFilterApplier Exception<TException>(
        string? message = null, string? start = null, string? contains = null, string? source = null, bool checkInnerExceptions = false)
        where TException : Exception => Exception(typeof(TException), message, start, contains, source, checkInnerExceptions);

    /// <inheritdoc cref="Exception{TException}(string, string, string, string, bool)"/>
    public IEventFilterApplier Exception(
        Type exceptionType, string? message = null, string? start = null, string? contains = null, string? source = null, bool checkInnerExceptions = false) =>
        OfCause(exceptionType, new TextFilter(message, start, contains, null), source, checkInnerExceptions);

    /// <inheritdoc cref="Exception{TException}(string, string, string, string, bool)"/>
    public IEventFilterApplier Exception<TException>(Regex pattern, string? source = null, bool checkInnerExceptions = false)
        where TException : Exception => OfCause(typeof(TException), new TextFilter(null, null, null, pattern), source, checkInnerExceptions);

    /// <summary>Errors, with an exception or without.</summary>
    public IEventFilterApplier Error(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        OfLevel(LogLevel.Error, new TextFilter(message, start, contains, null), source);

    /// <inheritdoc cref="Error(string, string, string, string)"/>
    public IEventFilterApplier Error(Regex pattern, string? source = null) => OfLevel(LogLevel.Error, new TextFilter(null, null, null, pattern), source);

    /// <summary>Warnings.</summary>
    public IEventFilterApplier Warning(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        OfLevel(LogLevel.Warning, new TextFilter(message, start, contains, null), source);

    /// <inheritdoc cref="Warning(string, string, string, string)"/>
    public IEventFilterApplier Warning(Regex pattern, string? source = null) => OfLevel(LogLevel.Warning, new TextFilter(null, null, null, pattern), source);

    /// <summary>Lines of information.</summary>
    public IEventFilterApplier Info(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        OfLevel(LogLevel.Information, new TextFilter(message, start, contains, null), source);

    /// <inheritdoc cref="Info(string, string, string, string)"/>
    public IEventFilterApplier Info(Regex pattern, string? source = null) => OfLevel(LogLevel.Information, new TextFilter(null, null, null, pattern), source);

    /// <summary>Lines for debugging.</summary>
    public IEventFilterApplier Debug(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        OfLevel(LogLevel.Debug, new TextFilter(message, start, contains, null), source);

    /// <inheritdoc cref="Debug(string, string, string, string)"/>
    public IEventFilterApplier Debug(Regex pattern, string? source = null) => OfLevel(LogLevel.Debug, new TextFilter(null, null, null, pattern), source);

    /// <summary>Lines for which <paramref name="predicate"/> holds.</summary>
    public IEventFilterApplier Custom(Predicate<LoggedLine> predicate) => With(new CustomFilter(predicate));

    /// <summary>By filters of one's own.</summary>
    public IEventFilterApplier Custom(params EventFilterBase[] filters) => new EventFilterApplier(_kit, _system, [.. _filters, .. filters]);

    /// <summary>Messages that reached nobody; expected ones (<c>IDeadLetterSuppression</c>) do not count.</summary>
    public IEventFilterApplier DeadLetter() => With(new DeadLetterFilter(null, null, null));

    /// <summary>Messages of class <typeparamref name="TMessage"/> that reached nobody.</summary>
    /// <param name="source">Path of the sender.</param>
    public IEventFilterApplier DeadLetter<TMessage>(string? source = null) => DeadLetter(typeof(TMessage), source);

    /// <summary>Messages of class <typeparamref name="TMessage"/> for which <paramref name="isMatch"/> holds and that reached nobody.</summary>
    /// <param name="source">Path of the sender.</param>
    public IEventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool> isMatch, string? source = null) =>
        With(new DeadLetterFilter(typeof(TMessage), message => isMatch((TMessage)message), source));

    /// <summary>Messages of class <paramref name="type"/> that reached nobody.</summary>
    /// <param name="source">Path of the sender.</param>
    public IEventFilterApplier DeadLetter(Type type, string? source = null) => With(new DeadLetterFilter(type, null, source));

    private EventFilterApplier OfCause(Type exceptionType, TextFilter text, string? source, bool innerCauses) =>
        With(new LineFilter("error with " + Text.Of(exceptionType), IsError, exceptionType, text, source, innerCauses));

    private EventFilterApplier OfLevel(LogLevel level, TextFilter text, string? source)
    {
        // An error is an error, however bad.
        Func<LogLevel, bool> holds = level == LogLevel.Error ? IsError : logged => logged == level;
        return With(new LineFilter(level.ToString().ToLowerInvariant(), holds, null, text, source, false));
    }

    private static bool IsError(LogLevel level) => level is LogLevel.Error or LogLevel.Critical;

    private EventFilterApplier With(EventFilterBase filter) => new EventFilterApplier(_kit, _system, [.. _filters, filter]);
}
