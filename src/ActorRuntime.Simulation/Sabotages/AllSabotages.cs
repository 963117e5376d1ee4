using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Simulation.World;

namespace ActorRuntime.Simulation.Sabotages;

/// <summary>The sabotages there are.</summary>
internal static class AllSabotages
{
    private const ShardDurability Replicated = ShardDurability.Replicated;
    private const int SlowClock = -600_000;

    public static ImmutableArray<Sabotage> All { get; } =
    [
        new("no-term-check-at-journal", "the journal raises no fence and looks at no term", "freeze",
            static cluster => cluster.Stores.MakeJournal = static (journal, line, news) => new TermBlindJournal(journal, line, news)),
        new("acknowledge-before-durable", "the journal says stored before it has stored", "kill",
            static cluster => cluster.Stores.MakeJournal = static (journal, line, news) => new ForgetfulJournal(journal, line, news)),
        new("lower-terms-accepted", "receivers take items of a lower term than the one opened", "failback",
            static cluster => cluster.MakeReceiver = static unit => new LowerTermReceiver(unit)),
        new("no-opening", "receivers store no opening and ask for none", "kill", static cluster => cluster.MakeReceiver = static unit => new UnopenedReceiver(unit)),
        new("position-forgotten", "receivers forget at a recovery what they have", "kill", static cluster => cluster.MakeReceiver = static unit => new ForgetfulReceiver(unit)),
        new("state-forgotten", "registers begin anew instead of recovering", "kill", static cluster => cluster.RegistersForget = true),
        new("lease-from-receive-time", "a lease runs from the arrival of the echo instead of the sending of the signal", "network",
            static cluster => cluster.SignalParts = new LateLeaseSignals(cluster.Settings.Cluster.Signal.Lease)),
        new("lease-without-quorum", "one echo is a lease", "partition-clean", static cluster => cluster.SignalParts = new QuorumlessSignals()),
        new("lost-are-echoed", "observers go on echoing a node whose loss they have applied", "flapping",
            static cluster => cluster.SignalParts = new EchoingSignals()),
        new("gate-without-silence", "successors serve as soon as the observers have applied the loss", "flapping",
            static cluster => cluster.SignalParts = new ImpatientSignals()),
        new("loss-after-below-lease", "clocks so slow that a lease outlives loss-after", "partition-clean",
            static cluster => cluster.After(TimeSpan.FromMilliseconds(500), () => SlowDown(cluster.World))),
        new("insert-on-any-head", "the control log takes an insert whatever its head is", "store-unknown",
            static cluster => cluster.Stores.MakeControlLog = static (log, logLine, witnessLine) => new UnconditionalControlLog(log, logLine, witnessLine)),
        new("resubmit-not-redecide", "an entry that lost its version is put in again as it was", "orchestrator-loss",
            static cluster => cluster.Stores.MakeControlLog = static (log, logLine, witnessLine) => new ResubmittingControlLog(log, logLine, witnessLine)),
        new("unflushed-acknowledged", "logs are acknowledged before they are on the disk", "mass-restart",
            static cluster => cluster.Stores.MakeBlockStore = static (world, process, random) => new UnflushedBlockStore(world, process, random), Replicated),
        new("truncated-below-commit", "a log that is opened cuts off blocks it has acknowledged, and stays the same log", "kill",
            static cluster => cluster.Stores.MakeBlockStore = static (world, process, random) => new TruncatingBlockStore(world, process, random), Replicated),
        new("behind-by-deposed", "the store takes blocks of leaders whose term is over", "freeze",
            static cluster => cluster.Stores.MakeJournal = static (journal, line, news) => new BehindByAnybodyJournal(journal, line, news), Replicated),
        new("trim-unconfirmed", "blocks count as written behind when the store gave no answer", "store-unknown",
            static cluster => cluster.Stores.MakeJournal = static (journal, line, news) => new HopefulJournal(journal, line, news), Replicated),
        new("learner-in-sync-early", "a node is entitled to lead before its log holds what is committed", "kill", EagerLeaders.Begin, Replicated),
        new("recovered-unasked", "shards go on without their logs as soon as one is lost, and no operator has accepted it", "kill", UnaskedRecovery.Begin, Replicated),
        new("standby-applies-twice", "units that follow apply each event twice", "kill", static cluster => cluster.StandbysApplyTwice = true, Replicated),
        new("no-row-is-failure", "an append without answer counts as failed when its row is not there at once", "proposals",
            static cluster => cluster.Stores.MakeControlLog = static (log, logLine, witnessLine) => new HastyControlLog(log, logLine, witnessLine)),
        new("entry-applied-twice", "an entry that is read is applied twice", "steady",
            static cluster => cluster.Stores.MakeControlLog = static (log, logLine, witnessLine) => new RepeatingControlLog(log, logLine, witnessLine)),
    ];

    /// <summary>The sabotage of that name; null for none.</summary>
    public static Sabotage? Find(string name) => All.FirstOrDefault(sabotage => sabotage.Name == name);

    private static void SlowDown(SimulatedWorld world)
    {
        for (var i = 0; i < world.Hosts.Count; i += 2) world.Hosts[i].Clock.Drift(SlowClock);
    }
}
