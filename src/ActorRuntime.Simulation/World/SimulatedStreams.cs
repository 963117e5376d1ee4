using System.Net;

namespace ActorRuntime.Simulation.World;

/// <summary>A process's stream sockets.</summary>
internal sealed class SimulatedStreams(SimulatedNetwork network, SimulatedProcess process) : IStreamNetwork
{
    public IStreamListener Listen(IPEndPoint endPoint)
    {
        var listener = new SimulatedListener(network, process, network.Bind(process, endPoint, isStream: true));
        network.Add(listener);
        return listener;
    }

    public async ValueTask<IStreamConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var target = IPAddress.TryParse(host, out var address) ? network.HostAt(address) : -1;
        if (target < 0) throw new IOException($"Cannot connect to tcp {host}:{port}: no such host");
        var attempt = new ConnectAttempt(network, process, new IPEndPoint(address!, port), target, cancellationToken);
        attempt.Happen();
        return await attempt.Task.ConfigureAwait(false);
    }

    /// <summary>Asks again every second while no answer can come, as TCP does.</summary>
    private sealed class ConnectAttempt(SimulatedNetwork network, SimulatedProcess process, IPEndPoint to, int target, CancellationToken cancellationToken)
        : Happening
    {
        private readonly Pending<IStreamConnection> _answer = new(process, cancellationToken);
        private bool _isUnderWay;

        public Task<IStreamConnection> Task => _answer.Task;

        public override void Happen()
        {
            if (_answer.IsAnswered || !process.IsAlive) return;
            var (there, back) = (network[process.Host.Index, target], network[target, process.Host.Index]);
            if (there.IsCut(Cut.Streams) || back.IsCut(Cut.Streams) || !network.IsOn(target))
            {
                _isUnderWay = false;
                network.Agenda.At(network.Agenda.Now + TimeSpan.TicksPerSecond, this);
                return;
            }
            if (!_isUnderWay)
            {
                _isUnderWay = true;
                network.Agenda.At(back.ArrivalOf(there.ArrivalOf(network.Agenda.Now, network.Random), network.Random), this);
                return;
            }
            if (network.ListenerAt(to) is not { } listener)
            {
                _answer.Answer(() => throw new ConnectRefusedException($"Cannot connect to tcp {to}: connection refused"));
                return;
            }
            var (mine, theirs) = SimulatedConnection.Pair(network, process, to, listener.Process);
            listener.Offer(theirs);
            _answer.Answer(() => mine);
        }
    }
}

/// <summary>A port that takes connections; those not accepted yet wait.</summary>
internal sealed class SimulatedListener(SimulatedNetwork network, SimulatedProcess process, IPEndPoint endPoint) : IStreamListener
{
    private readonly Queue<SimulatedConnection> _waiting = [];
    private Pending<IStreamConnection>? _accept;

    public SimulatedProcess Process { get; } = process;

    public IPEndPoint LocalEndPoint { get; } = endPoint;

    public void Offer(SimulatedConnection connection)
    {
        if (_accept is { IsAnswered: false } accept) accept.Answer(() => connection);
        else _waiting.Enqueue(connection);
    }

    public async ValueTask<IStreamConnection> AcceptAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_waiting.TryDequeue(out var connection)) return connection;
        _accept = new Pending<IStreamConnection>(Process, cancellationToken);
        return await _accept.Task.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        network.Remove(this);
        _accept?.Answer(() => throw new OperationCanceledException($"The listener on {LocalEndPoint} was closed."));
        foreach (var connection in _waiting) connection.OnProcessEnded(isSilent: false);
        _waiting.Clear();
        return ValueTask.CompletedTask;
    }
}
