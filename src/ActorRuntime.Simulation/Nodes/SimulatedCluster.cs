using System.Collections.Immutable;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Simulation.Checks;
using ActorRuntime.Simulation.Faults;
using ActorRuntime.Simulation.Workloads;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorRuntime.Simulation;

/// <summary>A whole cluster in one thread, under virtual time: the production code, and everything around it from a seed.</summary>
/// <remarks>Nothing happens but inside <see cref="RunFor"/>, <see cref="RunUntil"/> and <see cref="Await{T}"/>. Not thread-safe.</remarks>
public sealed class SimulatedCluster
{
    private readonly List<SimulatedNode> _nodes = [];
    private readonly List<Check> _checks = [];
    private readonly Prng _drift;
    private Violation? _violation;

    internal SimulatedCluster(ulong seed, SimulationSettings settings)
    {
        (Seed, Settings, World) = (seed, settings, new SimulatedWorld(seed));
        _drift = World.Random("drift");
        (Stores, Faults, Operator) = (new SharedStores(World), new FaultInjector(this), new Operator(this));
        Replicas = new ReplicaCheck(this, Stores.JournalNews);
        Stores.JournalNews.RaisedAtStore += Replicas.OnRaisedAtStore;
        Stores.JournalNews.WrittenBehind += Replicas.OnWrittenBehind;
        if (!settings.IsRecording) return;
        Recording = new Recording(World);
        World.Network.Recorder = Recording.AddMessage;
    }

    /// <summary>What everything follows from.</summary>
    public ulong Seed { get; }

    /// <summary>Settings of its nodes.</summary>
    public SimulationSettings Settings { get; }

    /// <summary>True time since the start; no node can read it.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(World.Agenda.Now);

    /// <summary>All nodes that were added, in that order.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Fingerprint of the history up to now: equal for equal seeds, run after run and machine after machine.</summary>
    public string TraceDigest => World.Agenda.Digest.ToString();

    internal SimulatedWorld World { get; }

    internal SharedStores Stores { get; }

    /// <summary>Whether registers begin anew instead of recovering; a sabotage.</summary>
    internal bool RegistersForget { get; set; }

    /// <summary>Whether counters that follow another node's apply each event twice; a sabotage.</summary>
    internal bool StandbysApplyTwice { get; set; }

    /// <summary>What signal channels are made of; a sabotage puts a broken part in.</summary>
    internal SignalParts SignalParts { get; set; } = SignalParts.Sound;

    /// <summary>Makes the receivers of flows; a sabotage makes broken ones.</summary>
    internal Func<UnitId, NumberReceiver> MakeReceiver { get; set; } = static unit => new NumberReceiver(unit);

    /// <summary>What happens in replicated logs.</summary>
    internal ReplicaCheck Replicas { get; }

    internal Recording? Recording { get; }

    internal FaultInjector Faults { get; }

    internal Operator Operator { get; }

    /// <summary>A stream of random numbers of its own for each purpose.</summary>
    public Prng Random(string purpose) => World.Random("user " + purpose);

    /// <summary>Adds a node and starts it.</summary>
    /// <param name="name">Unique; letters, digits, <c>-</c>.</param>
    /// <param name="started">Runs inside the node, in each of its lives, when it is up: start what it hosts here.</param>
    public SimulatedNode AddNode(string name, Action<SimulatedNode> started)
    {
        ArgumentNullException.ThrowIfNull(started);
        var host = Settings.IsOneMachine && World.Hosts.Count > 0 ? World.Hosts[0] : AddHost();
        var node = new SimulatedNode(this, host, name, Settings.IsOneMachine ? _nodes.Count * 2 : 0, started);
        _nodes.Add(node);
        node.Start();
        return node;
    }

    /// <summary>Adds <paramref name="count"/> nodes and waits until all are up.</summary>
    /// <inheritdoc cref="AddNode"/>
    /// <exception cref="SimulationFailedException">They are not up within a minute.</exception>
    public void AddNodes(int count, Action<SimulatedNode> started)
    {
        for (var i = 0; i < count; i++) AddNode($"n{_nodes.Count}", started);
        if (!RunUntil(() => _nodes.TrueForAll(static node => node.IsUp), TimeSpan.FromMinutes(1))) Fail("nodes come up", $"after a minute: {Describe()}");
        ThrowIfViolated();
    }

    /// <summary>Does something at a later time.</summary>
    public void After(TimeSpan wait, Action call) => World.Agenda.At(World.Agenda.Now + wait.Ticks, new Call(call));

