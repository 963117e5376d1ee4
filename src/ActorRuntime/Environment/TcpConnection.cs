#pragma warning disable RS0030 // One of the implementations behind the seam: here sockets enter the process.
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ActorRuntime;

/// <summary>One TCP connection. Reads and writes allocate nothing on the steady path.</summary>
internal sealed class TcpConnection(Socket socket) : IStreamConnection
{
    public EndPoint RemoteEndPoint { get; } = socket.RemoteEndPoint!;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already broken or closed: nothing left to say goodbye to.
        }
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private IOException Broken(Exception e) => new($"Connection with {RemoteEndPoint} broke: {e.Message}", e);
}
