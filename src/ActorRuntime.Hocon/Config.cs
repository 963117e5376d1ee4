using System.Diagnostics.CodeAnalysis;

namespace ActorRuntime.Configuration;

/// <summary>Settings read from HOCON. Immutable, safe on any thread.</summary>
/// <remarks>
/// Getters without a default need the setting to be there; <c>null</c> counts as missing. A value of the wrong type never becomes a
/// default: it throws, or goes to the collector of <see cref="Collecting"/>.
/// </remarks>
public sealed class Config
{
    private readonly HoconValue.Object _root;
    private readonly string _path;
    private readonly ConfigurationErrors? _errors;
    private readonly Action<ConfigRead>? _observer;

    /// <summary>The settings in <paramref name="root"/>, an object.</summary>
    public Config(HoconRoot root) : this(AsObject(root), "", null, null) { }

    internal Config(HoconValue.Object root, string path, ConfigurationErrors? errors, Action<ConfigRead>? observer) =>
        (_root, _path, _errors, _observer) = (root, path, errors, observer);

    /// <summary>No settings at all.</summary>
    public static Config Empty { get; } = new(new HoconValue.Object([], new HoconOrigin("empty", 0)), "", null, null);

    /// <summary>Whether there is no setting.</summary>
    public bool IsEmpty => _root.Items.Count == 0;

    /// <summary>The settings as a value.</summary>
    public HoconValue Root => _root;

    /// <summary>Settings here, and those of <paramref name="fallback"/> where there are none here; objects merge. Neither operand
    /// changes.</summary>
    public Config WithFallback(Config fallback) =>
        fallback.IsEmpty ? this
        : IsEmpty ? new(fallback._root, _path, _errors, _observer)
        : new((HoconValue.Object)_root.Over(fallback._root), _path, _errors, _observer);

    /// <summary>
    /// The same settings, but getters report what is missing or of a wrong type to <paramref name="errors"/> and go on with their default
    /// (zero, empty where none is given), so that one pass finds everything.
    /// </summary>
    public Config Collecting(ConfigurationErrors errors) => new(_root, _path, errors, _observer);

    /// <summary>The same settings, but <paramref name="observer"/> hears of every getter that is called, in sections too.</summary>
    internal Config Observed(Action<ConfigRead> observer) => new(_root, _path, _errors, observer);

    /// <summary>Whether there is a value other than <c>null</c>.</summary>
    public bool HasPath(string path) => Find(path) is not null;

    /// <summary>Where the value was written; null when there is none.</summary>
    public HoconOrigin? Origin(string path) => Find(path)?.Origin;

    /// <summary>The value as written; null when there is none.</summary>
    public HoconValue? GetValue(string path) => Find(path);

    /// <summary>The section at <paramref name="path"/>; empty when there is none. Errors name the full path.</summary>
    public Config GetConfig(string path)
    {
        var full = FullPath(path);
        var none = new Config(Empty._root, full, _errors, _observer);
        return Find(path) switch
        {
            null => none,
            HoconValue.Object section => new(section, full, _errors, _observer),
            var other => Fail(path, $"a section {{ … }} expected, {other.KindName} found", other.Origin, none),
        };
    }

    /// <summary>A text.</summary>
    public string GetString(string path) => Observe(path, null, Read(path, text => text, null, ""));

    /// <summary>A text, <paramref name="default"/> where there is none.</summary>
    [return: NotNullIfNotNull(nameof(@default))]
    public string? GetString(string path, string? @default) =>
        Observe(path, @default, HasPath(path) ? Read(path, text => text, null, @default) : @default);

    /// <summary>A whole number; required without a default.</summary>
    public int GetInt(string path, int? @default = null) => ReadValue(path, HoconUnits.Int, @default);

    /// <inheritdoc cref="GetInt"/>
    public long GetLong(string path, long? @default = null) => ReadValue(path, HoconUnits.Long, @default);

    /// <summary>A finite number; required without a default.</summary>
    public double GetDouble(string path, double? @default = null) => ReadValue(path, HoconUnits.Double, @default);

