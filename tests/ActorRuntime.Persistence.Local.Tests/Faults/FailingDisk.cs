using ActorRuntime.Persistence.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Persistence.Local.Tests.Faults;

/// <summary>The real disk, which fails, or counts, or is another one, when it is told to.</summary>
internal sealed class FailingDisk : IDisk
{
    private readonly LocalDisk _disk = new();

    /// <summary>Part of the path of the file whose next flush fails.</summary>
    public string? FailsOnce { get; set; }

    public string? Network { get; set; }

    /// <summary>What others do while a file is being flushed.</summary>
    public Action? During { get; set; }

    /// <summary>Paths that were flushed.</summary>
    public List<string> Flushed { get; } = [];

    /// <summary>Directories whose names were flushed.</summary>
    public List<string> Directories { get; } = [];

    public void Flush(SafeFileHandle file, string path)
    {
        lock (Flushed) Flushed.Add(path);
        if (FailsOnce is { } part && path.Contains(part, StringComparison.Ordinal))
        {
            FailsOnce = null;
            throw new IOException($"Cannot flush {path}: Input/output error");
        }
        _disk.Flush(file, path);
        During?.Invoke();
    }

    public void FlushDirectory(string path)
    {
        lock (Flushed) Directories.Add(path);
        _disk.FlushDirectory(path);
    }

    public void Allocate(SafeFileHandle file, string path, long length) => _disk.Allocate(file, path, length);

    public void WriteZeros(SafeFileHandle file, long length) => _disk.WriteZeros(file, length);

    public string? NetworkFileSystem(string directory) => Network ?? _disk.NetworkFileSystem(directory);
}
