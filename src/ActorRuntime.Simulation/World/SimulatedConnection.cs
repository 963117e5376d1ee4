#pragma warning disable CA2213 // The other end belongs to another process.
using System.Net;

namespace ActorRuntime.Simulation.World;

/// <summary>One end of a stream: bytes arrive in order and once, or the connection breaks.</summary>
/// <remarks>
/// As TCP with the settings of production: while the link is cut nothing is lost and nothing arrives; a cut of <see cref="BreakAfter"/> breaks it; an end that is told to stop
/// tells the other, if the link lets it; what reaches an end that is gone is answered with a reset.
/// </remarks>
internal sealed class SimulatedConnection : IStreamConnection
{
    private const int WindowBytes = 256 * 1024;

    /// <summary>Time without an acknowledgement after which a connection breaks (keep-alive, user time-out).</summary>
    public static readonly TimeSpan BreakAfter = TimeSpan.FromSeconds(10);

    private static readonly byte[] Fin = [];

    private readonly SimulatedNetwork _network;
    private readonly Link _there;
    private readonly Link _back;
    private readonly Queue<byte[]> _inbox = [];
    private readonly Queue<byte[]> _stalled = []; // Sent while the link was cut.
    private SimulatedConnection _peer = null!;
    private Pending<int>? _receive;
    private Pending<bool>? _send;
    private Memory<byte> _buffer;
    private string? _broken;
    private long _lastArrival;
    private int _headOffset;
    private int _unread; // Bytes on the way to the peer, or waiting there.
    private int _cuts;
    private bool _isEndOfInput;
    private bool _isGone;
    private bool _isFinished;

    private SimulatedConnection(SimulatedNetwork network, SimulatedProcess process, EndPoint remote, int target)
    {
        (_network, Process, RemoteEndPoint) = (network, process, remote);
        (_there, _back) = (network[process.Host.Index, target], network[target, process.Host.Index]);
    }

    public SimulatedProcess Process { get; }

    public EndPoint RemoteEndPoint { get; }

    private bool IsCutThere => _there.IsCut(Cut.Streams);

    private bool IsCut => IsCutThere || _back.IsCut(Cut.Streams);

    /// <summary>Two ends.</summary>
    public static (SimulatedConnection Mine, SimulatedConnection Theirs) Pair(
        SimulatedNetwork network, SimulatedProcess from, IPEndPoint to, SimulatedProcess target)
    {
        var mine = new SimulatedConnection(network, from, to, target.Host.Index);
        var theirs = new SimulatedConnection(network, target, new IPEndPoint(from.Host.Address, 0), from.Host.Index);
        (mine._peer, theirs._peer) = (theirs, mine);
        network.Add(mine);
        network.Add(theirs);
        return (mine, theirs);
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfBroken();
        if (_inbox.Count > 0) return TakeIn(buffer);
        if (_isEndOfInput) return 0;
        _buffer = buffer;
        _receive = new Pending<int>(Process, cancellationToken);
        return await _receive.Task.ConfigureAwait(false);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfBroken();
        if (bytes.Length == 0) return;
        _unread += bytes.Length;
        Transmit(bytes.ToArray());
        if (_unread <= WindowBytes) return;
        _send = new Pending<bool>(Process, cancellationToken);
        await _send.Task.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        _broken ??= "closed here";
        Finish();
        return ValueTask.CompletedTask;
    }

    /// <summary>The kernel closes it.</summary>
    /// <param name="isSilent">The machine is gone: the peer finds out by itself.</param>
    public void OnProcessEnded(bool isSilent)
    {
        _broken ??= "the process has ended";
        if (!isSilent) Finish();
        else
        {
            (_isFinished, _isGone) = (true, true);
            _network.Remove(this);
            _network.Agenda.At(_network.Agenda.Now + BreakAfter.Ticks, new Call(() => _peer.Break("no answer from the peer's machine")));
        }
    }

    /// <summary>The link was cut in some direction, or opened.</summary>
    public void OnLinkChanged()
    {
        var cuts = ++_cuts;
        var now = _network.Agenda.Now;
        if (IsCut) _network.Agenda.At(now + BreakAfter.Ticks, new Call(() => BreakIfCutSince(cuts)));
        if (!IsCutThere && _stalled.Count > 0) _network.Agenda.At(now + _network.Random.Below(TimeSpan.FromSeconds(1)).Ticks, new Call(Flush));
    }

