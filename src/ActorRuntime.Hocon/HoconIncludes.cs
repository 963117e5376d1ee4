namespace ActorRuntime.Configuration;

/// <summary>Finds what <c>include "name"</c> means.</summary>
/// <param name="name">As written.</param>
/// <param name="from">Where it is written.</param>
/// <returns>A text and its name, or a value.</returns>
/// <exception cref="ConfigurationException">There is no such text.</exception>
internal delegate HoconIncluded HoconIncluder(string name, HoconOrigin from);

/// <summary>What an include found: <paramref name="Text"/> named <paramref name="File"/>, or a finished <paramref name="Value"/>.</summary>
internal readonly record struct HoconIncluded(string File, string Text, HoconValue? Value);

/// <summary>The includers that exist.</summary>
internal static class HoconIncludes
{
    /// <summary>Files, relative to the folder of the file that names them.</summary>
    public static HoconIncluded FromFile(string name, HoconOrigin from)
    {
        var file = Path.Combine(Path.GetDirectoryName(from.File) ?? "", name);
        return new HoconIncluded(file, HoconFile.Read(file, from), null);
    }

    /// <summary>The caller's callback.</summary>
    public static HoconIncluder FromCallback(Func<string, HoconRoot> callback) =>
        (name, _) => new HoconIncluded(name, "", callback(name).Value);

    /// <summary>For texts that come from nowhere a file could be relative to.</summary>
    public static HoconIncluded None(string name, HoconOrigin from) =>
        throw new ConfigurationException(new ConfigurationError(
            $"include \"{name}\": this text is not a file, so nothing can be included relative to it", "", from));
}
