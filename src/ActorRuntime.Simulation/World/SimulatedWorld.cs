using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>Time, machines and networks of one run.</summary>
internal sealed class SimulatedWorld
{
    private readonly ulong _seed;
    private readonly List<SimulatedHost> _hosts = [];
    private readonly List<SimulatedProcess> _processes = [];

    public SimulatedWorld(ulong seed)
    {
        (_seed, Agenda) = (seed, new Agenda(seed));
        Network = new SimulatedNetwork(Agenda, Random("network"));
    }

    public Agenda Agenda { get; }

    public SimulatedNetwork Network { get; }

    /// <summary>In the order they were added.</summary>
    public IReadOnlyList<SimulatedHost> Hosts => _hosts;

    /// <summary>All that ever ran, in the order they were started.</summary>
    public IReadOnlyList<SimulatedProcess> Processes => _processes;

    /// <summary>A stream of random numbers of its own for each purpose of the world.</summary>
    public Prng Random(string purpose)
    {
        var mixed = new Prng(_seed);
        foreach (var character in purpose) mixed = new Prng(mixed.Next() ^ character);
        return mixed;
    }

    public SimulatedHost AddHost()
    {
        var host = new SimulatedHost(Agenda, _hosts.Count, Random($"disk {_hosts.Count}"));
        _hosts.Add(host);
        Network.AddHost(host);
        return host;
    }

    /// <summary>Starts a process and gives it an environment of its own.</summary>
    public (SimulatedProcess Process, SimulatedEnvironment Environment) StartProcess(SimulatedHost host, string name)
    {
        var id = _processes.Count + 1;
        var process = new SimulatedProcess(Agenda, host, name, id, Random($"latency {id}"));
        process.Ended += Network.Close;
        process.Ended += static (ended, _) => ended.Host.Disk.ReleaseLocks(ended);
        _processes.Add(process);
        return (process, new SimulatedEnvironment(this, process, Random($"process {id}").Next()));
    }
}
