using System.Net;
using ActorRuntime.Util;

namespace ActorRuntime;

/// <summary>Opens datagram channels, each with a socket and a thread of its own.</summary>
public interface IDatagramNetwork
{
    /// <summary>Binds <paramref name="endPoint"/> and runs <paramref name="handler"/> on the channel's own thread until the channel is
    /// disposed.</summary>
    /// <param name="endPoint">Port 0 takes a free one.</param>
    /// <param name="name">Name of the thread.</param>
    /// <param name="handler">Called on the channel's thread only.</param>
    /// <exception cref="IOException">The port is taken or not allowed; the message names the end point.</exception>
    IDatagramChannel Open(IPEndPoint endPoint, string name, IDatagramHandler handler);
}

/// <summary>What a datagram channel drives: a sans-IO machine with one deadline. All calls come from one thread, one at a time.</summary>
public interface IDatagramHandler
{
    /// <summary>When <see cref="OnTime"/> is due next. Read after every call.</summary>
    MonotonicTime Deadline { get; }

    /// <summary>Called once, before anything else.</summary>
    void OnStart(IDatagramSender sender, MonotonicTime now);

    /// <summary>A datagram arrived; the bytes are valid during the call.</summary>
    void OnDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now);

    /// <summary>The deadline passed, or <see cref="IDatagramChannel.Wake"/> was called. The socket was drained before. Early and late
    /// calls must be harmless.</summary>
    void OnTime(MonotonicTime now);
}

/// <summary>Sends from the channel's own thread.</summary>
public interface IDatagramSender
{
    /// <summary>Sends at once and forgets; failures are counted, never thrown.</summary>
    void Send(ReadOnlySpan<byte> datagram, IPEndPoint to);
}

/// <summary>An open channel. Disposing stops its thread after the current call.</summary>
public interface IDatagramChannel : IDisposable
{
    /// <summary>The address bound, with the port the system chose.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>True when the thread runs under a real-time scheduling class (SCHED_FIFO).</summary>
    bool IsElevated { get; }

    /// <summary>Datagrams that the system refused to send.</summary>
    long SendFailures { get; }

    /// <summary>Has <see cref="IDatagramHandler.OnTime"/> called soon. Any thread.</summary>
    void Wake();
}
