using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Settings of the orchestrator, read from <c>actor-runtime.cluster.orchestrator</c>. Wrong values cost time, never safety.</summary>
public sealed record OrchestratorOptions
{
    /// <summary>The k-th successor in join order proposes itself k times this after the orchestrator was found lost. 10 ms to 10 s, default
    /// 200 ms.</summary>
    public TimeSpan ElectionDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often to decide anew without any news: what waits for time passing waits at most this longer. 10 ms to 10 s, default
    /// 100 ms.</summary>
    public TimeSpan DecideInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Observers of one node in clusters of more than this plus one nodes; below, everyone observes everyone. 3 to 32, default
    /// 9.</summary>
    public int Observers { get; init; } = 9;

    /// <summary>Silence of an observed node after which its old observers are retired once enough of them follow the new set; only where the
    /// cluster has no common signal timing. Must exceed every node's loss-after. 1 s to 1 h, default 10 s.</summary>
    public TimeSpan RetireAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the home node of a flow's first sender must be up and lead it again before the flow switches back. 0 to 1 day,
    /// default 5 s.</summary>
    public TimeSpan FailbackAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a joining node may stay silent before it is taken off the list. Until then its name is taken, also for its own next
    /// process: keep it below <see cref="ClusterOptions.JoinTimeout"/>. 1 s to 1 day, default 15 s.</summary>
    public TimeSpan JoiningTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a lost node stays on the list. 1 s to 1 year, default 1 day.</summary>
    public TimeSpan RemoveDownAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Moves shards to nodes that came (back). Default on.</summary>
    public bool Rebalance { get; init; } = true;

    /// <summary>How long a node must be up before shards are moved to it. 0 to 1 day, default 2 s.</summary>
    public TimeSpan RebalanceAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Rest between two steps of rebalancing, and after a loss. 0 to 1 h, default 1 s.</summary>
    public TimeSpan RebalanceInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most shards moved in one step. 1 to 1,000, default 10.</summary>
    public int RebalanceBatch { get; init; } = 10;

    /// <summary>Difference between the most and the least loaded node of a type from which shards are moved. 2 to 1,000, default 2: below,
    /// a move would only swap the roles.</summary>
    public int RebalanceThreshold { get; init; } = 2;

    /// <summary>How long a leader has to stop its units and hand a shard over, when it was asked to; then it is replaced as if it
    /// were lost. Keep it above <c>hand-off-timeout</c> of sharding and below <c>leave-timeout</c>. 100 ms to 10 min,
    /// default 3 s.</summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public OrchestratorOptions Validated(string path = "actor-runtime.cluster.orchestrator")
    {
        new OptionErrors(path)
            .Require(Within(ElectionDelay, 0.01, 10), "election-delay: 10 ms to 10 s")
            .Require(Within(DecideInterval, 0.01, 10), "decide-interval: 10 ms to 10 s")
            .Require(Observers is >= 3 and <= View.ViewLimits.ObserversMax, $"observers: 3 to {View.ViewLimits.ObserversMax}")
            .Require(Within(RetireAfter, 1, 3_600), "retire-after: 1 s to 1 h")
            .Require(Within(FailbackAfter, 0, 86_400), "failback-after: 0 to 1 day")
            .Require(Within(JoiningTimeout, 1, 86_400), "joining-timeout: 1 s to 1 day")
            .Require(Within(RemoveDownAfter, 1, 366 * 86_400), "remove-down-after: 1 s to 1 year")
            .Require(Within(RebalanceAfter, 0, 86_400), "rebalance-after: 0 to 1 day")
            .Require(Within(RebalanceInterval, 0, 3_600), "rebalance-interval: 0 to 1 h")
            .Require(RebalanceBatch is >= 1 and <= 1_000, "rebalance-batch: 1 to 1000")
            .Require(RebalanceThreshold is >= 2 and <= 1_000, "rebalance-threshold: 2 to 1000")
            .Require(Within(TransferTimeout, 0.1, 600), "transfer-timeout: 100 ms to 10 min")
            .ThrowIfAny();
        return this;
    }

    /// <summary>Reads the settings; keys that are missing keep their defaults.</summary>
    /// <param name="section">The section <c>orchestrator</c>.</param>
    public static OrchestratorOptions FromConfig(Config section)
    {
        var defaults = new OrchestratorOptions();
        return new OrchestratorOptions
        {
            ElectionDelay = section.GetTimeSpan("election-delay", defaults.ElectionDelay),
            DecideInterval = section.GetTimeSpan("decide-interval", defaults.DecideInterval),
            Observers = section.GetInt("observers", defaults.Observers),
            RetireAfter = section.GetTimeSpan("retire-after", defaults.RetireAfter),
            FailbackAfter = section.GetTimeSpan("failback-after", defaults.FailbackAfter),
            JoiningTimeout = section.GetTimeSpan("joining-timeout", defaults.JoiningTimeout),
            RemoveDownAfter = section.GetTimeSpan("remove-down-after", defaults.RemoveDownAfter),
            Rebalance = section.GetBoolean("rebalance", defaults.Rebalance),
            RebalanceAfter = section.GetTimeSpan("rebalance-after", defaults.RebalanceAfter),
            RebalanceInterval = section.GetTimeSpan("rebalance-interval", defaults.RebalanceInterval),
            RebalanceBatch = section.GetInt("rebalance-batch", defaults.RebalanceBatch),
            RebalanceThreshold = section.GetInt("rebalance-threshold", defaults.RebalanceThreshold),
            TransferTimeout = section.GetTimeSpan("transfer-timeout", defaults.TransferTimeout),
        };
    }

    private static bool Within(TimeSpan time, double secondsMin, double secondsMax) =>
        time.TotalSeconds >= secondsMin && time.TotalSeconds <= secondsMax;
}
