namespace ActorRuntime.Configuration;

/// <summary>Makes configurations from HOCON text.</summary>
/// <remarks>
/// Known: objects, lists, dotted and quoted keys, comments, all strings, concatenation, <c>+=</c>, <c>include "file"</c>, <c>${path}</c>
/// and <c>${?path}</c> (within the text and what it includes, then the environment). Not known and refused with file and line: other forms
/// of include, a list at the top. Depth, size and includes are bounded.
/// </remarks>
public static class ConfigurationFactory
{
    /// <summary>No settings at all.</summary>
    public static Config Empty => Config.Empty;

    /// <summary>Reads <paramref name="hocon"/>, which must not include anything.</summary>
    /// <param name="hocon">The text.</param>
    /// <param name="name">What errors and origins call it.</param>
    /// <exception cref="ConfigurationException">It is not HOCON; file, line and key of the first error.</exception>
    public static Config ParseString(string hocon, string name = "text") =>
        Parse(hocon, name, HoconIncludes.None, System.Environment.GetEnvironmentVariable);

    /// <summary>Reads <paramref name="hocon"/>; <paramref name="includeCallback"/> finds what it includes by name.</summary>
    /// <exception cref="ConfigurationException">It is not HOCON; line and key of the first error.</exception>
    public static Config ParseString(string hocon, Func<string, HoconRoot> includeCallback) =>
        Parse(hocon, "text", HoconIncludes.FromCallback(includeCallback), System.Environment.GetEnvironmentVariable);

    /// <summary>Reads the file <paramref name="path"/>, UTF-8, and the files it includes, each relative to the file that names
    /// it.</summary>
    /// <exception cref="ConfigurationException">A file is missing or not HOCON; file, line and key of the first error.</exception>
    public static Config ParseFile(string path) =>
        Parse(HoconFile.Read(path, null), path, HoconIncludes.FromFile, System.Environment.GetEnvironmentVariable);

    internal static Config Parse(string hocon, string name, HoconIncluder includer, Func<string, string?> environment)
    {
        var tree = HoconParser.Parse(hocon, name, includer);
        return new Config(new HoconResolver(tree, environment).Resolve(), "", null);
    }
}
