using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.ProcessTests.Net;

/// <summary>The network between nodes in namespaces of their own: a switch on one TAP device per node, with two <see cref="Link"/>s, one per
/// class of frames, for each direction between two of them.</summary>
/// <remarks>One thread moves all frames, before ordinary threads where that is permitted: a network does not wait for a processor. Precise to
/// some tenths of a millisecond.</remarks>
internal sealed unsafe class LinkEmulator : IDisposable
{
    private const int Channels = 2;
    private const long LookUpMicroseconds = 50_000; // How soon the thread notices that it is to end.

    private readonly SafeFileHandle[] _taps;
    private readonly Link[] _links;
    private readonly PriorityQueue<(int To, byte[] Frame), (long Due, long Order)> _underWay = new();
    private readonly byte[] _buffer = new byte[Frame.BytesMax];
    private readonly Thread _thread;
    private volatile bool _isEnding;
    private long _order;

    /// <param name="seed">What becomes of which frame follows from it.</param>
    /// <param name="nodes">Their namespaces; each gets its device, and is node 1 and so on from here on.</param>
    public LinkEmulator(int seed, IReadOnlyList<NodeNamespace> nodes)
    {
        _taps = [.. nodes.Select((node, i) => node.Plug(i + 1, nodes.Count))];
        _links = [.. Enumerable.Range(0, nodes.Count * nodes.Count * Channels).Select(i => new Link(HashCode.Combine(seed) ^ (i * 7919)))];
        _thread = new Thread(Run) { IsBackground = true, Name = "link emulator" };
        _thread.Start();
    }

    public int Nodes => _taps.Length;

    /// <param name="from">Number of the sending node, from 1.</param>
    /// <param name="to">Number of the receiving node, from 1.</param>
    public Link Link(int from, int to, FrameClass channel) => _links[((((from - 1) * _taps.Length) + to - 1) * Channels) + (int)channel];

    /// <summary>Changes all directions between two nodes that are chosen, on one channel or both.</summary>
    /// <param name="chosen">Number of the sending node, number of the receiving node, from 1.</param>
    public void Set(LinkSettings settings, Func<int, int, bool> chosen, FrameClass? only = null)
    {
        for (var from = 1; from <= Nodes; from++)
        {
            for (var to = 1; to <= Nodes; to++)
            {
                if (from == to || !chosen(from, to)) continue;
                foreach (var channel in Enum.GetValues<FrameClass>())
                    if (only is null || only == channel) Link(from, to, channel).Settings = settings;
            }
        }
    }

    /// <summary>All links pass everything at once again.</summary>
    public void Heal() => Set(LinkSettings.Clear, (_, _) => true);

    /// <summary>What became of the frames of one channel so far, over all links.</summary>
    public (long Passed, long Lost, long Duplicated, long Reordered) Count(FrameClass channel)
    {
        var links = _links.Where((_, i) => i % Channels == (int)channel).ToList();
        return (links.Sum(link => link.Passed), links.Sum(link => link.Lost), links.Sum(link => link.Duplicated), links.Sum(link => link.Reordered));
    }

    public void Dispose()
    {
        _isEnding = true;
        _thread.Join();
        foreach (var tap in _taps) tap.Dispose();
    }

    private void Run()
    {
        LinuxNet.RunFirst();
        var polled = stackalloc LinuxNet.PollDescriptor[_taps.Length];
        for (var i = 0; i < _taps.Length; i++)
            polled[i] = new() { Descriptor = (int)_taps[i].DangerousGetHandle(), Events = LinuxNet.PollIn };
        while (!_isEnding)
        {
            var wait = _underWay.TryPeek(out _, out var next) ? Math.Clamp(next.Due - Now(), 0, LookUpMicroseconds) : LookUpMicroseconds;
            var timeout = new LinuxNet.TimeSpec { Nanoseconds = wait * 1000 };
            if (LinuxNet.Poll(polled, (nuint)_taps.Length, &timeout, null) > 0)
            {
                for (var i = 0; i < _taps.Length; i++)
                    if ((polled[i].Returned & LinuxNet.PollIn) != 0) ReadAll(i + 1);
            }
            var now = Now();
            while (_underWay.TryPeek(out var arriving, out var at) && at.Due <= now)
            {
                _underWay.Dequeue();
                Deliver(arriving.To, arriving.Frame);
            }
        }
    }

    private void ReadAll(int from)
    {
        while (true)
        {
            nint read;
            fixed (byte* buffer = _buffer) read = LinuxNet.Read(_taps[from - 1], buffer, (nuint)_buffer.Length);
            if (read <= 0) return;
            var frame = _buffer.AsSpan(0, (int)read);
            if (!Frame.TryRead(frame, out var to, out var channel) || to > Nodes) continue;
            var now = Now();
            var fate = Link(from, to, channel).Take(frame.Length, now);
            for (var copy = 0; copy < fate.Copies; copy++)
            {
                var due = copy == 0 ? fate.First : fate.Second;
                if (due <= now) Deliver(to, frame);
                else _underWay.Enqueue((to, frame.ToArray()), (due, _order++));
            }
        }
    }

    /// <summary>A device whose other end takes nothing loses the frame, as a wire does.</summary>
    private void Deliver(int to, ReadOnlySpan<byte> frame)
    {
        fixed (byte* buffer = frame)
        {
            while (LinuxNet.Write(_taps[to - 1], buffer, (nuint)frame.Length) < 0
                && Marshal.GetLastPInvokeError() == LinuxNet.ErrorInterrupted) { }
        }
    }

    private static long Now() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);
}
