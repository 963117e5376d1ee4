using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ActorRuntime.Cmd.CommandLine;

namespace ActorRuntime.Cmd.Client;

/// <summary>A connection to a node's management port, for one command. docs/management-protocol.md describes what goes over it.</summary>
internal sealed class ManagementClient : IDisposable
{
    private const int LineBytesMax = 16 * 1024 * 1024 + 4096;
    private const int BytesFirst = 16 * 1024;
    private const string WhichPort =
        "The management port is actor-runtime.management.port in the node's configuration (default 9110); its log names it at start.";

    private readonly NodeAddress _address;
    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private byte[] _buffer = new byte[BytesFirst];
    private int _start, _end;

    private ManagementClient(NodeAddress address, TcpClient tcp) => (_address, _tcp, _stream) = (address, tcp, tcp.GetStream());

    /// <summary>Connects.</summary>
    /// <exception cref="NodeUnreachableException">Nobody listens there, or not in time.</exception>
    public static async Task<ManagementClient> ConnectAsync(NodeAddress address, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        var tcp = new TcpClient { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(address.Host, address.Port, limit.Token).ConfigureAwait(false);
            return new ManagementClient(address, tcp);
        }
        catch (SocketException e)
        {
            tcp.Dispose();
            var advice = e.SocketErrorCode == SocketError.ConnectionRefused
                ? "Nothing listens on that port. Is the node running (systemctl status actor-runtime-node)? "
                : "Is that the node's host, and is it up? Ports listen on loopback only: run arctl on the node's machine. ";
            throw new NodeUnreachableException($"no node answers at {address}: {e.Message}", advice + WhichPort, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            tcp.Dispose();
            throw Silent(address, timeout, e);
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command and hands out what the node answers, up to the result, the error or the end.</summary>
    /// <exception cref="NodeUnreachableException">The node stopped answering; whether the command was carried out is unknown.</exception>
    public async IAsyncEnumerable<Reply> SendAsync(
        IReadOnlyList<string> words, bool follow, TimeSpan timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = JsonSerializer.SerializeToUtf8Bytes(new { id = 1, command = words, follow });
        await WriteAsync([.. request, (byte)'\n'], cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var line = await ReadLineAsync(follow ? Timeout.InfiniteTimeSpan : timeout, cancellationToken).ConfigureAwait(false);
            var reply = Reply.Parse(line.Span)
                ?? throw new NodeUnreachableException($"what listens at {_address} does not speak the management protocol", WhichPort);
            yield return reply;
            if (reply is not Reply.Item) yield break;
        }
    }

    /// <summary>Closes the connection; the node ends what runs for it.</summary>
    public void Dispose() => _tcp.Dispose();

    private async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Broken(e);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadLineAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            var searched = _start;
            while (true)
            {
                var length = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
                if (length >= 0)
                {
                    var line = _buffer.AsMemory(_start, searched + length - _start);
                    _start = searched + length + 1;
                    return line;
                }
                if (_start > 0)
                {
                    _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                    (_start, _end) = (0, _end - _start);
                }
                searched = _end;
                if (_end == LineBytesMax)
                    throw new NodeUnreachableException($"what listens at {_address} sends lines without end", WhichPort);
                if (_end == _buffer.Length) Array.Resize(ref _buffer, Math.Min(2 * _end, LineBytesMax));
                var count = await _stream.ReadAsync(_buffer.AsMemory(_end), limit.Token).ConfigureAwait(false);
                if (count == 0) throw Broken(null);
                _end += count;
            }
        }
        catch (IOException e)
        {
            throw Broken(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Silent(_address, timeout, e);
        }
    }

    private NodeUnreachableException Broken(Exception? cause) => new(
        $"the node at {_address} closed the connection before it answered",
        "It may have stopped: whether the command was carried out is unknown. Look at its log; ask another node (cluster show).",
        cause);

    private static NodeUnreachableException Silent(NodeAddress address, TimeSpan timeout, Exception cause) => new(
        $"no answer from {address} within {timeout.TotalSeconds} s",
        "The node may be frozen or overloaded, or something else listens there; --timeout waits longer. " + WhichPort,
        cause);
}
