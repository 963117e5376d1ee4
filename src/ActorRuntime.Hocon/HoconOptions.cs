namespace ActorRuntime.Configuration;

/// <summary>What a text may draw on besides itself. Without options it draws on nothing.</summary>
public sealed record HoconOptions
{
    /// <summary>No options.</summary>
    public static HoconOptions None { get; } = new();

    /// <summary>
    /// Finds environment variables by name, null for one that is not set: they stand in for <c>${name}</c> where neither the text nor
    /// <see cref="Fallback"/> has the key. A program passes <c>Environment.GetEnvironmentVariable</c>; default none.
    /// </summary>
    public Func<string, string?>? Environment { get; init; }

    /// <summary>
    /// Opens what <c>include resource("name")</c> names, null when there is no such resource; also asked when an included file is missing.
    /// A program passes its assembly's <c>GetManifestResourceStream</c>; default none.
    /// </summary>
    public Func<string, Stream?>? Resources { get; init; }

    /// <summary>Values that substitutions and <c>+=</c> of the text see where the text has none, usually the defaults. They are not part
    /// of the result.</summary>
    public Config Fallback { get; init; } = Config.Empty;
}
