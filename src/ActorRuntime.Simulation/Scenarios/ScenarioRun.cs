using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Simulation.Checks;
using ActorRuntime.Simulation.Faults;
using ActorRuntime.Simulation.Workloads;
using ActorRuntime.Simulation.World;

namespace ActorRuntime.Simulation.Scenarios;

/// <summary>One seed of one scenario: nodes with registers, counters and flows, clients that ask them, the faults of the script, and every check there is.</summary>
public sealed class ScenarioRun
{
    private const int ItemsPerSecond = 50;

    /// <summary>I11: after the last fault, or the last word of an operator, everything serves again within this time. A node that cannot join gives up after 30 s and is started again.</summary>
    public static readonly TimeSpan RecoveryMax = TimeSpan.FromSeconds(60);

    /// <summary>Those of production, but for less patience before shards and flows go home: more happens in the same time.</summary>
    private static readonly SimulationSettings Settings = SimulationSettings.Default with
    {
        Cluster = new() { Orchestrator = new() { FailbackAfter = TimeSpan.FromSeconds(2), RebalanceAfter = TimeSpan.FromSeconds(2) } },
    };

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    private readonly Scenario _scenario;
    private readonly SimulatedCluster _cluster;
    private readonly ServingCheck _serving;
    private readonly JournalCheck _journal;
    private readonly FlowCheck _flows;
    private readonly ViewCheck _views;
    private readonly StateCheck _states;

    private ScenarioRun(Scenario scenario, ulong seed, ImmutableArray<Fault> script, SimulationSettings settings, Action<SimulatedCluster>? sabotage)
    {
        (_scenario, Script) = (scenario, script);
        _cluster = new SimulatedCluster(seed, settings);
        (_serving, _journal, _flows, _views, _states) = (new(_cluster), new(_cluster), new(_cluster), new(_cluster), new(_cluster));
        _cluster.Watch(new Check("I6 equal views", _views.Broken));
        _cluster.Watch(new Check("I4 a lost node is muted before another takes over", new LeaseCheck(_cluster, _views).Broken));
        _cluster.Watch(new Check("I2 in-sync logs have what is committed", () => _cluster.Replicas.Broken(_views.Newest)));
        _cluster.Stores.JournalNews.Raised += _journal.OnRaised;
        _cluster.Stores.JournalNews.Appended += _journal.OnAppended;
        _cluster.Stores.JournalNews.Appended += _flows.OnAppended;
        _cluster.Stores.JournalNews.Appended += _states.OnAppended;
        _cluster.Replicas.Recovering += _journal.OnRecovering;
        _cluster.Replicas.RolledBack += _journal.OnRolledBack;
        _cluster.Replicas.RolledBack += _states.OnRolledBack;
        sabotage?.Invoke(_cluster);
    }

    /// <summary>The faults of this run.</summary>
    public ImmutableArray<Fault> Script { get; }

    /// <summary>The script a seed draws.</summary>
    public static ImmutableArray<Fault> ScriptOf(Scenario scenario, ulong seed, int nodes) => scenario.Draw(new Util.Prng(Util.Prng.Mix(seed)), nodes);

    /// <summary>Runs a seed to its end, or to the first violation.</summary>
    /// <param name="scenario">What to run.</param>
    /// <param name="seed">Everything follows from it.</param>
    /// <param name="nodes">How many; null takes those of the scenario.</param>
    /// <param name="script">Another script than the seed's; null takes that.</param>
    /// <param name="isRecording">Keeps the story.</param>
    /// <param name="sabotage">Breaks something first, to see it caught.</param>
    internal static RunReport Run(
        Scenario scenario, ulong seed, int? nodes = null, ImmutableArray<Fault>? script = null, bool isRecording = false, Action<SimulatedCluster>? sabotage = null,
        ShardDurability durability = ShardDurability.Journal)
    {
        var count = nodes ?? scenario.Nodes;
        var isOneMachine = scenario.MayBeOneMachine && Util.Prng.Mix(seed ^ 1) % 4 == 0;
        var sharding = Sharding(scenario.IsReplicated ? ShardDurability.Replicated : durability);
        var settings = Settings with { Flush = scenario.Flush, IsOneMachine = isOneMachine, IsRecording = isRecording, Sharding = sharding };
        var run = new ScenarioRun(scenario, seed, script ?? ScriptOf(scenario, seed, count), settings, sabotage);
        Violation? violation = null;
        try
        {
            run.Run(count);
        }
        catch (SimulationFailedException e)
        {
            violation = e.Violation;
        }
        catch (EndlessLoopException e)
        {
            violation = new Violation("no endless loop", e.Message, run._cluster.Now);
        }
        return run.Report(violation);
    }

    /// <summary>Logs are trimmed soon, so that there are always some whose beginning is in the store only.</summary>
    private static ShardingOptions Sharding(ShardDurability durability) =>
        new() { Durability = durability, Replication = new() { WriteBehind = new() { KeepBlocks = 20 } } };

