using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.ProcessTests.Net;

/// <summary>The calls of the C library that the emulator is made of. Linux only.</summary>
internal static unsafe partial class LinuxNet
{
    public const short PollIn = 1;
    public const int ErrorInterrupted = 4, ErrorWouldBlock = 11;

    private const int OpenReadWrite = 2, OpenNonBlocking = 0x800, OpenCloseOnExec = 0x80000;
    private const int NewNet = 0x40000000;
    private const uint TunSetInterface = 0x400454ca;
    private const short Tap = 2, NoPacketInformation = 0x1000;
    private const int Fifo = 1;

    /// <summary>The calling thread belongs to another network namespace from here to its end.</summary>
    /// <exception cref="Win32Exception">Not permitted.</exception>
    public static void EnterNet(string namespaceFile)
    {
        using var file = File.OpenHandle(namespaceFile);
        if (SetNamespace(file, NewNet) != 0) throw Failed($"setns {namespaceFile}");
    }

    /// <summary>Makes a TAP device in the network namespace of the calling thread; it is gone when the handle is closed.</summary>
    /// <exception cref="Win32Exception">Not permitted, or this kernel has none.</exception>
    public static SafeFileHandle OpenTap(string name)
    {
        var handle = Open("/dev/net/tun", OpenReadWrite | OpenNonBlocking | OpenCloseOnExec);
        if (handle.IsInvalid) throw Failed("open /dev/net/tun");
        var request = new InterfaceRequest { Flags = Tap | NoPacketInformation };
        for (var i = 0; i < name.Length; i++) request.Name[i] = (byte)name[i];
        if (Control(handle, TunSetInterface, &request) == 0) return handle;
        var failed = Failed($"TAP device {name}");
        handle.Dispose();
        throw failed;
    }

    /// <summary>Runs the calling thread before all ordinary ones, where that is permitted.</summary>
    public static void RunFirst()
    {
        var priority = 2;
        _ = SetScheduler(0, Fifo, &priority);
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* signalMask);

    private static Win32Exception Failed(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new(error, $"{what}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle file, int kind);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int processId, int policy, int* priority);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct InterfaceRequest
    {
        public fixed byte Name[16];
        public short Flags;
    }
}
