using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime;

/// <summary>The few calls of the C library that .NET does not offer. Linux only: callers check <see cref="OperatingSystem.IsLinux"/>.</summary>
internal static unsafe partial class LinuxCalls
{
    /// <summary>Monotonic time that keeps running while the machine is suspended.</summary>
    public const int ClockBootTime = 7;

    public const int OpenReadWrite = 2, OpenCreate = 0x40, OpenDirectory = 0x10000, OpenCloseOnExec = 0x80000;
    public const int LockExclusive = 2, LockNonBlocking = 4, LockRelease = 8;
    public const int EventFdNonBlocking = 0x800, EventFdCloseOnExec = 0x80000;
    public const int SchedulerFifo = 1;
    public const short PollIn = 1;
    public const int ErrorNoEntry = 2, ErrorInterrupted = 4, ErrorWouldBlock = 11;

    // The call reads a page the kernel shares (vDSO): nothing to suspend for.
    [LibraryImport("libc", EntryPoint = "clock_gettime"), SuppressGCTransition]
    public static partial int ClockGetTime(int clock, TimeSpec* time);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Flush(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int PPoll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* signalMask);

    /// <summary>With process id 0 the calling thread alone changes its class.</summary>
    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    public static partial int SetScheduler(int processId, int policy, int* priority);

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
