using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime;

/// <summary>Durable small files: written beside, flushed, renamed over the old one, and the directory flushed.</summary>
internal sealed class DurableFiles : IDurableFiles
{
    private const int BytesMax = 64 * 1024;

    public string? Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (RandomAccess.GetLength(file) > BytesMax) throw new IOException($"{path} is longer than {BytesMax} bytes: it is not what belongs there");
            var bytes = new byte[BytesMax];
            return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"Cannot read {path}: {e.Message}", e);
        }
    }

    public void Replace(string path, string content)
    {
        var beside = path + ".new";
        try
        {
            using (var file = File.OpenHandle(beside, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, Encoding.UTF8.GetBytes(content), 0);
                RandomAccess.FlushToDisk(file);
            }
            File.Move(beside, path, overwrite: true);
            if (OperatingSystem.IsLinux()) FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The second is what .NET makes of a file size limit (EFBIG).
            throw new IOException($"Cannot write {path}: {e.Message}", e);
        }
    }

    /// <summary>The rename itself is durable only with its directory.</summary>
    private static void FlushDirectory(string path)
    {
        var descriptor = LinuxCalls.Open(path, LinuxCalls.OpenDirectory | LinuxCalls.OpenCloseOnExec, 0);
        if (descriptor < 0) throw new IOException($"Cannot open {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LinuxCalls.Flush(directory) != 0)
            throw new IOException($"Cannot flush {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }
}
