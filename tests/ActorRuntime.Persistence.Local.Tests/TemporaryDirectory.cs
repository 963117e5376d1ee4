namespace ActorRuntime.Persistence.Local.Tests;

/// <summary>A directory of a test's own, removed at its end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("actor-runtime-").FullName;

    public string File(string name) => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
