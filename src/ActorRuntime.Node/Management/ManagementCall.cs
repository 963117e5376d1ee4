using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ActorRuntime.Node.Management;

/// <summary>One command to a node's management port.</summary>
internal static class ManagementCall
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Sends the words of a command and returns its result.</summary>
    /// <exception cref="IOException">The node is not there, does not answer within 5 s, or refused; the message says which.</exception>
    public static async Task<JsonElement> SendAsync(int port, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return await SendAsync(socket, port, words, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same over a socket that is not connected yet: it may belong to another network.</summary>
    public static async Task<JsonElement> SendAsync(Socket socket, int port, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(Limit);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, bounded.Token).ConfigureAwait(false);
            var stream = new NetworkStream(socket);
            await using var _ = stream.ConfigureAwait(false);
            var request = JsonSerializer.Serialize(new { id = 1, command = words }) + "\n";
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), bounded.Token).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            var line = await reader.ReadLineAsync(bounded.Token).ConfigureAwait(false)
                ?? throw new IOException($"'{string.Join(' ', words)}' on port {port}: the node closed the connection");
            using var reply = JsonDocument.Parse(line);
            if (!reply.RootElement.GetProperty("ok").GetBoolean())
                throw new IOException($"'{string.Join(' ', words)}' on port {port}: {reply.RootElement.GetProperty("error")}");
            return reply.RootElement.GetProperty("result").Clone();
        }
        catch (SocketException e)
        {
            throw new IOException($"'{string.Join(' ', words)}' on port {port}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"'{string.Join(' ', words)}' on port {port}: no answer within {Limit.TotalSeconds} s", e);
        }
    }
}
