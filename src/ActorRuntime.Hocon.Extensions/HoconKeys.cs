using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ActorRuntime.Configuration.Extensions;

/// <summary>A configuration as the flat keys of .NET: <c>a:b:0</c>.</summary>
/// <remarks>As with JSON files, list items are numbered, an empty list is an empty text, an empty object and <c>null</c> are
/// null.</remarks>
internal sealed class HoconKeys
{
    private readonly Dictionary<string, HoconOrigin> _origins = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ConfigurationException">Two keys that differ only in case, which .NET does not tell apart.</exception>
    public HoconKeys(Config config)
    {
        foreach (var (key, value) in config.AsEnumerable()) Add(key, value);
    }

    /// <summary>The values by key.</summary>
    public Dictionary<string, string?> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the value of <paramref name="key"/> was written.</summary>
    public HoconOrigin? Origin(string key) => _origins.GetValueOrDefault(key);

    private void Add(string key, HoconValue value)
    {
        switch (value)
        {
            case HoconValue.Object { Items.Count: > 0 } section:
                foreach (var (name, item) in section.Items) Add(ConfigurationPath.Combine(key, name), item);
                break;
            case HoconValue.List { Items.Count: > 0 } list:
                for (var index = 0; index < list.Items.Count; index++)
                    Add(ConfigurationPath.Combine(key, index.ToString(CultureInfo.InvariantCulture)), list.Items[index]);
                break;
            default:
                Set(key, value);
                break;
        }
    }

    private void Set(string key, HoconValue value)
    {
        if (!_origins.TryAdd(key, value.Origin))
        {
            throw new ConfigurationException(new ConfigurationError(
                $"is also written at {_origins[key]}, differing in case or in ':' only; .NET's configuration takes both for one key",
                key, value.Origin));
        }
        Values[key] = value switch { HoconValue.Scalar scalar => scalar.Text, HoconValue.List => "", _ => null };
    }
}
