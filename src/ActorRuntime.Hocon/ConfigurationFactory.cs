namespace ActorRuntime.Configuration;

/// <summary>Makes configurations from HOCON text.</summary>
/// <remarks>
/// All of HOCON is read, except a list at the top and includes over a network. Nothing outside the text is looked at unless the caller
/// hands it in: files are read by <see cref="ParseFile(string)"/> only, environment variables and resources through <see
/// cref="HoconOptions"/>. Length, depth, includes and the size of what is substituted are bounded; what is beyond is refused with file
/// and line.
/// </remarks>
public static class ConfigurationFactory
{
    private const string ReferencePrefix = "reference/";

    private static readonly Lazy<Config> Reference = new(ReadReference);

    /// <summary>No settings at all.</summary>
    public static Config Empty => Config.Empty;

    /// <summary>All settings of the runtime with their defaults: the commented files of <c>hocon/</c>, merged.</summary>
    public static Config Default() => Reference.Value;

    /// <summary>Of <see cref="Default()"/> what is in one section, at its full path: a fallback that adds nothing else.</summary>
    /// <param name="section">Full path, for example <c>actor-runtime.persistence</c>.</param>
    /// <exception cref="ArgumentException">The reference has no such section.</exception>
    public static Config Default(string section)
    {
        if (Default().GetValue(section) is not HoconValue.Object root)
            throw new ArgumentException($"the reference has no section '{section}'; the files in hocon/ name all of them", nameof(section));
        foreach (var element in HoconPath.Parse(section).AsEnumerable().Reverse())
            root = new HoconValue.Object(new OrderedDictionary<string, HoconValue> { [element] = root }, root.Origin);
        return new Config(root, "", null, null);
    }

    /// <summary>Reads <paramref name="hocon"/>, which must not include anything.</summary>
    /// <param name="hocon">The text.</param>
    /// <param name="name">What errors and origins call it.</param>
    /// <exception cref="ConfigurationException">It is not HOCON; file, line and key of the first error.</exception>
    public static Config ParseString(string hocon, string name = "text") => ParseString(hocon, HoconOptions.None, name);

    /// <summary>Reads <paramref name="hocon"/>; <paramref name="includeCallback"/> finds what it includes by name, null when there is
    /// nothing.</summary>
    /// <exception cref="ConfigurationException">It is not HOCON; line and key of the first error.</exception>
    public static Config ParseString(string hocon, Func<string, HoconRoot?> includeCallback) => Parse(
        hocon, "text", (include, _) => includeCallback(include.Name) is { } root ? [new HoconIncluded(include.Name, "", root.Value)] : [],
        HoconOptions.None);

    /// <summary>Reads <paramref name="hocon"/> with what <paramref name="options"/> offer.</summary>
    /// <inheritdoc cref="ParseString(string, string)"/>
    public static Config ParseString(string hocon, HoconOptions options, string name = "text") =>
        Parse(hocon, name, new HoconSources(isFile: false, options.Resources).Find, options);

    /// <summary>Reads the file <paramref name="path"/>, UTF-8, and the files it includes, each relative to the file that names
    /// it.</summary>
    /// <exception cref="ConfigurationException">A file is missing or not HOCON; file, line and key of the first error.</exception>
    public static Config ParseFile(string path) => ParseFile(path, HoconOptions.None);

    /// <summary>Reads the file <paramref name="path"/> with what <paramref name="options"/> offer.</summary>
    /// <inheritdoc cref="ParseFile(string)"/>
    public static Config ParseFile(string path, HoconOptions options) =>
        Parse(HoconFile.Read(path), path, new HoconSources(isFile: true, options.Resources).Find, options);

    internal static Config Parse(string hocon, string name, HoconIncluder includer, HoconOptions options)
    {
        var tree = HoconParser.Parse(hocon, name, includer);
        return new Config(new HoconResolver(tree, options).Resolve(), "", null, null);
    }

    private static Config ReadReference()
    {
        var assembly = typeof(ConfigurationFactory).Assembly;
        var config = Config.Empty;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ReferencePrefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var file = $"hocon/{name[ReferencePrefix.Length..]}";
            config = config.WithFallback(ParseString(HoconFile.Read(stream, file), file));
        }
        return config;
    }
}
