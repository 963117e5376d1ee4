using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>What the store asks of a disk and .NET does not offer. Tests put another one in its place, to lose power and to fail.</summary>
internal interface IDisk
{
    /// <summary>Waits until all that was written to the file, through mappings too, is on the disk, and its size.</summary>
    /// <exception cref="IOException">It may not be, and never will by asking again: the kernel has forgotten what it could not write.</exception>
    void Flush(SafeFileHandle file, string path);

    /// <summary>Waits until the names in a directory are on the disk.</summary>
    /// <exception cref="IOException">They may not be.</exception>
    void FlushDirectory(string path);

    /// <summary>Makes a new file as long as this, with room on the disk for all of it: a page without would kill the process that writes it
    /// through a mapping.</summary>
    /// <exception cref="IOException">There is no room.</exception>
    void Allocate(SafeFileHandle file, string path, long length);

    /// <summary>Writes the whole file once, so that later flushes of it change nothing but its data.</summary>
    /// <exception cref="IOException">There is no room.</exception>
    void WriteZeros(SafeFileHandle file, long length);

    /// <summary>Name of the file system that holds a directory, if other machines may have it too; null for a local one.</summary>
    string? NetworkFileSystem(string directory);
}

/// <summary>The disks of this machine. The only place with calls of the C library.</summary>
internal sealed partial class LocalDisk : IDisk
{
    private const int OpenDirectory = 0x10000, OpenCloseOnExec = 0x80000;
    private const int Interrupted = 4, Invalid = 22, NotSupported = 95;

    public void Flush(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (FlushData(file) != 0) throw Failed("flush", path, Marshal.GetLastPInvokeError());
    }

    public void FlushDirectory(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = Open(path, OpenDirectory | OpenCloseOnExec, 0);
        if (descriptor < 0) throw Failed("open", path, Marshal.GetLastPInvokeError());
        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FlushAll(directory) != 0) throw Failed("flush", path, Marshal.GetLastPInvokeError());
    }

    public void Allocate(SafeFileHandle file, string path, long length)
    {
        var error = NotSupported;
        if (OperatingSystem.IsLinux())
        {
            do error = AllocateSpace(file, 0, length);
            while (error == Interrupted);
        }
        if (error is NotSupported or Invalid) WriteZeros(file, length);
        else if (error != 0) throw Failed($"get {length} bytes of room for", path, error);
    }

    public void WriteZeros(SafeFileHandle file, long length)
    {
        var zeros = new byte[Math.Min(length, 1024 * 1024)];
        for (var offset = 0L; offset < length; offset += zeros.Length)
            RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - offset)), offset);
    }

    public string? NetworkFileSystem(string directory)
    {
        var drive = new DriveInfo(directory);
        return drive.DriveType == DriveType.Network || drive.DriveFormat is "v9fs" or "9p" or "ceph" or "glusterfs" or "lustre" or "gpfs" or "ocfs2" or "gfs2"
            ? drive.DriveFormat
            : null;
    }

    private static IOException Failed(string what, string path, int error) =>
        new($"Cannot {what} {path}: {Marshal.GetPInvokeErrorMessage(error)}");

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FlushData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushAll(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int AllocateSpace(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, uint mode);
}
