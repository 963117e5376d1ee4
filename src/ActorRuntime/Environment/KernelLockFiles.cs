#pragma warning disable RS0030 // The one place that waits a moment in place: the lock's holder may be a probe that lets go in microseconds.
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime;

/// <summary>Lock files over <c>flock</c> (Linux) or exclusive opening (elsewhere).</summary>
/// <remarks>
/// flock belongs to the open file: a second open of the same path conflicts even inside one process, the descriptor is closed on exec, and
/// the kernel lets go when the process ends, whatever way. On network file systems locks may outlive or miss their holder: use a local directory.
/// </remarks>
internal sealed class KernelLockFiles : ILockFiles
{
    private const int ProbeRetries = 20;
    private const int OwnerReadWriteOthersRead = 0b110_100_100;

    public ILockFile? TryAcquire(string path, string content)
    {
        if (TryOpenLocked(path, create: true) is not { } file) return null;
        var held = new Held(path, file);
        try
        {
            held.Rewrite(content);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public bool IsHolderGone(string path, string content)
    {
        try
        {
            if (TryLockOnce(path, create: false) is not { } file) return false;
            try
            {
                return Read(file) == content;
            }
            finally
            {
                Release(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Whatever we could not look at proves nothing.
        }
    }

    private static SafeFileHandle? TryOpenLocked(string path, bool create)
    {
        // An observer's probe may hold the lock for microseconds just now: that is no other holder.
        for (var attempt = 0; attempt < ProbeRetries; attempt++)
        {
            if (TryLockOnce(path, create) is { } file) return file;
            Thread.Sleep(1);
        }
        return null;
    }

    private static SafeFileHandle? TryLockOnce(string path, bool create) =>
        OperatingSystem.IsLinux() ? TryLockLinux(path, create) : TryLockElsewhere(path, create);

    private static SafeFileHandle? TryLockLinux(string path, bool create)
    {
        var flags = LinuxCalls.OpenReadWrite | LinuxCalls.OpenCloseOnExec | (create ? LinuxCalls.OpenCreate : 0);
        var descriptor = LinuxCalls.Open(path, flags, OwnerReadWriteOthersRead);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (!create && error == LinuxCalls.ErrorNoEntry) return null;
            throw new IOException($"Cannot open lock file {path}: {Marshal.GetPInvokeErrorMessage(error)}. Its directory must exist and be writable.");
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LinuxCalls.Lock(file, LinuxCalls.LockExclusive | LinuxCalls.LockNonBlocking) == 0) return file;

        var refusal = Marshal.GetLastPInvokeError();
        file.Dispose();
        if (refusal is LinuxCalls.ErrorWouldBlock or LinuxCalls.ErrorInterrupted) return null;
        throw new IOException($"Cannot lock {path}: {Marshal.GetPInvokeErrorMessage(refusal)}. Put it on a local file system.");
    }

    private static SafeFileHandle? TryLockElsewhere(string path, bool create)
    {
        if (!create && !File.Exists(path)) return null;
        const int sharingViolation = unchecked((int)0x80070020);
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is sharingViolation or 35 /* EWOULDBLOCK of the BSDs */)
        {
            return null;
        }
    }

    /// <summary>Said, not left to the closing: a child process that is being started has a copy of the descriptor until it runs its program.</summary>
    private static void Release(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux() && !file.IsClosed) LinuxCalls.Lock(file, LinuxCalls.LockRelease);
        file.Dispose();
    }

    private static string Read(SafeFileHandle file)
    {
        const int contentBytesMax = 4096;
        var bytes = new byte[contentBytesMax];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
    }

    private sealed class Held(string path, SafeFileHandle file) : ILockFile
    {
        public void Rewrite(string content)
        {
            try
            {
                var bytes = Encoding.UTF8.GetBytes(content);
                RandomAccess.Write(file, bytes, 0);
                RandomAccess.SetLength(file, bytes.Length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
            {
                // The last is what .NET makes of a file size limit (EFBIG).
                throw new IOException($"Cannot write lock file {path}: {e.Message}", e);
            }
        }

        public void Dispose() => Release(file);
    }
}
