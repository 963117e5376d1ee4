#pragma warning disable RS0030 // A detector must not share threads with anything that may block: the channel owns one, and the socket.
#pragma warning disable CA2213 // Its thread disposes of everything when it ends; only then is nobody waiting on it.
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime;

/// <summary>Drives one <see cref="IDatagramHandler"/> from its own thread: wait, drain the socket, then let time pass.</summary>
/// <remarks>
/// The socket is drained before <see cref="IDatagramHandler.OnTime"/>, so that a pause of the whole process is not taken for silence of the peers.
/// The steady path allocates nothing. An exception of the handler ends the process: handlers check what they receive.
/// </remarks>
internal sealed unsafe class UdpChannel : IDatagramChannel, IDatagramSender
{
    private const int DatagramBytesMax = 65_536;
    private const int DrainMax = 16_384; // Under a flood time must pass all the same.
    private const int AddressesMax = 4096;
    private const int FifoPriority = 10;
    private static readonly TimeSpan WaitMin = TimeSpan.FromMilliseconds(1); // An elevated thread must never spin on a deadline that stays due.
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SliceWithoutEventFd = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan StopWait = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly IDatagramHandler _handler;
    private readonly Thread _thread;
    private readonly SafeFileHandle? _wakeEvent;
    private readonly byte[] _buffer = new byte[DatagramBytesMax];
    private readonly Dictionary<IPEndPoint, SocketAddress> _addresses = [];
    private long _sendFailures;
    private volatile bool _isStopped;
    private volatile bool _isWoken;

    public UdpChannel(Socket socket, string name, IDatagramHandler handler)
    {
        _socket = socket;
        _handler = handler;
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        if (OperatingSystem.IsLinux())
        {
            var descriptor = LinuxCalls.EventFd(0, LinuxCalls.EventFdNonBlocking | LinuxCalls.EventFdCloseOnExec);
            if (descriptor >= 0) _wakeEvent = new SafeFileHandle(descriptor, ownsHandle: true);
        }
        using var started = new ManualResetEventSlim();
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start(started);
        started.Wait(); // Microseconds: the thread has to try its scheduling class before IsElevated can be read.
    }

    public IPEndPoint LocalEndPoint { get; }

    public bool IsElevated { get; private set; }

    public long SendFailures => Interlocked.Read(ref _sendFailures);

    public void Wake()
    {
        _isWoken = true;
        if (_wakeEvent is null) return; // The loop looks every few milliseconds.
        try
        {
            var one = 1UL;
            LinuxCalls.Write(_wakeEvent, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The channel ended meanwhile: there is nobody to wake.
        }
    }

    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint to)
    {
        try
        {
            if (!_addresses.TryGetValue(to, out var address))
            {
                if (_addresses.Count >= AddressesMax) _addresses.Clear();
                _addresses.Add(to, address = to.Serialize());
            }
            _socket.SendTo(datagram, SocketFlags.None, address);
        }
        catch (SocketException)
        {
            Interlocked.Increment(ref _sendFailures);
        }
    }

    /// <summary>Returns when the handler's current call has ended and the port is free (at once when called by the handler itself).</summary>
    public void Dispose()
    {
        _isStopped = true;
        Wake();
        if (Thread.CurrentThread != _thread) _thread.Join(StopWait);
    }

    private void Run(object? started)
    {
        IsElevated = TryElevate();
        ((ManualResetEventSlim)started!).Set();
        _handler.OnStart(this, ProductionEnvironment.ReadLeaseClock());
        while (!_isStopped)
        {
            Wait();
            Drain();
            if (_isStopped) break;

            var woken = Interlocked.Exchange(ref _isWoken, false); // A full fence: what was queued before a wake that found it set is seen below.
            var now = ProductionEnvironment.ReadLeaseClock();
            if (woken || now >= _handler.Deadline) _handler.OnTime(now);
        }
        _socket.Dispose();
        _wakeEvent?.Dispose();
    }

    private static bool TryElevate()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var priority = FifoPriority;
        return LinuxCalls.SetScheduler(0, LinuxCalls.SchedulerFifo, &priority) == 0;
    }

    private void Wait()
    {
        var wait = _handler.Deadline - ProductionEnvironment.ReadLeaseClock();
        if (wait > WaitMax) wait = WaitMax;
        if (wait < WaitMin) wait = WaitMin;
        if (_wakeEvent is null)
        {
            if (!_isWoken) _socket.Poll(wait < SliceWithoutEventFd ? wait : SliceWithoutEventFd, SelectMode.SelectRead);
            return;
        }

        var descriptors = stackalloc LinuxCalls.PollDescriptor[2];
        descriptors[0] = new() { Descriptor = (int)_socket.Handle, Events = LinuxCalls.PollIn };
        descriptors[1] = new() { Descriptor = (int)_wakeEvent.DangerousGetHandle(), Events = LinuxCalls.PollIn };
        var timeout = new LinuxCalls.TimeSpec
        {
            Seconds = wait.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = wait.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        // Interrupted by a signal is as good as woken: the loop looks at everything again.
        if (LinuxCalls.PPoll(descriptors, 2, &timeout, null) > 0 && descriptors[1].Returned != 0)
        {
            ulong count;
            LinuxCalls.Read(_wakeEvent, &count, sizeof(ulong));
        }
    }

    private void Drain()
    {
        for (var taken = 0; taken < DrainMax && !_isStopped; taken++)
        {
            var length = _socket.Receive(_buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return;
            if (error != SocketError.Success) continue; // A rejected datagram of ours, reported late: the next call reads on.
            _handler.OnDatagram(_buffer.AsSpan(0, length), ProductionEnvironment.ReadLeaseClock());
        }
    }
}