    /// <inheritdoc cref="GetDouble"/>
    public float GetFloat(string path, float? @default = null) => (float)GetDouble(path, @default);

    /// <summary>A decimal number, exactly; required without a default.</summary>
    public decimal GetDecimal(string path, decimal? @default = null) => ReadValue(path, HoconUnits.Decimal, @default);

    /// <summary><c>on/off</c>, <c>true/false</c> or <c>yes/no</c>; required without a default.</summary>
    public bool GetBoolean(string path, bool? @default = null) => ReadValue(path, HoconUnits.Boolean, @default);

    /// <summary>A duration such as <c>10s</c>, <c>5 ms</c> or <c>2h</c>, not negative; without a unit milliseconds. Required without a
    /// default.</summary>
    /// <param name="path">Path of the setting.</param>
    /// <param name="default">Used where there is none.</param>
    /// <param name="allowInfinite">Whether <c>infinite</c> is a value: it reads as <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    public TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = false) =>
        ReadValue(path, text => HoconUnits.Duration(text, allowInfinite), @default);

    /// <summary>A number of bytes such as <c>4096</c>, <c>256k</c> (1024 each), <c>8 MiB</c> or <c>10 MB</c> (10,000,000);
    /// <paramref name="def"/> where there is none.</summary>
    public long? GetByteSize(string path, long? def = null) =>
        HasPath(path) ? ReadValue(path, HoconUnits.Bytes, def) : Observe(path, def, def);

    /// <inheritdoc cref="GetByteSize(string, long?)"/>
    public long GetByteSize(string path, long @default) => ReadValue(path, HoconUnits.Bytes, @default);

    /// <summary>A period such as <c>10 days</c>, <c>2w</c>, <c>3 mo</c> or <c>1 year</c>, not negative; without a unit days. Required
    /// without a default.</summary>
    public Period GetPeriod(string path, Period? @default = null) => ReadValue(path, HoconUnits.Period, @default);

    /// <summary>A member of <typeparamref name="T"/> written in lower case with hyphens (<c>group-commit</c>); required without a
    /// default.</summary>
    public T GetEnum<T>(string path, T? @default = null) where T : struct, Enum => ReadValue(path, HoconUnits.Enum<T>, @default);

    /// <summary>A list of texts; required without a default. An object whose keys are whole numbers is a list too, in their
    /// order.</summary>
    public IList<string> GetStringList(string path, IList<string>? @default = null) => ReadList(path, text => text, "", @default);

    /// <inheritdoc cref="GetStringList"/>
    /// <summary>A list of whole numbers; required without a default.</summary>
    public IList<int> GetIntList(string path, IList<int>? @default = null) => ReadList(path, HoconUnits.Int, 0, @default);

    /// <inheritdoc cref="GetIntList"/>
    public IList<long> GetLongList(string path, IList<long>? @default = null) => ReadList(path, HoconUnits.Long, 0, @default);

    /// <summary>A list of finite numbers; required without a default.</summary>
    public IList<double> GetDoubleList(string path, IList<double>? @default = null) => ReadList(path, HoconUnits.Double, 0, @default);

    /// <summary>A list of <c>on/off</c>, <c>true/false</c> or <c>yes/no</c>; required without a default.</summary>
    public IList<bool> GetBooleanList(string path, IList<bool>? @default = null) => ReadList(path, HoconUnits.Boolean, false, @default);

    /// <summary>A list of sizes in bytes; required without a default.</summary>
    public IList<long> GetByteSizeList(string path, IList<long>? @default = null) => ReadList(path, HoconUnits.Bytes, 0, @default);

    /// <summary>A list of durations, as <see cref="GetTimeSpan"/> takes them; required without a default.</summary>
    public IList<TimeSpan> GetTimeSpanList(string path, IList<TimeSpan>? @default = null) =>
        ReadList(path, text => HoconUnits.Duration(text, allowInfinite: false), default, @default);

