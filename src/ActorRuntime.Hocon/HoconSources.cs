namespace ActorRuntime.Configuration;

/// <summary>Finds includes in files and resources.</summary>
/// <param name="isFile">Whether the first text is a file, which others can be relative to.</param>
/// <param name="resources">Opens a resource by name.</param>
internal sealed class HoconSources(bool isFile, Func<string, Stream?>? resources)
{
    /// <summary>Starts the name of a text that was a resource.</summary>
    private const string ResourceMark = "resource:";

    private static readonly string[] Extensions = [".json", ".conf"];

    /// <inheritdoc cref="HoconIncluder"/>
    public IReadOnlyList<HoconIncluded> Find(HoconInclude include, HoconOrigin from)
    {
        var name = include.Name;
        if (name.StartsWith("file:", StringComparison.Ordinal) && Uri.TryCreate(name, UriKind.Absolute, out var uri)) name = uri.LocalPath;
        else if (include.Kind == HoconIncludeKind.Url || name.Contains("://", StringComparison.Ordinal))
            throw Error($"include \"{name}\": configurations are read from files and resources, never over a network", from);
        var inResource = from.File.StartsWith(ResourceMark, StringComparison.Ordinal);
        if (include.Kind == HoconIncludeKind.Resource || (include.Kind == HoconIncludeKind.Nearby && (inResource || !isFile)))
            return resources is null ? throw NoPlace(include, from) : InResources(Adjacent(name, from.File, inResource));
        if ((inResource || !isFile) && !Path.IsPathRooted(name)) throw NoPlace(include, from);
        var found = InFiles(Path.Combine(Path.GetDirectoryName(from.File) ?? "", name), from);
        return found.Count == 0 && include.Kind == HoconIncludeKind.Nearby && resources is not null
            ? InResources(name.TrimStart('/'))
            : found;
    }

    private static List<HoconIncluded> InFiles(string path, HoconOrigin from)
    {
        var found = new List<HoconIncluded>();
        foreach (var file in Candidates(path))
        {
            if (HoconFile.ReadIfThere(file, from) is { } text) found.Add(new HoconIncluded(file, text, null));
        }
        return found;
    }

    private List<HoconIncluded> InResources(string path)
    {
        var found = new List<HoconIncluded>();
        foreach (var name in Candidates(path))
        {
            using var stream = resources!(name);
            if (stream is not null) found.Add(new HoconIncluded(ResourceMark + name, HoconFile.Read(stream, ResourceMark + name), null));
        }
        return found;
    }

    /// <summary>The name as it is; one that has no known extension also with each of them.</summary>
    private static IEnumerable<string> Candidates(string path) =>
        Extensions.Contains(Path.GetExtension(path)) ? [path] : [path, .. Extensions.Select(extension => path + extension)];

    /// <summary>A resource's name beside the one that names it; <c>/</c> at its start means from the top.</summary>
    private static string Adjacent(string name, string from, bool inResource) =>
        name.StartsWith('/') ? name[1..]
        : inResource && from.LastIndexOf('/') is var slash and >= 0 ? from[ResourceMark.Length..(slash + 1)] + name
        : name;

    private static ConfigurationException NoPlace(HoconInclude include, HoconOrigin from) =>
        Error(include.Kind == HoconIncludeKind.Resource
            ? $"include resource(\"{include.Name}\"): this text is read without HoconOptions.Resources"
            : $"include \"{include.Name}\": this text is not a file, so nothing can be included relative to it", from);

    private static ConfigurationException Error(string message, HoconOrigin from) => new(new ConfigurationError(message, "", from));
}
