using System.Runtime.CompilerServices;

namespace ActorRuntime.Repository.Tests;

/// <summary>The files of this repository as they lie on disk, build output left out.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Files below <paramref name="folder"/> of the root whose name matches <paramref name="pattern"/>, with paths relative to
    /// the root.</summary>
    public static IEnumerable<string> Files(string folder, string pattern)
    {
        var start = Path.Combine(Root, folder);
        if (!Directory.Exists(start)) return [];
        return Directory.EnumerateFiles(start, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(file => !file.Split('/').Any(part => part is "obj" or "bin" or "artifacts" or ".git"))
            .Order(StringComparer.Ordinal);
    }

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static string Find([CallerFilePath] string here = "")
    {
        var folder = new FileInfo(here).Directory!;
        while (!File.Exists(Path.Combine(folder.FullName, "ActorRuntime.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
