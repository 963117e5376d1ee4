using ActorRuntime.Actor;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Event;

/// <summary>The log as actors use it; writes to Microsoft.Extensions.Logging.</summary>
public interface ILoggingAdapter
{
    /// <summary>The logger underneath, for source-generated messages.</summary>
    ILogger Logger { get; }

    /// <summary>True when debug lines are written.</summary>
    bool IsDebugEnabled { get; }

    /// <summary>True when information lines are written.</summary>
    bool IsInfoEnabled { get; }

    /// <summary>True when warnings are written.</summary>
    bool IsWarningEnabled { get; }

    /// <summary>True when errors are written.</summary>
    bool IsErrorEnabled { get; }

    /// <summary>True when lines of <paramref name="logLevel"/> are written.</summary>
    bool IsEnabled(LogLevel logLevel);

    /// <summary>Writes a line.</summary>
    /// <param name="logLevel">Level.</param>
    /// <param name="cause">Exception to show, or null.</param>
    /// <param name="format">Template with named or numbered placeholders.</param>
    /// <param name="args">Their values.</param>
    void Log(LogLevel logLevel, Exception? cause, string format, params object?[] args);
}

/// <summary>Makes adapters.</summary>
public static class Logging
{
    /// <summary>A log that names the actor by its path.</summary>
    public static ILoggingAdapter GetLogger(this IActorContext context) =>
        new LoggingAdapter(context.System.LoggerFactory.CreateLogger(context.Self.Path.ToString()));

    /// <summary>A log that names <paramref name="logSourceObj"/>: a string, a type, a reference, or the type of anything else.</summary>
    public static ILoggingAdapter GetLogger(ActorSystem system, object logSourceObj)
    {
        var source = logSourceObj switch
        {
            string text => text,
            IActorRef actor => actor.Path.ToString(),
            Type type => type.FullName ?? type.Name,
            _ => logSourceObj.GetType().FullName ?? logSourceObj.GetType().Name,
        };
        return new LoggingAdapter(system.LoggerFactory.CreateLogger(source));
    }
}

/// <summary>Lines by level.</summary>
public static class LoggingExtensions
{
    /// <summary>Writes a debug line.</summary>
    public static void Debug(this ILoggingAdapter log, string format, params object?[] args) => log.Log(LogLevel.Debug, null, format, args);

    /// <summary>Writes an information line.</summary>
    public static void Info(this ILoggingAdapter log, string format, params object?[] args) => log.Log(LogLevel.Information, null, format, args);

    /// <summary>Writes a warning.</summary>
    public static void Warning(this ILoggingAdapter log, string format, params object?[] args) => log.Log(LogLevel.Warning, null, format, args);

    /// <summary>Writes a warning with its cause.</summary>
    public static void Warning(this ILoggingAdapter log, Exception cause, string format, params object?[] args) => log.Log(LogLevel.Warning, cause, format, args);

    /// <summary>Writes an error.</summary>
    public static void Error(this ILoggingAdapter log, string format, params object?[] args) => log.Log(LogLevel.Error, null, format, args);

    /// <summary>Writes an error with its cause.</summary>
    public static void Error(this ILoggingAdapter log, Exception cause, string format, params object?[] args) => log.Log(LogLevel.Error, cause, format, args);
}

/// <param name="logger">Where lines go.</param>
internal sealed class LoggingAdapter(ILogger logger) : ILoggingAdapter
{
    public ILogger Logger { get; } = logger;

    public bool IsDebugEnabled => Logger.IsEnabled(LogLevel.Debug);

    public bool IsInfoEnabled => Logger.IsEnabled(LogLevel.Information);

    public bool IsWarningEnabled => Logger.IsEnabled(LogLevel.Warning);

    public bool IsErrorEnabled => Logger.IsEnabled(LogLevel.Error);

    public bool IsEnabled(LogLevel logLevel) => Logger.IsEnabled(logLevel);

    // The templates are the application's own here.
#pragma warning disable CA1848, CA2254
    public void Log(LogLevel logLevel, Exception? cause, string format, params object?[] args) => Logger.Log(logLevel, cause, format, args);
#pragma warning restore CA1848, CA2254
}
