using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>A file as memory. What is written is in the page cache, and survives the process.</summary>
internal sealed unsafe class Mapping : IDisposable
{
    private readonly SafeMemoryMappedViewHandle _view;
    private byte* _start;

    /// <exception cref="IOException">It cannot be mapped.</exception>
    public Mapping(SafeFileHandle file, long length)
    {
        using var mapped = MemoryMappedFile.CreateFromFile(
            file, mapName: null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        // The handle alone is kept: disposing of the accessor would flush, which takes milliseconds and is decided elsewhere.
        _view = mapped.CreateViewAccessor(0, length, MemoryMappedFileAccess.ReadWrite).SafeMemoryMappedViewHandle;
        _view.AcquirePointer(ref _start);
    }

    /// <summary>Bytes of the file. Never after <see cref="Dispose"/>; the caller keeps within its length.</summary>
    public Span<byte> At(long offset, int length) => new(_start + offset, length);

    /// <summary>Unmaps; flushes nothing.</summary>
    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.ReleasePointer();
        _view.Dispose();
    }
}
