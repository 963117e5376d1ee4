namespace ActorRuntime.Configuration;

/// <summary>One thing wrong with a configuration.</summary>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="Key">Full path of the setting; empty when the text could not be read that far.</param>
/// <param name="Origin">Where it was written; null when the setting is missing.</param>
public sealed record ConfigurationError(string Message, string Key = "", HoconOrigin? Origin = null)
{
    /// <summary><c>file:line: key: message</c>.</summary>
    public override string ToString() =>
        (Origin is null ? "" : $"{Origin}: ") + (Key.Length == 0 ? "" : $"{Key}: ") + Message;
}
