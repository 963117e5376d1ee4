using System.Collections.Immutable;
using System.Text.Json;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.ControlLog;

/// <summary>A log in memory: every entry goes through its stored text, as in production.</summary>
internal sealed class TestLog
{
    public ClusterView View { get; private set; } = ClusterView.Empty;

    public List<string> Texts { get; } = [];

    public static NodeKey Key(string name, ulong incarnation = 1) => new(name, incarnation);

    public static NodeFacts Facts(NodeKey key, string bootId = "boot", string? lockFile = null) =>
        new(key, "test", "127.0.0.1", 4000 + key.Name[0], 5000 + key.Name[0], bootId, lockFile ?? $"/data/{key.Name}.lock", [], "0.1.0");

    public static LossEvidence Evidence(LossKind kind, params NodeKey[] supporters) => new(kind, [.. supporters], null, null, null, "");

    /// <summary>Commits the changes and returns why some of them were rejected.</summary>
    public string[] Commit(NodeKey proposer, long term, params ControlChange[] changes)
    {
        var version = View.Version + 1;
        var entry = new LogEntry(version, View.Digest, $"p{version}", proposer, term, default, "test", [.. changes]);
        var text = EntryCodec.Encode(entry);
        Texts.Add(text);
        View = ViewFold.Apply(View, EntryCodec.Decode(text), EntryCodec.Digest(text));
        return [.. View.Rejections.Where(r => r.Version == version).Select(r => r.Why)];
    }

    public string[] Commit(NodeKey proposer, Decision decision)
    {
        Assert.Equal(View.Version, decision.BasedOn);
        return Commit(proposer, decision.OrchestratorTerm, [.. decision.Changes]);
    }

    /// <summary>Commits what nobody may refuse.</summary>
    public TestLog Accepted(NodeKey proposer, long term, params ControlChange[] changes)
    {
        Assert.Empty(Commit(proposer, term, changes));
        return this;
    }

    public static ImmutableSortedDictionary<NodeKey, AppliedReport> Reports(IEnumerable<AppliedReport> reports) =>
        reports.ToImmutableSortedDictionary(static report => report.Node, static report => report);

    /// <summary>Nodes a, b, c … up, everyone observed by everyone, a the orchestrator.</summary>
    public static TestLog WithNodes(params string[] names)
    {
        var log = new TestLog();
        var keys = names.Select(name => Key(name)).ToArray();
        foreach (var key in keys) log.Accepted(key, 0, new ControlChange.NodeJoined(Facts(key), null, null));
        log.Accepted(keys[0], 0, new ControlChange.OrchestratorElected(keys[0], 0, false));
        log.Accepted(keys[0], log.Term, [.. keys.Select(key => new ControlChange.NodeUp(key))]);
        log.Accepted(keys[0], log.Term, [.. keys.Select(key =>
        {
            var (observers, witness) = ObserverAssignment.For(keys, key, 9);
            return new ControlChange.ObserversChanged(key, observers, witness);
        })]);
        return log;
    }

    public long Term => View.Orchestrator!.Term;

    public static string Text(ClusterView view) => JsonSerializer.Serialize(view, EntryCodec.Json);

    public static ImmutableArray<ShardPlacement> Placement(string shard, long previous, NodeKey leader) =>
        [new ShardPlacement(shard, previous, leader, [])];
}
