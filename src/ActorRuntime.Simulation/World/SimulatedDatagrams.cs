using System.Net;

namespace ActorRuntime.Simulation.World;

/// <summary>A process's datagram sockets.</summary>
internal sealed class SimulatedDatagrams(SimulatedNetwork network, SimulatedProcess process) : IDatagramNetwork
{
    public IDatagramChannel Open(IPEndPoint endPoint, string name, IDatagramHandler handler)
    {
        var channel = new SimulatedDatagramChannel(network, process, network.Bind(process, endPoint, isStream: false), handler);
        network.Add(channel);
        channel.Start();
        return channel;
    }
}

/// <summary>A socket and the thread that serves it. What arrives while the process is stopped waits in the socket, up to its size.</summary>
internal sealed class SimulatedDatagramChannel : Happening, IDatagramChannel, IDatagramSender, IThreadPoolWorkItem
{
    private const int BufferBytesMax = 1 << 20;

    private readonly SimulatedNetwork _network;
    private readonly IDatagramHandler _handler;
    private readonly Queue<byte[]> _socket = [];
    private long _armedFor = long.MaxValue;
    private int _buffered;
    private bool _isQueued;
    private bool _isWoken;
    private bool _isStarted;
    private bool _isClosed;

    public SimulatedDatagramChannel(SimulatedNetwork network, SimulatedProcess process, IPEndPoint endPoint, IDatagramHandler handler) =>
        (_network, Process, LocalEndPoint, _handler) = (network, process, endPoint, handler);

    public SimulatedProcess Process { get; }

    public IPEndPoint LocalEndPoint { get; }

    public bool IsElevated => true;

    public long SendFailures => 0;

    public void Start() => Queue();

    public void Wake()
    {
        _isWoken = true;
        Queue();
    }

    public void Send(ReadOnlySpan<byte> datagram, IPEndPoint to)
    {
        if (!_isClosed) _network.Send(Process, datagram, to);
    }

    /// <summary>A datagram is there.</summary>
    public void Arrive(byte[] datagram)
    {
        if (_buffered + datagram.Length > BufferBytesMax) return;
        _buffered += datagram.Length;
        _socket.Enqueue(datagram);
        Queue();
    }

    /// <summary>The deadline, as it was when this was put on the agenda, has come.</summary>
    public override void Happen()
    {
        if (_network.Agenda.Now != _armedFor) return;
        _armedFor = long.MaxValue;
        Queue();
    }

    /// <summary>The thread's loop once: the socket is drained before the time is looked at.</summary>
    public void Execute()
    {
        _isQueued = false;
        if (_isClosed) return;
        if (!_isStarted)
        {
            _isStarted = true;
            _handler.OnStart(this, Process.Host.Clock.Now);
        }
        while (_socket.TryDequeue(out var datagram))
        {
            _buffered -= datagram.Length;
            _handler.OnDatagram(datagram, Process.Host.Clock.Now);
        }
        var (now, woken) = (Process.Host.Clock.Now, _isWoken);
        _isWoken = false;
        if (woken || now >= _handler.Deadline) _handler.OnTime(now);
        Arm();
    }

    public void Dispose()
    {
        if (_isClosed) return;
        _isClosed = true;
        _network.Remove(this);
    }

    private void Queue()
    {
        if (_isQueued || _isClosed) return;
        _isQueued = true;
        Process.Ready(this);
    }

    private void Arm()
    {
        var deadline = _handler.Deadline.Ticks;
        if (deadline > Process.Host.Clock.Now.Ticks + TimeSpan.TicksPerDay) return;
        // At the earliest after a tick: a handler whose deadline has passed must not stop time.
        var due = Math.Max(_network.Agenda.Now + 1, Process.Host.Clock.TrueAt(deadline));
        if (due >= _armedFor) return;
        _armedFor = due;
        _network.Agenda.At(due, this);
    }
}
