namespace ActorRuntime.Configuration;

/// <summary>An include statement: <c>include "name"</c>, <c>file("name")</c>, <c>resource("name")</c>, each also in
/// <c>required(…)</c>.</summary>
/// <param name="Name">What to include, as written.</param>
/// <param name="Kind">Where to look.</param>
/// <param name="IsRequired">Whether it is an error when there is nothing; else it is as if an empty file were there.</param>
internal sealed record HoconInclude(string Name, HoconIncludeKind Kind, bool IsRequired)
{
    /// <summary>Longer than any words that may stand before the name.</summary>
    public const int HeadMax = 30;

    private static readonly Dictionary<string, (HoconIncludeKind Kind, bool IsRequired)> Heads = new(StringComparer.Ordinal)
    {
        [""] = (HoconIncludeKind.Nearby, false),
        ["file("] = (HoconIncludeKind.File, false),
        ["resource("] = (HoconIncludeKind.Resource, false),
        ["classpath("] = (HoconIncludeKind.Resource, false),
        ["url("] = (HoconIncludeKind.Url, false),
        ["required("] = (HoconIncludeKind.Nearby, true),
        ["required(file("] = (HoconIncludeKind.File, true),
        ["required(resource("] = (HoconIncludeKind.Resource, true),
        ["required(classpath("] = (HoconIncludeKind.Resource, true),
        ["required(url("] = (HoconIncludeKind.Url, true),
    };

    /// <summary>The statement whose words before the name are <paramref name="head"/>, run together; null when they mean nothing.</summary>
    public static HoconInclude? From(string head, string name) =>
        Heads.TryGetValue(head, out var meaning) ? new HoconInclude(name, meaning.Kind, meaning.IsRequired) : null;
}

/// <summary>Where an include looks.</summary>
internal enum HoconIncludeKind
{
    /// <summary>Beside the text it stands in, then among the resources.</summary>
    Nearby,
    File,
    Resource,
    Url,
}

/// <summary>What an include found: <paramref name="Text"/> named <paramref name="File"/>, or a finished <paramref name="Value"/>.</summary>
internal readonly record struct HoconIncluded(string File, string Text, HoconValue? Value);

/// <summary>Finds what an include means; all of it, the later over the earlier. Empty when there is nothing.</summary>
/// <exception cref="ConfigurationException">It cannot be looked for, or cannot be read.</exception>
internal delegate IReadOnlyList<HoconIncluded> HoconIncluder(HoconInclude include, HoconOrigin from);
