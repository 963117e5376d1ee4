using ActorRuntime.Actor;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Event;

/// <summary>The lines that <see cref="DebugOptions"/> switch on. A system that wants none has no such log. Any thread.</summary>
internal sealed partial class DebugLog
{
    private readonly DebugOptions _options;
    private readonly ILogger _logger;

    private DebugLog(DebugOptions options, ILogger logger) => (_options, _logger) = (options, logger);

    public static DebugLog? For(DebugOptions options, ILogger logger) => options == new DebugOptions() ? null : new DebugLog(options, logger);

    public void Received(ActorCell cell, object message, bool isHandled)
    {
        if (_options.Receive) LogReceived(cell.Self.Path, isHandled ? "handled" : "unhandled", message, cell.Sender.Path);
    }

    public void AutoReceived(ActorCell cell, object message)
    {
        if (_options.AutoReceive) LogAutoReceived(cell.Self.Path, message, cell.Sender.Path);
    }

    /// <param name="step">What happened to it.</param>
    /// <param name="other">A child, a watcher or a class.</param>
    public void Lifecycle(ActorCell cell, string step, object? other = null)
    {
        if (_options.Lifecycle) LogLifecycle(cell.Self.Path, step, other);
    }

    public void Subscribed(IActorRef subscriber, Type channel)
    {
        if (_options.EventStream) LogSubscribed(subscriber.Path, channel);
    }

    /// <param name="channel">Null: from all.</param>
    public void Unsubscribed(IActorRef subscriber, Type? channel)
    {
        if (_options.EventStream) LogUnsubscribed(subscriber.Path, (object?)channel ?? "all channels");
    }

    [LoggerMessage(EventId = 1030, Level = LogLevel.Debug, Message = "{Actor} received {Outcome} message {Content} from {Sender}")]
    private partial void LogReceived(ActorPath actor, string outcome, object content, ActorPath sender);

    [LoggerMessage(EventId = 1031, Level = LogLevel.Debug, Message = "{Actor} received {Content} from {Sender}, which the runtime handles")]
    private partial void LogAutoReceived(ActorPath actor, object content, ActorPath sender);

    [LoggerMessage(EventId = 1032, Level = LogLevel.Debug, Message = "{Actor} {Step} {Other}")]
    private partial void LogLifecycle(ActorPath actor, string step, object? other);

    [LoggerMessage(EventId = 1033, Level = LogLevel.Debug, Message = "{Subscriber} subscribed to {Channel}")]
    private partial void LogSubscribed(ActorPath subscriber, Type channel);

    [LoggerMessage(EventId = 1034, Level = LogLevel.Debug, Message = "{Subscriber} unsubscribed from {Channel}")]
    private partial void LogUnsubscribed(ActorPath subscriber, object channel);
}
