namespace ActorRuntime.Configuration;

/// <summary>A configuration that cannot be used. The message has one line per error: file, line, key, what is wrong.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>An error that has no place in a text.</summary>
    public ConfigurationException(string message) : this([new ConfigurationError(message)]) { }

    /// <summary>One error.</summary>
    public ConfigurationException(ConfigurationError error, Exception? cause = null) : base(error.ToString(), cause) => Errors = [error];

    /// <summary>All errors found, at least one.</summary>
    public ConfigurationException(IReadOnlyList<ConfigurationError> errors) : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>Every error, in the order found.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; }

    /// <summary>File of the first error; null when it has no place in a text.</summary>
    public string? File => Errors[0].Origin?.File;

    /// <summary>Line of the first error, from 1; null when it has no place in a text.</summary>
    public int? Line => Errors[0].Origin?.Line;

    /// <summary>Full path of the setting of the first error; empty when the text could not be read that far.</summary>
    public string Key => Errors[0].Key;

    /// <summary>What to throw when a <typeparamref name="T"/> is handed no configuration.</summary>
    /// <param name="path">Path of the section that should have been there.</param>
    public static ConfigurationException NullOrEmptyConfig<T>(string? path = null) =>
        new(new ConfigurationError($"{typeof(T).Name} needs its configuration section, which is missing or empty", path ?? ""));
}