    /// <summary>Lets a script of faults that the seed draws begin: kills, stops, cuts, loss, stores and disks that fail, clocks that run badly, power cuts.</summary>
    /// <param name="length">Time in which faults begin; none lasts longer than six seconds.</param>
    /// <returns>The script.</returns>
    public ImmutableArray<Fault> InjectFaults(TimeSpan length)
    {
        var script = FaultScript.Draw(Random("faults"), _nodes.Count, length, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(6), FaultScript.Tolerated.AsSpan());
        InjectFaults(script);
        return script;
    }

    /// <summary>Lets a script of faults begin; each is undone at its end. When all are over, an operator tells of machines that were lost where the cluster
    /// cannot know it: <see cref="OperatorWords"/>.</summary>
    public void InjectFaults(IEnumerable<Fault> script)
    {
        Faults.Schedule(script);
        if (!Faults.IsOver) Operator.Watch();
    }

    /// <summary>Something was done that may take the last log of a shard: an operator has to accept that.</summary>
    internal bool MayLoseLogs => Settings.Flush != FlushPolicy.GroupCommit || Faults.Counts.ContainsKey(FaultKind.LastDiskLoss);

    /// <summary>How often an operator had to speak (<c>arctl cluster down NODE --ended</c>).</summary>
    public int OperatorWords => Operator.Words;

    /// <summary>Something that must hold after every step.</summary>
    /// <param name="name">Shown when it does not.</param>
    /// <param name="broken">Null while it holds; else what is wrong. Quick, and without effect on the nodes.</param>
    public void Invariant(string name, Func<string?> broken) => _checks.Add(new Check(name, broken));

    /// <summary>Ends the run: this is wrong.</summary>
    public void Fail(string invariant, string explanation)
    {
        _violation ??= new Violation(invariant, explanation, Now);
        Record("", $"VIOLATION of {invariant}: {explanation}");
    }

    /// <summary>Lets time pass.</summary>
    /// <exception cref="SimulationFailedException">An invariant does not hold.</exception>
    public void RunFor(TimeSpan time) => RunUntil(static () => false, time);

    /// <summary>Lets time pass until <paramref name="condition"/> holds, at most <paramref name="limit"/>.</summary>
    /// <returns>Whether it holds.</returns>
    /// <exception cref="SimulationFailedException">An invariant does not hold.</exception>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        // Under a test runner's context continuations would leave for the thread pool instead of running here.
        World.Agenda.Enter();
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            for (var until = World.Agenda.Now + limit.Ticks; !condition();)
            {
                ThrowIfViolated();
                if (!World.Agenda.Step(until)) return condition();
                CheckAll();
            }
            ThrowIfViolated();
            return true;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    /// <summary>Lets time pass until a task has ended.</summary>
    /// <returns>Its result.</returns>
    /// <exception cref="TimeoutException">Not within <paramref name="limit"/>.</exception>
    public T Await<T>(Task<T> task, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(task);
        return RunUntil(() => task.IsCompleted, limit) ? task.GetAwaiter().GetResult() : throw new TimeoutException($"not within {limit} of simulated time");
    }

    /// <summary>A line for the story of this run, kept only while it is recorded.</summary>
    public void Record(string node, string line) => Recording?.Add(node, line);

    /// <summary>What every node believes.</summary>
    public string Describe() => string.Join("; ", _nodes.Select(static node => !node.IsRunning ? $"{node} is not running ({node.EndedBecause ?? "killed"})"
        : $"{node}{(node.IsFrozen ? " frozen" : "")}: view {node.Cluster.View.Version}, {(node.IsUp ? "up" : "not up")}, {(node.Cluster.MuteSwitch.IsOpen ? "unmuted" : "muted")}"));

    internal ILoggerFactory LoggersOf(string node) => Recording is { } recording ? recording.LoggersOf(node) : NullLoggerFactory.Instance;

    internal void Watch(Check check) => _checks.Add(check);

    private void CheckAll()
    {
        foreach (var check in _checks)
        {
            if (check.Broken() is { } broken) Fail(check.Name, broken);
        }
    }

    /// <summary>Ends the run if something was wrong.</summary>
    internal void ThrowIfViolated()
    {
        if (_violation is { } violation) throw new SimulationFailedException(Seed, violation, TraceDigest);
    }

    private SimulatedHost AddHost()
    {
        var host = World.AddHost();
        host.Disk.Flush = Settings.Flush;
        host.Clock.Drift(Settings.DriftMax == 0 ? 0 : (int)(_drift.Next() % (ulong)(2 * Settings.DriftMax + 1)) - Settings.DriftMax);
        return host;
    }
}