    private void Run(int nodes)
    {
        var items = (long)(_scenario.Length.TotalSeconds * ItemsPerSecond);
        var flows = Enumerable.Range(0, _scenario.Flows).Select(i => new NumberFlow(_cluster, $"f{i}", Math.Min(nodes, 2), items, ItemsPerSecond)).ToArray();
        _cluster.AddNodes(nodes, Host);
        foreach (var flow in flows) flow.Define();
        var clients = Clients.Start(_cluster, _scenario.Clients);
        _cluster.Replicas.RolledBack += (id, _) => clients.OnRolledBack(id);
        _states.RecoveredAfterLoss += clients.OnRecoveredAfterLoss;
        _cluster.RunFor(WarmUp);
        if (_scenario.IsFaultless)
        {
            _cluster.Watch(new Check("I10 nobody is muted without faults", Muted));
            clients.CountUnanswered();
        }
        _cluster.After(TimeSpan.FromSeconds(1), CheckBounds);

        var proposals = _scenario.HasProposals ? Proposals.Start(_cluster) : null;
        _cluster.InjectFaults(Script);
        InviteGuests();
        var end = Script.Length == 0 ? TimeSpan.Zero : Script.Max(static fault => fault.At + fault.For);
        _cluster.RunFor(end > _scenario.Length ? end : _scenario.Length);
        _cluster.Record("", "the last fault is over");
        proposals?.Stop();

        Recover(clients, flows);
        if (clients.Unanswered > 0) _cluster.Fail("no message is lost without faults", $"{clients.Unanswered} questions of clients went without answer");
        if (clients.FindViolation() is { } violation) _cluster.Fail("linearizability", violation);
        if (proposals?.FindViolation() is { } broken) _cluster.Fail("a proposal is in the log once or never", broken);
        _cluster.ThrowIfViolated();
    }

    private void Host(SimulatedNode node)
    {
        ObjectUnits.Start(node, _serving, _states, _cluster.RegistersForget, _cluster.StandbysApplyTwice);
        NumberFlow.Host(node, _cluster.MakeReceiver);
        _flows.ReadWith(node);
    }

    /// <summary>They come one after the other in the first half, and go in the second.</summary>
    private void InviteGuests()
    {
        for (var i = 0; i < _scenario.Guests; i++)
        {
            var name = $"g{i}";
            var share = _scenario.Length / 2 / _scenario.Guests;
            _cluster.After(i * share, () => _cluster.AddNode(name, Host));
            _cluster.After(_scenario.Length / 2 + i * share, () => _cluster.Nodes.First(node => node.Name == name).Leave());
        }
    }

    /// <summary>I11.</summary>
    private void Recover(Clients clients, NumberFlow[] flows)
    {
        for (var words = 0; !_cluster.RunUntil(IsRecovered, RecoveryMax); words = _cluster.OperatorWords)
        {
            if (words < _cluster.OperatorWords) continue;
            var positions = string.Join(", ", flows.Select(
                flow => $"{flow.Name} at {_flows.PositionOf(flow.Name)} of {flow.Count}{(_flows.IsCompleted(flow.Name) ? " (completed)" : flow.AskSenders())}"));
            _cluster.Fail("I11 everything serves again", $"{RecoveryMax.TotalSeconds} s after the last fault: {_cluster.Describe()}; {positions}");
        }
        var answered = clients.Answered;
        if (!_cluster.RunUntil(() => clients.Answered >= answered + 4 * _scenario.Clients, RecoveryMax))
            _cluster.Fail("I11 everything serves again", $"clients got {clients.Answered - answered} answers within {RecoveryMax.TotalSeconds} s after the cluster had recovered");
        clients.Stop();
        _cluster.RunUntil(() => clients.IsIdle, RecoveryMax);
        if (!_cluster.RunUntil(() => _cluster.Replicas.IsAllBehind, RecoveryMax))
            _cluster.Fail("I11 everything is written behind", $"{RecoveryMax.TotalSeconds} s after the last write the store lacks: {_cluster.Replicas.DescribeLag()}");

        bool IsRecovered() => _cluster.Faults.IsOver && _cluster.Nodes.All(IsWell) && Array.TrueForAll(flows, flow => _flows.IsCompleted(flow.Name));
    }

    private bool IsWell(SimulatedNode node) =>
        node.Name.StartsWith('g') ? !node.IsRunning : node.IsUp && node.Cluster.MuteSwitch.IsOpen;

    /// <summary>I10.</summary>
    private string? Muted()
    {
        foreach (var node in _cluster.Nodes)
        {
            if (!node.Cluster.MuteSwitch.IsOpen) return $"{node} is muted: {_cluster.Describe()}";
        }
        return _views.Losses > 0 ? $"{_views.Losses} nodes were declared lost" : null;
    }

    /// <summary>I12.</summary>
    private void CheckBounds()
    {
        var options = _cluster.Settings.Sharding;
        foreach (var node in _cluster.Nodes)
        {
            if (!node.IsUp) continue;
            var buffered = ActorRuntime.Cluster.Sharding.ClusterSharding.Get(node.System).Counters.Buffered;
            if (buffered > options.BufferSize * 8L) _cluster.Fail("I12 bounds", $"{node} buffers {buffered} messages");
        }
        _cluster.After(TimeSpan.FromSeconds(1), CheckBounds);
    }

    private RunReport Report(Violation? violation) => new(
        _scenario.Name, _cluster.Seed, violation, _cluster.Now, _cluster.World.Agenda.Steps, _cluster.Faults.Counts, _views.Losses, _serving.Handled, _journal.Events, _views.Compared,
        _cluster.TraceDigest)
    {
        Script = Script,
        BlocksBehind = _cluster.Replicas.Behind,
        TrimmedMax = _cluster.Replicas.TrimmedMax,
        OperatorWords = _cluster.OperatorWords,
        HandOvers = _views.HandOvers,
        LossesAccepted = _cluster.Replicas.LossesAccepted,
        Evicted = _cluster.Replicas.Evicted,
        Admitted = _cluster.Replicas.Admitted,
        LossesMended = _cluster.Replicas.LossesMended,
        BlocksLost = _cluster.Replicas.BlocksLost,
        Story = _cluster.Recording?.Lines,
    };
}
