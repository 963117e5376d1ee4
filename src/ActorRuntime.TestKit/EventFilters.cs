using System.Text.RegularExpressions;
using ActorRuntime.Event;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.TestKit;

/// <summary>Picks lines of the log, or dead letters.</summary>
public abstract class EventFilterBase
{
    /// <summary>Whether it picks a line of the log.</summary>
    public virtual bool Matches(LoggedLine line) => false;

    /// <summary>Whether it picks a message that reached nobody.</summary>
    public virtual bool Matches(AllDeadLetters letter) => false;

    /// <summary>Whether the log's line about a dead letter of class <paramref name="letter"/> is not worth showing while this filter is in use.</summary>
    internal virtual bool Hides(Type letter) => false;
}

/// <summary>Picks lines by level, cause, text and source.</summary>
internal sealed class LineFilter(string description, Func<LogLevel, bool> level, Type? cause, TextFilter text, string? source, bool innerCauses) : EventFilterBase
{
    public override bool Matches(LoggedLine line) =>
        level(line.LogLevel) && IsFrom(line) && (cause is null ? text.Matches(line.Message) || Says(line.Cause) : CauseMatches(line));

    public override string ToString() => description + text + (source is null ? "" : $" from {source}");

    // A logger and the actors a line is about are named by their full paths; a source may leave the address out.
    private bool IsFrom(LoggedLine line) => source is null || Names(line.Source) || line.Concerns.Any(Names);

    private bool Names(string name) => name == source || (source!.StartsWith('/') && name.EndsWith(source, StringComparison.Ordinal)
        && name.IndexOf('/', name.IndexOf("://", StringComparison.Ordinal) + 3) == name.Length - source.Length);

    private bool Says(Exception? told) => told is not null && text.Matches(told.Message);

    private bool CauseMatches(LoggedLine line)
    {
        for (var at = line.Cause; at is not null; at = innerCauses ? at.InnerException : null)
        {
            if (cause!.IsInstanceOfType(at) && (text.Matches(at.Message) || text.Matches(line.Message))) return true;
        }

        return false;
    }
}

/// <summary>Picks dead letters by type of message, predicate and source.</summary>
internal sealed class DeadLetterFilter(Type? type, Func<object, bool>? isMatch, string? source) : EventFilterBase
{
    public override bool Matches(AllDeadLetters letter) => letter is DeadLetter && type?.IsInstanceOfType(letter.Message) != false && isMatch?.Invoke(letter.Message) != false
        && (source is null || letter.Sender.Path.ToString() == source || letter.Sender.Path.ToStringWithoutAddress() == source);

    // The line tells no more than the class, so that decides.
    internal override bool Hides(Type letter) => type?.IsAssignableFrom(letter) != false;

    public override string ToString() => "dead letter" + (type is null ? "" : " " + Text.Of(type)) + (isMatch is null ? "" : " that fits") + (source is null ? "" : $" from {source}");
}

/// <summary>Picks lines by a predicate.</summary>
internal sealed class CustomFilter(Predicate<LoggedLine> predicate) : EventFilterBase
{
    public override bool Matches(LoggedLine line) => predicate(line);

    public override string ToString() => "line that fits";
}

/// <summary>Conditions on a text: whole, beginning, part, pattern. What is null is no condition.</summary>
internal sealed record TextFilter(string? Message, string? Start, string? Contains, Regex? Pattern)
{
    public bool Matches(string text) =>
        (Message is null || text == Message)
        && (Start is null || text.StartsWith(Start, StringComparison.Ordinal))
        && (Contains is null || text.Contains(Contains, StringComparison.Ordinal))
        && (Pattern is null || Pattern.IsMatch(text));

    public override string ToString() =>
        (Message is null ? "" : $" \"{Message}\"") + (Start is null ? "" : $" that starts with \"{Start}\"")
        + (Contains is null ? "" : $" that contains \"{Contains}\"") + (Pattern is null ? "" : $" that matches /{Pattern}/");
}
