namespace ActorRuntime.Configuration;

/// <summary>Collects what is wrong with a configuration, so that the operator sees everything at once.</summary>
/// <remarks>
/// Use: read all settings through <see cref="Config.Collecting"/>, add the broken rules of each settings block with
/// <see cref="AddRules"/> and the keys nobody reads with <see cref="UnknownKeys"/>, then <see cref="ThrowIfAny"/>. Not thread-safe.
/// </remarks>
public sealed class ConfigurationErrors
{
    private readonly List<ConfigurationError> _errors = [];

    /// <summary>What was found so far: by file and line, errors without a place last, each once.</summary>
    public IReadOnlyList<ConfigurationError> Errors =>
        [.. _errors.Distinct().OrderBy(error => error.Origin is null)
            .ThenBy(error => error.Origin?.File, StringComparer.Ordinal)
            .ThenBy(error => error.Origin?.Line)];

    /// <summary>Records one error.</summary>
    public void Add(ConfigurationError error) => _errors.Add(error);

    /// <summary>Records errors.</summary>
    public void AddRange(IEnumerable<ConfigurationError> errors) => _errors.AddRange(errors);

    /// <summary>Records broken rules of the form <c>full.key: what is wrong</c> and finds file and line of each key in
    /// <paramref name="config"/>.</summary>
    /// <param name="rules">For example the errors of an <c>OptionsException</c>.</param>
    /// <param name="config">The whole configuration, not a section.</param>
    public void AddRules(IEnumerable<string> rules, Config config)
    {
        foreach (var rule in rules)
        {
            var colon = rule.IndexOf(':', StringComparison.Ordinal);
            var key = colon > 0 && rule.AsSpan(0, colon).IndexOf(' ') < 0 ? rule[..colon] : "";
            _errors.Add(key.Length == 0
                ? new ConfigurationError(rule)
                : new ConfigurationError(rule[(colon + 1)..].TrimStart(), key, config.Origin(key)));
        }
    }

    /// <summary>Ends the check.</summary>
    /// <exception cref="ConfigurationException">At least one error; it carries all of them.</exception>
    public void ThrowIfAny()
    {
        if (_errors.Count > 0) throw new ConfigurationException(Errors);
    }

    /// <summary>Keys of <paramref name="user"/> that <paramref name="reference"/> does not have, each with the nearest known key.</summary>
    /// <param name="user">What was written, without the reference as a fallback.</param>
    /// <param name="reference">
    /// All keys that exist. An empty object <c>{}</c> takes any keys below it; a key <c>"*"</c> stands for any key, with what is below it,
    /// also beside keys that are named.
    /// Top-level keys the reference does not have belong to the application and are left alone, unless they look like a slip of the pen.
    /// </param>
    public static IReadOnlyList<ConfigurationError> UnknownKeys(Config user, Config reference)
    {
        var errors = new List<ConfigurationError>();
        Compare((HoconValue.Object)user.Root, (HoconValue.Object)reference.Root, "", errors);
        return errors;
    }

    private static HoconValue? Known(HoconValue.Object reference, string key)
    {
        var any = reference.Items.GetValueOrDefault("*");
        if (!reference.Items.TryGetValue(key, out var named)) return any;
        return any is null ? named : named.Over(any);
    }

    private static void Compare(HoconValue.Object user, HoconValue.Object reference, string path, List<ConfigurationError> errors)
    {
        foreach (var (key, value) in user.Items)
        {
            var full = HoconPath.Join(path, key);
            if (Known(reference, key) is { } known)
            {
                if (value is HoconValue.Object section && known is HoconValue.Object { Items.Count: > 0 } below)
                    Compare(section, below, full, errors);
                continue;
            }
            var nearest = EditDistance.Nearest(key, reference.Items.Keys);
            if (path.Length == 0 && nearest is null) continue;
            var hint = nearest is null ? "unknown key" : $"unknown key; did you mean {HoconPath.Join(path, nearest)}?";
            errors.Add(new ConfigurationError(hint, full, value.Origin));
        }
    }
}
