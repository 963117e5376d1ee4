using Microsoft.Extensions.Logging;

namespace ActorRuntime.TestKit;

/// <summary>A line of the log as event filters see it.</summary>
/// <param name="LogLevel">Its level.</param>
/// <param name="Source">The logger's name: the path of an actor for its own log, else the name of a class or part.</param>
/// <param name="Message">The text, composed.</param>
/// <param name="Cause">The exception logged with it, or null.</param>
/// <param name="Concerns">Paths of actors the line is about, for example of the child that failed.</param>
public sealed record LoggedLine(LogLevel LogLevel, string Source, string Message, Exception? Cause, IReadOnlyList<string> Concerns);