    /// <summary>A list of sections; empty when there is none.</summary>
    public IList<Config> GetConfigList(string path)
    {
        if (Find(path) is not { } value) return [];
        if (value.AsList() is not { } list) return Fail<IList<Config>>(path, $"a list expected, {value.KindName} found", value.Origin, []);
        return [.. list.Items.Select((item, index) => item is HoconValue.Object section
            ? new Config(section, $"{FullPath(path)}.{index}", _errors, _observer)
            : Fail(path, $"a list of sections {{ … }} expected, {item.KindName} found", item.Origin, Empty))];
    }

    /// <summary>The top-level keys and their values, in the order first written.</summary>
    public IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable()
    {
        _observer?.Invoke(new ConfigRead(_path, null, _root));
        return _root.Items;
    }

    /// <summary>HOCON that parses to the same settings.</summary>
    public override string ToString() => _root.ToString();

    /// <summary><paramref name="path"/> below the section this is.</summary>
    internal string FullPath(string path) => _path.Length == 0 ? path : $"{_path}.{path}";

    private HoconValue? Find(string path)
    {
        try
        {
            return _root.Find(HoconPath.Parse(path)) is { } value and not HoconValue.Null ? value : null;
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"'{path}' is no path: {e.Message}", nameof(path), e);
        }
    }

    private T ReadValue<T>(string path, Func<string, T> parse, T? @default) where T : struct =>
        Observe(path, @default, @default is { } given && !HasPath(path) ? given : Read(path, parse, null, @default.GetValueOrDefault()));

    private T Read<T>(string path, Func<string, T> parse, HoconValue? item, T otherwise)
    {
        var value = item ?? Find(path);
        if (value is not HoconValue.Scalar scalar)
        {
            return value is null
                ? Fail(path, Missing(path), null, otherwise)
                : Fail(path, $"a simple value expected, {value.KindName} found", value.Origin, otherwise);
        }
        try
        {
            return parse(scalar.Text);
        }
        catch (FormatException e)
        {
            return Fail(path, $"{e.Message}, {scalar.KindName} found", scalar.Origin, otherwise);
        }
    }

    private IList<T> ReadList<T>(string path, Func<string, T> parse, T otherwise, IList<T>? @default)
    {
        var value = Find(path);
        if (value is null && @default is not null) return Observe(path, @default, @default);
        if (value?.AsList() is { } list)
            return Observe<IList<T>>(path, @default, [.. list.Items.Select(item => Read(path, parse, item, otherwise))]);
        var message = value is null ? Missing(path) : $"a list expected, {value.KindName} found";
        return Fail<IList<T>>(path, message, value?.Origin, @default ?? []);
    }

    private T Observe<T>(string path, object? @default, T value)
    {
        _observer?.Invoke(new ConfigRead(FullPath(path), @default, value));
        return value;
    }

    private string Missing(string path) =>
        _root.Find(HoconPath.Parse(path)) is { } hidden ? $"is missing (null at {hidden.Origin})" : "is missing";

    private T Fail<T>(string path, string message, HoconOrigin? origin, T otherwise)
    {
        var error = new ConfigurationError(message, FullPath(path), origin);
        if (_errors is null) throw new ConfigurationException(error);
        _errors.Add(error);
        return otherwise;
    }

    private static HoconValue.Object AsObject(HoconRoot root) =>
        root.Value as HoconValue.Object
        ?? throw new ConfigurationException(
            new ConfigurationError($"an object expected, {root.Value.KindName} found", "", root.Value.Origin));
}

/// <summary>A call of a getter.</summary>
/// <param name="Key">Full path of the setting.</param>
/// <param name="Default">What would have been used where there is none; null without a default.</param>
/// <param name="Value">What the getter returned.</param>
internal sealed record ConfigRead(string Key, object? Default, object? Value);

/// <summary>Questions about a configuration that may not be there.</summary>
public static class ConfigExtensions
{
    /// <summary>Whether there is no configuration, or one without any setting.</summary>
    public static bool IsNullOrEmpty([NotNullWhen(false)] this Config? config) => config is null || config.IsEmpty;
}
