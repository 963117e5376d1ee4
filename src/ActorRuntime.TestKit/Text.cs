using System.Globalization;
using System.Text;

namespace ActorRuntime.TestKit;

/// <summary>How failures show times, messages and what came before.</summary>
internal static class Text
{
    private const int MessageLengthMax = 300;

    public static string Of(TimeSpan time) =>
        time < TimeSpan.Zero ? "no limit of time" : time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";

    /// <summary>A message with its type, cut where it is long.</summary>
    public static string Of(object? message)
    {
        if (message is null) return "null";
        var text = message switch
        {
            string given => $"\"{given}\"",
            Exception cause => cause.Message,
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => message.ToString() ?? "",
        };
        if (text.Length > MessageLengthMax) text = string.Concat(text.AsSpan(0, MessageLengthMax), " …");
        return $"{Of(message.GetType())} {text}";
    }

    public static string Of(Type type)
    {
        if (!type.IsGenericType) return type.Name;
        var name = type.Name.Split('`')[0];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
    }

    /// <summary>The newest messages of a test actor, one per line.</summary>
    public static string Of(ReceivedMessage[] newest, int waiting, TimeSpan now)
    {
        if (newest.Length == 0) return $"no message came since the test kit started {Of(now)} ago";
        var lines = new StringBuilder($"the last {newest.Length} that came, oldest first, with the time since the test kit started");
        for (var i = 0; i < newest.Length; i++)
        {
            var (message, sender, at) = newest[i];
            var mark = newest.Length - i <= waiting ? "  (not looked at)" : "";
            lines.Append(CultureInfo.InvariantCulture, $"\n    +{at.TotalSeconds:0.000} s  {Of(message)}  from {sender.Path}{mark}");
        }

        return lines.ToString();
    }
}