    private void BreakIfCutSince(int cuts)
    {
        if (cuts == _cuts) Break("no acknowledgement within 10 s");
    }

    private void Flush()
    {
        while (!IsCutThere && _stalled.TryDequeue(out var segment)) Send(segment);
    }

    private void Transmit(byte[] segment)
    {
        if (IsCutThere || _stalled.Count > 0) _stalled.Enqueue(segment);
        else Send(segment);
    }

    private void Send(byte[] segment)
    {
        var (conditions, now) = (_there.Conditions, _network.Agenda.Now);
        if (conditions.StreamBytesPerSecond > 0)
        {
            now = Math.Max(now, _there.StreamsBusyUntil) + segment.Length * TimeSpan.TicksPerSecond / conditions.StreamBytesPerSecond;
            _there.StreamsBusyUntil = now;
        }
        var arrival = _there.ArrivalOf(now, _network.Random);
        if (_network.Random.Chance(conditions.LossPercent)) arrival += conditions.RetransmitAfter.Ticks;
        _lastArrival = Math.Max(arrival, _lastArrival);
        _network.Agenda.At(_lastArrival, new Segment(this, segment));
    }

    private void Arrive(byte[] segment)
    {
        if (_isGone)
        {
            if (segment != Fin && Process.Host.IsOn) _network.Agenda.At(_there.ArrivalOf(_network.Agenda.Now, _network.Random), new Call(() => _peer.Break("reset by the peer")));
            return;
        }
        if (segment == Fin) _isEndOfInput = true;
        else _inbox.Enqueue(segment);
        if (_receive is { IsAnswered: false } receive) receive.Answer(() => _broken is { } ? throw Broken() : TakeIn(_buffer));
    }

    private int TakeIn(Memory<byte> buffer)
    {
        var count = 0;
        while (count < buffer.Length && _inbox.TryPeek(out var segment))
        {
            var part = Math.Min(buffer.Length - count, segment.Length - _headOffset);
            segment.AsSpan(_headOffset, part).CopyTo(buffer.Span[count..]);
            (count, _headOffset) = (count + part, _headOffset + part);
            if (_headOffset < segment.Length) break;
            _inbox.Dequeue();
            _headOffset = 0;
        }
        _peer.OnRead(count);
        return count;
    }

    private void OnRead(int count)
    {
        _unread -= count;
        if (_unread <= WindowBytes && _send is { IsAnswered: false } send) send.Answer(() => _broken is { } ? throw Broken() : true);
    }

    /// <summary>This end sends no more and reads no more.</summary>
    private void Finish()
    {
        if (_isFinished) return;
        (_isFinished, _isGone) = (true, true);
        Fail();
        Transmit(Fin);
        _network.Remove(this);
        FlushAtLast();
    }

    /// <summary>The kernel goes on with what a closed socket still has to send, until the other end has given up.</summary>
    private void FlushAtLast()
    {
        if (_stalled.Count == 0 || _peer._isFinished) return;
        Flush();
        if (_stalled.Count > 0) _network.Agenda.At(_network.Agenda.Now + TimeSpan.TicksPerSecond, new Call(FlushAtLast));
    }

    private void Break(string why)
    {
        if (_isFinished) return;
        (_isFinished, _isGone, _broken) = (true, true, why);
        _network.Remove(this);
        Fail();
    }

    private void Fail()
    {
        _receive?.Answer(() => throw Broken());
        _send?.Answer(() => throw Broken());
    }

    private void ThrowIfBroken()
    {
        if (_broken is not null) throw Broken();
    }

    private IOException Broken() => new($"Connection with {RemoteEndPoint} broke: {_broken}");

    private sealed class Segment(SimulatedConnection from, byte[] bytes) : Happening
    {
        public override void Happen()
        {
            from._network.Agenda.Digest.Add(bytes);
            from._network.Recorder?.Invoke(from.Process, from._peer.Process, bytes == Fin ? "close" : $"stream {bytes.Length} B");
            from._peer.Arrive(bytes);
        }
    }
}
