using System.Net;

namespace ActorRuntime;

/// <summary>Makes and accepts reliable byte streams.</summary>
public interface IStreamNetwork
{
    /// <summary>Binds <paramref name="endPoint"/> and listens.</summary>
    /// <param name="endPoint">Port 0 takes a free one; see <see cref="IStreamListener.LocalEndPoint"/>.</param>
    /// <exception cref="IOException">The port is taken or not allowed; the message names the end point.</exception>
    IStreamListener Listen(IPEndPoint endPoint);

    /// <summary>Connects to <paramref name="host"/>.</summary>
    /// <returns>An open stream.</returns>
    /// <exception cref="ConnectRefusedException">The host answered that nobody listens there: strong evidence that the process is
    /// gone.</exception>
    /// <exception cref="IOException">No route, no answer, or any other failure.</exception>
    ValueTask<IStreamConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken);
}

/// <summary>A bound port.</summary>
public interface IStreamListener : IAsyncDisposable
{
    /// <summary>The address bound, with the port the system chose.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>The next incoming stream.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the listener was disposed.</exception>
    ValueTask<IStreamConnection> AcceptAsync(CancellationToken cancellationToken);
}

/// <summary>One reliable byte stream. One reader and one writer at a time.</summary>
public interface IStreamConnection : IAsyncDisposable
{
    /// <summary>The other side's address.</summary>
    EndPoint RemoteEndPoint { get; }

    /// <summary>Reads what is there, at least one byte.</summary>
    /// <returns>The number of bytes read; 0 when the other side closed.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="bytes"/>; done when the system took them, which says nothing about the other
    /// side.</summary>
    /// <exception cref="IOException">The connection broke; how much arrived is unknown.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}

/// <summary>The host answered, and nobody listens on that port.</summary>
public sealed class ConnectRefusedException(string message, Exception? cause = null) : IOException(message, cause);
