namespace ActorRuntime.Benchmarks;

/// <summary>A directory of a case's own, removed at its end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("actor-runtime-bench-").FullName;

    /// <summary>An earlier run of the case has written what is to be read.</summary>
    public bool IsFilled { get; set; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
