using System.Net;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>The network between the machines: a link for each direction of each pair, ports, and what travels.</summary>
internal sealed class SimulatedNetwork(Agenda agenda, Prng random)
{
    private const int FirstFreePort = 32768;

    private readonly List<List<Link>> _links = []; // [from][to]
    private readonly List<SimulatedHost> _hosts = [];
    private readonly Dictionary<IPEndPoint, SimulatedDatagramChannel> _channels = [];
    private readonly Dictionary<IPEndPoint, SimulatedListener> _listeners = [];
    private readonly List<SimulatedConnection> _connections = []; // The open ones, in the order they were made.
    private int _nextPort = FirstFreePort;

    public Agenda Agenda { get; } = agenda;

    public Prng Random { get; } = random;

    /// <summary>Datagrams sent; lost; delivered twice. Bytes of all.</summary>
    public (long Sent, long Lost, long Duplicated, long Bytes) Datagrams { get; private set; }

    /// <summary>Told of all that arrives: from whom, to whom, what. Null while nobody records.</summary>
    public Action<SimulatedProcess, SimulatedProcess, string>? Recorder { get; set; }

    public Link this[int from, int to] => _links[from][to];

    public void AddHost(SimulatedHost host)
    {
        _hosts.Add(host);
        foreach (var row in _links) row.Add(new Link());
        _links.Add([.. Enumerable.Range(0, _links.Count + 1).Select(_ => new Link())]);
    }

    /// <summary>Whether a machine has power.</summary>
    public bool IsOn(int host) => _hosts[host].IsOn;

    /// <summary>Cuts a direction, or opens it; streams go on where they stood.</summary>
    public void SetCut(int from, int to, Cut cut)
    {
        var link = this[from, to];
        if (link.Cut == cut) return;
        link.Cut = cut;
        foreach (var connection in _connections.ToArray()) connection.OnLinkChanged();
    }

    /// <exception cref="IOException">The port is taken.</exception>
    public IPEndPoint Bind(SimulatedProcess process, IPEndPoint wanted, bool isStream)
    {
        var endPoint = new IPEndPoint(process.Host.Address, wanted.Port == 0 ? _nextPort++ : wanted.Port);
        if (isStream ? _listeners.ContainsKey(endPoint) : _channels.ContainsKey(endPoint)) throw new IOException($"Cannot bind {endPoint}: the port is taken");
        return endPoint;
    }

    public void Add(SimulatedDatagramChannel channel) => _channels.Add(channel.LocalEndPoint, channel);

    public void Add(SimulatedListener listener) => _listeners.Add(listener.LocalEndPoint, listener);

    public void Add(SimulatedConnection connection) => _connections.Add(connection);

    public void Remove(SimulatedDatagramChannel channel) => _channels.Remove(channel.LocalEndPoint);

    public void Remove(SimulatedListener listener) => _listeners.Remove(listener.LocalEndPoint);

    public void Remove(SimulatedConnection connection) => _connections.Remove(connection);

    public SimulatedListener? ListenerAt(IPEndPoint endPoint) => _listeners.GetValueOrDefault(endPoint);

    /// <summary>Index of the machine with that address; -1 for none.</summary>
    public int HostAt(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (!address.TryWriteBytes(bytes, out var length) || length != 4 || bytes[0] != 10 || bytes[1] != 0) return -1;
        var index = (bytes[2] << 8 | bytes[3]) - 1;
        return index >= 0 && index < _links.Count ? index : -1;
    }

    /// <summary>Sends a datagram: it arrives later, twice, or never.</summary>
    public void Send(SimulatedProcess from, ReadOnlySpan<byte> datagram, IPEndPoint to)
    {
        var (sent, lost, duplicated, bytes) = Datagrams;
        var target = HostAt(to.Address);
        if (target < 0 || IsLost(from, target)) lost++;
        else
        {
            var copies = Random.Chance(this[from.Host.Index, target].Conditions.DuplicatePercent) ? 2 : 1;
            duplicated += copies - 1;
            for (; copies > 0; copies--)
            {
                var link = this[from.Host.Index, target];
                Agenda.At(link.ArrivalOf(Agenda.Now, Random), new Datagram(this, from, target, datagram.ToArray(), to));
            }
        }
        Datagrams = (sent + 1, lost, duplicated, bytes + datagram.Length);
    }

    /// <summary>What the kernel does with the sockets of a process that has ended.</summary>
    public void Close(SimulatedProcess process, bool isSilent)
    {
        foreach (var channel in _channels.Values.Where(channel => channel.Process == process).ToArray()) Remove(channel);
        foreach (var listener in _listeners.Values.Where(listener => listener.Process == process).ToArray()) Remove(listener);
        foreach (var connection in _connections.Where(connection => connection.Process == process).ToArray()) connection.OnProcessEnded(isSilent);
    }

    private bool IsLost(SimulatedProcess from, int target)
    {
        var link = this[from.Host.Index, target];
        return link.IsCut(Cut.Datagrams) || Random.Chance(link.Conditions.LossPercent);
    }

    private sealed class Datagram(SimulatedNetwork network, SimulatedProcess from, int target, byte[] bytes, IPEndPoint to) : Happening
    {
        public override void Happen()
        {
            if (network[from.Host.Index, target].IsCut(Cut.Datagrams) || !network._channels.TryGetValue(to, out var channel)) return;
            network.Agenda.Digest.Add(bytes);
            network.Recorder?.Invoke(from, channel.Process, $"datagram {bytes.Length} B");
            channel.Arrive(bytes);
        }
    }
}
