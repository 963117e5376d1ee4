using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ActorRuntime.Configuration.Extensions;

/// <summary>Turns the flat, case-blind keys of .NET into settings.</summary>
/// <remarks>Keys 0, 1, 2 … without a gap are a list, which replaces a list of the defaults; a key with others below it must have no value
/// of its own, because one of the two would be lost.</remarks>
internal sealed class ConfigurationReader(IConfiguration configuration)
{
    private readonly List<IConfigurationProvider> _providers =
        configuration is IConfigurationRoot root ? [.. root.Providers.Reverse()] : [];

    private readonly ConfigurationErrors _errors = new();

    public Config Read()
    {
        var top = Object(configuration, (HoconValue.Object)ConfigurationFactory.Default().Root, new HoconOrigin("configuration", 0), 1);
        _errors.ThrowIfAny();
        return new Config(new HoconRoot(top));
    }

    private HoconValue.Object Object(IConfiguration parent, HoconValue.Object? known, HoconOrigin origin, int depth)
    {
        if (depth > HoconLimits.DepthMax)
            throw new ConfigurationException(new ConfigurationError($"nested deeper than {HoconLimits.DepthMax} levels", "", origin));
        var items = new OrderedDictionary<string, HoconValue>();
        foreach (var child in parent.GetChildren())
        {
            var key = known?.Items.Keys.FirstOrDefault(name => string.Equals(name, child.Key, StringComparison.OrdinalIgnoreCase))
                ?? child.Key;
            items.Add(key, Value(child, Below(known, key), depth));
        }
        return new HoconValue.Object(items, origin);
    }

    private HoconValue Value(IConfigurationSection section, HoconValue.Object? known, int depth)
    {
        var origin = Origin(section.Path);
        if (!section.GetChildren().Any())
            return section.Value is { } text ? new HoconValue.Scalar(text, origin) : new HoconValue.Null(origin);
        if (!string.IsNullOrEmpty(section.Value))
        {
            var below = section.GetChildren().First().Path;
            _errors.Add(new ConfigurationError(
                $"has a value and keys below it, such as {below} ({Origin(below)}); drop one", section.Path, origin));
        }
        var fields = Object(section, known, origin, depth + 1);
        var isList = fields.Items.Keys.Select((key, index) => key == index.ToString(CultureInfo.InvariantCulture)).All(inOrder => inOrder);
        return isList ? new HoconValue.List([.. fields.Items.Values], origin) : fields;
    }

    private static HoconValue.Object? Below(HoconValue.Object? known, string key) =>
        (known?.Items.GetValueOrDefault(key) ?? known?.Items.GetValueOrDefault("*")) as HoconValue.Object;

    /// <summary>The file and line where HOCON said it, else the source that did.</summary>
    private HoconOrigin Origin(string path)
    {
        foreach (var provider in _providers)
        {
            if (!provider.TryGet(path, out _)) continue;
            return (provider as IKnowOrigins)?.Origin(path) ?? new HoconOrigin(provider.ToString() ?? provider.GetType().Name, 0);
        }
        return new HoconOrigin("configuration", 0);
    }
}
