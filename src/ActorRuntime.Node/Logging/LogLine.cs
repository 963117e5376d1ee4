using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Logging;

/// <summary>One log record as one line of text: time, level, node, category with event id, message, exception.</summary>
internal static class LogLine
{
    public static string Render(
        DateTimeOffset at, LogLevel level, string node, string category, EventId eventId, string message, Exception? exception)
    {
        var line = new StringBuilder(160)
            .Append(at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)).Append(' ')
            .Append(Short(level)).Append(' ').Append(node).Append(' ').Append(category);
        if (eventId.Id != 0) line.Append('[').Append(eventId.Id).Append(']');
        line.Append(' ');
        AppendOnOneLine(line, message);
        if (exception is not null)
        {
            line.Append(" | ");
            AppendOnOneLine(line, exception.ToString());
        }
        return line.ToString();
    }

    /// <summary>A class without its namespace, an actor's path without the system's address.</summary>
    public static string ShortCategory(string category)
    {
        var address = category.IndexOf("://", StringComparison.Ordinal);
        if (address < 0) return category[(category.LastIndexOf('.') + 1)..];
        var path = category.IndexOf('/', address + 3);
        return path < 0 ? category : category[path..];
    }

    private static string Short(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO ",
        LogLevel.Warning => "WARN ",
        LogLevel.Error => "ERROR",
        _ => "FATAL",
    };

    /// <summary>Control characters become spaces: what a peer sent cannot forge a second record.</summary>
    private static void AppendOnOneLine(StringBuilder line, string text)
    {
        foreach (var character in text) line.Append(char.IsControl(character) ? ' ' : character);
    }
}
