namespace ActorRuntime.Node.Demo;

/// <summary>Where a run keeps its configurations, logs and store; removed at the end unless it is to be kept.</summary>
internal sealed class DemoDirectory : IDisposable
{
    private readonly bool _keep;
    private readonly bool _created;

    private DemoDirectory(string path, bool keep, bool created) => (Path, _keep, _created) = (path, keep, created);

    public string Path { get; }

    /// <param name="path">Null takes a new temporary directory.</param>
    /// <param name="keep">It stays after the run.</param>
    public static DemoDirectory Create(string? path, bool keep)
    {
        if (path is null) return new(Directory.CreateTempSubdirectory("actor-runtime-demo-").FullName, keep, created: true);
        var created = !Directory.Exists(path);
        return new(Directory.CreateDirectory(path).FullName, keep, created);
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (_keep) return;
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path))
        {
            if (Directory.Exists(entry)) Directory.Delete(entry, recursive: true);
            else System.IO.File.Delete(entry);
        }
        if (_created) Directory.Delete(Path);
    }
}
