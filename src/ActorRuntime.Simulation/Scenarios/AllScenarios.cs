using System.Collections.Immutable;
using ActorRuntime.Simulation.Faults;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;
using static ActorRuntime.Simulation.Faults.FaultKind;

namespace ActorRuntime.Simulation.Scenarios;

/// <summary>The scenarios there are.</summary>
public static class AllScenarios
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private const int IdleSeconds = 300;

    /// <summary>In the order of <c>list</c>.</summary>
    public static ImmutableArray<Scenario> All { get; } =
    [
        new("steady", "no faults: nobody is muted, nobody is lost", static (_, _) => []) { IsFaultless = true },
        new("idle", $"no faults and no load for {IdleSeconds} s: signals, membership, orchestrator and regions alone", static (_, _) => [])
        {
            IsFaultless = true, Length = IdleSeconds * Second, Clients = 0, Flows = 0,
        },
        Of("kill", "processes are killed and started again", 4, 6, Kill),
        Of("power", "machines lose their power, some with their disk", 5, 6, PowerCut, DiskLoss),
        Of("freeze", "processes are stopped and go on later", 4, 6, Freeze),
        Of("flapping", "short interruptions, about as long as leases", 0.7, 1.2, Isolate, Freeze, Silence, CutPair) with { Nodes = 5, MayBeOneMachine = false },
        Of("partition-clean", "the cluster falls into two halves", 5, 8, Split) with { Nodes = 5, MayBeOneMachine = false },
        Of("partition-partial", "two nodes do not hear each other, a third hears both", 4, 6, CutPair, Isolate) with { Nodes = 5, MayBeOneMachine = false },
        Of("partition-one-way", "bytes pass in one direction only", 4, 6, Silence, Deafen) with { MayBeOneMachine = false },
        Of("deaf", "nodes hear no signals, or nothing at all, while all others hear them", 2, 8, Deafen, DeafenSignals, DeafenSignals, Kill) with { MayBeOneMachine = false },
        Of("partition-bridge", "two halves that only one node hears both of", 5, 8, Bridge) with { Nodes = 5, MayBeOneMachine = false },
        Of("channels", "the signal channel or the data channel alone is cut, and nodes are killed meanwhile", 2, 6, CutSignals, CutStreams, CutStreams, Kill) with { MayBeOneMachine = false },
        Of("network", "loss, long delays, pile-ups, and nodes cut off meanwhile", 1.5, 6, Loss, Slow, Clog, Isolate) with { MayBeOneMachine = false },
        new("failback", "senders come back while the streams of another node are held up", Failback) { MayBeOneMachine = false },
        new("orchestrator-loss", "the orchestrator is lost in the middle of a fail-over", OrchestratorLoss),
        Of("store-outage", "the control log or the journal is out of reach, for all or for one", 4, 6, StoreOutage, StoreCutOff, JournalOutage, JournalCutOff, Kill),
        Of("store-unknown", "writes to the stores go without answer", 4, 6, StoreUnknown, JournalUnknown, Kill, Freeze),
        Of("proposals", "entries are proposed while many appends to the control log go without answer", 1, 12, StoreUnknown) with { HasProposals = true },
        Of("slow-disk", "slow, full and failing disks, slow stores", 4, 6, DiskSlow, DiskErrors, DiskFull, StoreSlow, JournalSlow, Kill),
        Of("clock", "clocks run fast and slow, wall clocks jump", 2, 8, ClockDrift, WallClockJump, Freeze, Isolate),
        new("rolling-restart", "one node after the other leaves in order and comes back", RollingRestart),
        Of("transfer", "shards move to and fro: no question goes without answer", 0.1, 1, Move) with { IsFaultless = true, Clients = 24 },
        Of("transfer-faults", "shards move, and meanwhile nodes die, freeze, leave, are cut off, and stores give no answer", 0.4, 4,
            Move, Move, Move, Move, Kill, Freeze, Leave, Isolate, StoreUnknown, StoreOutage),
        new("mass-restart", "all nodes are killed at once, more than once", MassRestart),
        new("grow", "27 nodes join, shards move to them, and they leave again", static (_, _) => []) { Guests = 27, MayBeOneMachine = false },
        Of("replica-behind", "a node gets nothing for longer than in-sync-timeout: its logs leave the sets, catch up, and come back", 6, 9, CutStreams) with
        {
            IsReplicated = true, MayBeOneMachine = false,
        },
        Of("slow-follower", "disks of single nodes take up to two seconds for each flush", 5, 9, DiskSlow) with { IsReplicated = true, MayBeOneMachine = false },
        Of("disk-lost", "machines come back with an empty disk, one after the other", 4, 4, DiskLoss) with { IsReplicated = true, MayBeOneMachine = false },
        Of("torn-log", "machines lose their power in the middle of writes, and find their logs torn", 1.5, 2, PowerCut, PowerCut, DiskSlow) with
        {
            IsReplicated = true, MayBeOneMachine = false,
        },
        PowerOfAll("group-commit", "nothing acknowledged is lost, and nobody has to be asked", FlushPolicy.GroupCommit),
        PowerOfAll("os", "no log can prove to be whole, and an operator accepts what was not flushed", FlushPolicy.Os),
        PowerOfAll("process", "as with os, and more is lost", FlushPolicy.Process),
        new("disks-lost", "all disks with a log that may lead are lost, and an operator accepts what that means", DisksLost)
        {
            IsReplicated = true, MayBeOneMachine = false, Flows = 0,
        },
        Of("busy", "processors are busy", 3, 6, Busy),
        Of("chaos", "everything, at random", 1.2, 6, [.. FaultScript.Tolerated]),
    ];

    /// <summary>The scenario of that name; null for none.</summary>
    public static Scenario? Find(string name) => All.FirstOrDefault(scenario => scenario.Name == name);

    private static Scenario Of(string name, string description, double everySeconds, double longestSeconds, params FaultKind[] kinds) =>
        new(name, description, (random, nodes) => FaultScript.Draw(random, nodes, 20 * Second, everySeconds * Second, longestSeconds * Second, kinds));

    /// <summary>Every node in turn is the one that dies shortly after another: one of them is the orchestrator.</summary>
    private static ImmutableArray<Fault> OrchestratorLoss(Prng random, int nodes)
    {
        var script = ImmutableArray.CreateBuilder<Fault>();
        for (var at = Second; at < 20 * Second; at += 6 * Second)
        {
            var first = (int)(random.Next() % (ulong)nodes);
            var kind = random.Chance(50) ? Kill : Freeze;
            script.Add(new Fault(at, 2 * Second + random.Below(2 * Second), kind, first, 0, 0));
            // From before the loss is decided until after the successors have been told.
            var second = (first + 1 + (int)(random.Next() % (ulong)(nodes - 1))) % nodes;
            script.Add(new Fault(at + random.Below(Second), Second + random.Below(Second), random.Chance(50) ? Kill : Isolate, second, 0, 0));
        }
        return script.ToImmutable();
    }

    /// <summary>A sender hands the flow back in order while what it has sent is still under way.</summary>
    private static ImmutableArray<Fault> Failback(Prng random, int nodes)
    {
        var script = ImmutableArray.CreateBuilder<Fault>();
        for (var at = Second; at < 20 * Second; at += 8 * Second)
        {
            var killed = (int)(random.Next() % (ulong)nodes);
            var heldUp = (killed + 1 + (int)(random.Next() % (ulong)(nodes - 1))) % nodes;
            script.Add(new Fault(at, Second / 2 + random.Below(Second / 2), Kill, killed, 0, 0));
            script.Add(new Fault(at + 3 * Second + random.Below(2 * Second), 2 * Second + random.Below(2 * Second), CutStreams, heldUp, 0, 0));
        }
        return script.ToImmutable();
    }

    private static Scenario PowerOfAll(string flush, string description, FlushPolicy policy) => new(
        $"power-all-{flush}", $"all machines lose their power at once, with flush = {flush}: {description}",
        static (random, nodes) => [.. Enumerable.Range(0, nodes).Select(node => new Fault(6 * Second + random.Below(Second / 1000), Second + random.Below(3 * Second), PowerCut, node, 0, 0))])
    {
        IsReplicated = true, MayBeOneMachine = false, Flush = policy, Flows = policy == FlushPolicy.GroupCommit ? 2 : 0,
    };

    /// <summary>All at once, or all but that of a node that was away before and has an older log; sometimes the store has less than the logs, too.</summary>
    private static ImmutableArray<Fault> DisksLost(Prng random, int nodes)
    {
        var script = ImmutableArray.CreateBuilder<Fault>();
        var away = random.Chance(50) ? (int)(random.Next() % (ulong)nodes) : -1;
        var at = 8 * Second + random.Below(4 * Second);
        var behind = away >= 0 ? Second : at - random.Below(6 * Second); // The store is behind a copy only if it was out of reach before that was.
        if (random.Chance(70)) script.Add(new Fault(behind, at + Second - behind, random.Chance(70) ? JournalOutage : JournalUnknown, 0, 0, 0));
        if (away >= 0) script.Add(new Fault(3 * Second + random.Below(2 * Second), 12 * Second, random.Chance(50) ? Isolate : PowerCut, away, 0, 0));
        for (var node = 0; node < nodes; node++)
            if (node != away) script.Add(new Fault(at + random.Below(Second / 10), Second + random.Below(3 * Second), LastDiskLoss, node, 0, 0));
        return script.ToImmutable();
    }

    private static ImmutableArray<Fault> RollingRestart(Prng random, int nodes) =>
        [.. Enumerable.Range(0, 2 * nodes).Select(i => new Fault(i * 4 * Second + random.Below(Second), 3 * Second, Leave, i % nodes, 0, 0))];

    private static ImmutableArray<Fault> MassRestart(Prng random, int nodes) =>
    [
        .. Enumerable.Range(0, 2).SelectMany(round => Enumerable.Range(0, nodes).Select(node =>
            new Fault((1 + 10 * round) * Second + random.Below(Second / 10), Second + random.Below(3 * Second), round == 0 ? Kill : PowerCut, node, 0, 0))),
    ];
}
