using System.Net;
using System.Net.Sockets;

namespace ActorRuntime.Persistence.Sql.Tests.Postgres;

/// <summary>A wire between the runtime and the server that a test can cut or hold up, in either direction.</summary>
internal sealed class Wire : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly Lock _lock = new();
    private readonly List<Line> _lines = [];
    private volatile bool _isCut;

    /// <param name="server">Port of the server.</param>
    public Wire(int server)
    {
        _server = server;
        _listener.Start();
        _ = Task.Factory.StartNew(Accept, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Where the runtime connects to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>True: new connections break at once.</summary>
    public bool IsCut
    {
        set => _isCut = value;
    }

    /// <summary>Lets the next request of an open connection through and swallows what the server answers: the connection breaks when the
    /// server has answered.</summary>
    public void LoseNextAnswer() => ForAll(line => line.LosesAnswer = true);

    /// <summary>Holds back what the open connections send from now on, and breaks them on the side of the runtime; the server notices nothing.
    /// </summary>
    /// <returns>Delivers it after all, and ends when the server has answered.</returns>
    public Func<Task> HoldNextRequest()
    {
        var held = ForAll(line => line.Holds = true);
        return () => Task.WhenAll(held.Select(line => line.DeliverAsync()));
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var line in ForAll(_ => { })) line.Dispose();
    }

    private Line[] ForAll(Action<Line> change)
    {
        lock (_lock)
        {
            foreach (var line in _lines) change(line);
            return [.. _lines];
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var client = _listener.AcceptTcpClient();
                if (_isCut)
                {
                    client.Dispose();
                    continue;
                }
                var line = new Line(client, new TcpClient("127.0.0.1", _server));
                lock (_lock) _lines.Add(line);
                line.Start();
            }
        }
        catch (SocketException)
        {
            // The test is over, or the server is down: the runtime sees a connection that breaks at once.
        }
    }

    private sealed class Line(TcpClient client, TcpClient server) : IDisposable
    {
        private readonly MemoryStream _held = new();
        private volatile bool _losesAnswer;
        private volatile bool _holds;

        public bool LosesAnswer
        {
            set => _losesAnswer = value;
        }

        public bool Holds
        {
            set => _holds = value;
        }

        public void Start()
        {
            _ = Task.Factory.StartNew(Requests, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            _ = Task.Factory.StartNew(Answers, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public async Task DeliverAsync()
        {
            if (_held.Length == 0) return;
            _holds = false;
            var answers = server.GetStream();
            await answers.WriteAsync(_held.ToArray());
            var buffer = new byte[64 * 1024];
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            // Ready for query, the last message of an answer: 'Z', length 5, state of the transaction.
            while (true)
            {
                var read = await answers.ReadAsync(buffer, patience.Token);
                if (read == 0 || (read >= 6 && buffer[read - 6] == 'Z' && buffer[read - 2] == 5)) return;
            }
        }

        public void Dispose()
        {
            client.Dispose();
            server.Dispose();
        }

        private void Requests()
        {
            var buffer = new byte[64 * 1024];
            Relay(() =>
            {
                var read = client.GetStream().Read(buffer);
                if (_holds && read > 0)
                {
                    _held.Write(buffer, 0, read);
                    client.Dispose();
                    return false;
                }
                if (read > 0) server.GetStream().Write(buffer, 0, read);
                else if (!_holds) server.Dispose();
                return read > 0;
            });
        }

        private void Answers()
        {
            var buffer = new byte[64 * 1024];
            Relay(() =>
            {
                if (!server.GetStream().DataAvailable && _holds) return false; // From here on the one who delivers reads.
                if (!server.Client.Poll(10_000, SelectMode.SelectRead)) return true;
                if (_holds) return false;
                var read = server.GetStream().Read(buffer);
                if (_losesAnswer && read > 0 && buffer[read - 6] == 'Z')
                {
                    Dispose();
                    return false;
                }
                if (!_losesAnswer && read > 0) client.GetStream().Write(buffer, 0, read);
                else if (read == 0) client.Dispose();
                return read > 0;
            });
        }

        private static void Relay(Func<bool> next)
        {
            try
            {
                while (next())
                {
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or SocketException)
            {
                // One side has ended.
            }
        }
    }
}
