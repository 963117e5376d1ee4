#pragma warning disable RS0030 // One of the implementations behind the seam: here sockets enter the process.
using System.Net;
using System.Net.Sockets;

namespace ActorRuntime;

/// <summary>TCP. Small writes leave at once; a peer's machine that vanished is noticed by keep-alive and by the user time-out.</summary>
internal sealed class TcpStreamNetwork : IStreamNetwork
{
    private const int BacklogMax = 512;
    private const int KeepAliveIdleSeconds = 5, KeepAliveIntervalSeconds = 1, KeepAliveProbes = 5;
    private const int TcpUserTimeout = 18, TcpUserTimeoutMs = 10_000;

    public IStreamListener Listen(IPEndPoint endPoint)
    {
        // .NET binds TCP sockets with SO_REUSEADDR on Unix: a restart does not wait for TIME_WAIT, a second listener is still refused.
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(BacklogMax);
            return new TcpListener(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"Cannot listen on tcp {endPoint}: {Advice(e)}", e);
        }
    }

    public async ValueTask<IStreamConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = IPAddress.TryParse(host, out var address)
            ? new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address is not null) await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken).ConfigureAwait(false);
            else await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);

            // Linux may connect a socket to itself when the port is free and of the ephemeral range: nobody listens there.
            if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint)) throw new SocketException((int)SocketError.ConnectionRefused);
            return new TcpConnection(Configure(socket));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var message = $"Cannot connect to tcp {host}:{port}: {e.Message}";
            throw e.SocketErrorCode == SocketError.ConnectionRefused ? new ConnectRefusedException(message, e) : new IOException(message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What an operator can do about a port that cannot be bound.</summary>
    internal static string Advice(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is taken by another process; stop it, or configure another port (0 takes a free one).",
        SocketError.AccessDenied => "not permitted; ports below 1024 need privileges, configure a higher one.",
        SocketError.AddressNotAvailable => "this machine has no such address; configure one of its own, or 0.0.0.0.",
        _ => e.Message,
    };

    private static Socket Configure(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveIdleSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(TcpUserTimeoutMs));
        }
        return socket;
    }

    private sealed class TcpListener(Socket socket) : IStreamListener
    {
        public IPEndPoint LocalEndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

        public async ValueTask<IStreamConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                Socket? accepted = null;
                try
                {
                    accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                    return new TcpConnection(Configure(accepted));
                }
                catch (SocketException) when (accepted is not null)
                {
                    accepted.Dispose(); // Gone between accept and the first option: wait for the next one.
                }
                catch (ObjectDisposedException e)
                {
                    throw new OperationCanceledException($"The listener on {LocalEndPoint} was closed.", e);
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted or SocketError.NotSocket)
                {
                    throw new OperationCanceledException($"The listener on {LocalEndPoint} was closed.", e);
                }
                catch (SocketException e)
                {
                    throw new IOException($"Cannot accept on tcp {LocalEndPoint}: {e.Message}", e);
                }
            }
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
