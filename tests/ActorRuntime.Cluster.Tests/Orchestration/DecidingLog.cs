using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>A log, and what would be decided on it next: by a, long after everything that happened, when all who are alive have heard of it,
/// unless a test says otherwise.</summary>
internal sealed class DecidingLog
{
    private static readonly MonotonicTime Start = new(TimeSpan.FromHours(1).Ticks);

    private DecidingLog(TestLog log) => Log = log;

    public TestLog Log { get; }

    public ClusterView View => Log.View;

    public OrchestratorOptions Options { get; set; } = new();

    /// <summary>Everybody alive has applied, and handed over, all there is.</summary>
    public Evidence Calm => Evidence.None with
    {
        Reports = TestLog.Reports(View.Members.Values.Where(m => m.Status != MemberStatus.Down).Select(m => new AppliedReport(m.Key, View.Version, View.Version))),
    };

    public static DecidingLog WithNodes(params string[] names) => new(TestLog.WithNodes(names));

    public static LossVote Vote(NodeKey observer, NodeKey peer) => new(observer, peer, null, null, "");

    /// <summary>Calm but for these votes.</summary>
    public Evidence Votes(params LossVote[] votes) => Calm with { Votes = [.. votes] };

    /// <summary>Calm, but this node has said nothing newer than that.</summary>
    public Evidence Behind(NodeKey node, long applied, long handedOver) =>
        Calm with { Reports = Calm.Reports.SetItem(node, new AppliedReport(node, applied, handedOver)) };

    /// <param name="held">How long everything has been as it is; a day when not given.</param>
    public Decision? Decide(Evidence? evidence = null, NodeKey? self = null, TimeSpan? held = null) => Decide(out _, evidence, self, held);

    /// <param name="wait">Until the answer may be another one.</param>
    public Decision? Decide(out TimeSpan wait, Evidence? evidence = null, NodeKey? self = null, TimeSpan? held = null)
    {
        evidence ??= Calm;
        var now = Start + (held ?? TimeSpan.FromHours(20));
        var memory = OrchestratorMemory.Empty(Start).Observe(View, evidence, Start).Observe(View, evidence, now);
        var decision = Orchestrator.Decide(View, evidence, memory, self ?? TestLog.Key("a"), Options, out var deadline);
        wait = deadline - now;
        return decision;
    }

    /// <summary>The changes of one kind in what is decided.</summary>
    public T[] Decided<T>(Evidence? evidence = null, NodeKey? self = null, TimeSpan? held = null)
        where T : ControlChange => [.. Decide(evidence, self, held)?.Changes.OfType<T>() ?? []];

    /// <summary>Decides and commits.</summary>
    public Decision Step(Evidence? evidence = null, NodeKey? self = null, TimeSpan? held = null)
    {
        var decision = Decide(evidence, self, held);
        Assert.NotNull(decision);
        Assert.Empty(Log.Commit(self ?? TestLog.Key("a"), decision));
        return decision;
    }

    /// <summary>Decides and commits until nothing is left to decide.</summary>
    public void Settle()
    {
        for (var steps = 0; Decide() is { } decision; steps++)
        {
            Assert.True(steps < 50, $"still to decide: {decision.Why}");
            Assert.Empty(Log.Commit(TestLog.Key("a"), decision));
        }
    }

    public DecidingLog Joined(NodeKey node, NodeKey? replaces = null)
    {
        Log.Accepted(node, 0, new ControlChange.NodeJoined(TestLog.Facts(node), replaces, null));
        return this;
    }

    public DecidingLog Up(NodeKey node)
    {
        Joined(node).Log.Accepted(TestLog.Key("a"), Log.Term, new ControlChange.NodeUp(node));
        return this;
    }

    public DecidingLog Leaving(NodeKey node)
    {
        Log.Accepted(node, 0, new ControlChange.NodeLeaving(node));
        return this;
    }

    /// <summary>Lost by an operator's word: it may still serve.</summary>
    public DecidingLog Lost(NodeKey node)
    {
        Log.Accepted(TestLog.Key("a"), 0, new ControlChange.NodeDown(node, TestLog.Evidence(LossKind.Operator)));
        return this;
    }

    public DecidingLog Hosted(string type, int shards, Replication? replication, params NodeKey[] hosts)
    {
        foreach (var host in hosts) Log.Accepted(host, 0, new ControlChange.UnitTypeHosted(host, type, shards, replication));
        return this;
    }

    public DecidingLog Placed(string type, params (string Shard, NodeKey Leader)[] placements)
    {
        Log.Accepted(TestLog.Key("a"), Log.Term, new ControlChange.ShardsPlaced(type, [.. placements.Select(p =>
            new ShardPlacement(p.Shard, View.Types[type].Shards[p.Shard].Term, p.Leader, [], View.Types[type].Shards[p.Shard].Replicas?.Version ?? 0))]));
        return this;
    }

    public string Leader(string type, string shard) => View.Types[type].Shards[shard].Leader?.Name ?? "";
}
