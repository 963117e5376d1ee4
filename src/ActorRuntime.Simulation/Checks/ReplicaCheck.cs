using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Simulation.Stores;

namespace ActorRuntime.Simulation.Checks;

/// <summary>I1, I2 and I3 of replicated logs: one committed block at a height; every member of the newest in-sync set whose log is the one
/// named there has every committed block (SAFETY 1E: fires many steps before loss shows); none of a lower term after a higher one is
/// open. And of the store behind them: it gets the events of committed blocks, once, in order, by nobody whose term is over there; no log gives up
/// a block that it has not (SAFETY 2E-28).</summary>
/// <param name="events">Told the events of each block when it is committed for the first time.</param>
internal sealed class ReplicaCheck(SimulatedCluster cluster, JournalNews events) : IReplicaNews
{
    private readonly SortedDictionary<string, Chain> _chains = new(StringComparer.Ordinal);
    private ClusterView _view = ClusterView.Empty;
    private bool _hasNews;

    /// <summary>Blocks seen committed, each once.</summary>
    public long Blocks { get; private set; }

    /// <summary>Blocks seen written behind.</summary>
    public long Behind { get; private set; }

    /// <summary>Highest height up to which a log has given up its blocks.</summary>
    public long TrimmedMax { get; private set; }

    /// <summary>Most blocks of one log that were committed and not in the store yet.</summary>
    public long LagMax { get; private set; }

    /// <summary>All that is committed is in the store.</summary>
    public bool IsAllBehind => _chains.Values.All(static chain => chain.Behind == chain.Digests.Count - 1);

    /// <summary>Copies of logs compared with what is committed.</summary>
    public long Compared { get; private set; }

    public void OnCommitted(string scope, ReplicaId replica, Block block, long? leading)
    {
        var chain = ChainOf(scope);
        if (block.Height < chain.Digests.Count)
        {
            if (chain.Digests[(int)block.Height] != block.Digest)
                cluster.Fail("I1 one block per height", $"{replica} takes another block for height {block.Height} of {scope} than the one committed before");
            return;
        }
        if (leading is not { } term) cluster.Fail("I1 one block per height", $"{replica} follows, and is the first to take height {block.Height} of {scope} for committed");
        else if (term < chain.Opened) cluster.Fail("I3 no block of a fenced term", $"{replica} commits height {block.Height} of {scope} in term {term} although term {chain.Opened} is open");
        if (block.Height != chain.Digests.Count)
        {
            cluster.Fail("I1 one block per height", $"{replica} commits height {block.Height} of {scope}, {chain.Digests.Count - 1} is the newest");
            return;
        }
        chain.Digests.Add(block.Digest);
        Blocks++;
        LagMax = Math.Max(LagMax, block.Height - chain.Behind);
        (chain.IsNews, _hasNews) = (true, true);
        Tell(scope, block);
    }

    /// <summary>The store has closed a scope to lower terms.</summary>
    public void OnRaisedAtStore(WriterFence fence)
    {
        var chain = ChainOf(fence.Scope);
        chain.Fence = Math.Max(chain.Fence, fence.Term);
    }

    /// <summary>The store has taken blocks.</summary>
    public void OnWrittenBehind(WriterFence fence, long after, CommittedBlocks blocks)
    {
        const string invariant = "I1 the store has what is committed";
        var chain = ChainOf(fence.Scope);
        if (fence.Term < chain.Fence) cluster.Fail("I3 nothing of a fenced term", $"{fence.Scope}: term {fence.Term} writes blocks behind although {chain.Fence} was raised");
        if (after != chain.Behind) cluster.Fail(invariant, $"{fence.Scope}: blocks above {after} are stored after {chain.Behind}");
        if (blocks.ToHeight >= chain.Digests.Count)
        {
            cluster.Fail(invariant, $"{fence.Scope}: blocks up to {blocks.ToHeight} are stored, {chain.Digests.Count - 1} is the newest that is committed");
            return;
        }
        var expected = chain.Events.GetRange((int)after, (int)(blocks.ToHeight - after)).SelectMany(static events => events);
        if (!expected.Select(static stored => (stored.PersistenceId, stored.SequenceNr, stored.Writer.Term)).SequenceEqual(
            blocks.Events.Select(static stored => (stored.PersistenceId, stored.SequenceNr, stored.Writer.Term))))
            cluster.Fail(invariant, $"{fence.Scope}: the events stored for heights {after + 1} to {blocks.ToHeight} are not those of the committed blocks");
        Behind += blocks.ToHeight - after;
        chain.Behind = blocks.ToHeight;
    }

    public void OnOpened(string scope, ReplicaId replica, long term)
    {
        var chain = ChainOf(scope);
        chain.Opened = Math.Max(chain.Opened, term);
        events.OnRaised(new WriterFence(scope, term));
    }

    /// <summary>Shards of which the store has not all.</summary>
    public string DescribeLag() => string.Join(", ", _chains.Where(static pair => pair.Value.Behind < pair.Value.Digests.Count - 1)
        .Select(static pair => $"{pair.Key} {pair.Value.Behind} of {pair.Value.Digests.Count - 1}"));

    /// <summary>Looks at the logs of whose sets, or heights, are new since the last step.</summary>
    /// <param name="newest">The newest view any node has published.</param>
    public string? Broken(ClusterView newest)
    {
        if (!_hasNews && ReferenceEquals(newest, _view)) return null;
        var isNewView = !ReferenceEquals(newest, _view);
        (_view, _hasNews) = (newest, false);
        foreach (var (scope, chain) in _chains)
        {
            if (!chain.IsNews && !isNewView) continue;
            chain.IsNews = false;
            if (Broken(scope, chain) is { } broken) return broken;
        }
        return null;
    }

    /// <summary>Whether another disk has a log that may lead, for each shard whose set names one on this node. Without, what was acknowledged would be lost
    /// for good, which nothing tolerates.</summary>
    public bool MayLoseDisk(string node)
    {
        foreach (var scope in _chains.Keys)
        {
            if (SetOf(scope) is not { } set || set.MemberOf(node) is null) continue;
            if (!set.InSync.AddRange(set.Eligible).Any(copy => copy.Node != node && LogOf(copy, scope)?.StoreId == copy.StoreId)) return false;
        }
        return true;
    }

    private ReplicaSet? SetOf(string scope)
    {
        var slash = scope.LastIndexOf('/');
        return _view.Types.GetValueOrDefault(scope[..slash])?.Shards.GetValueOrDefault(scope[(slash + 1)..])?.Replicas;
    }

    private IBlockLog? LogOf(ReplicaId copy, string scope) =>
        cluster.Nodes.FirstOrDefault(node => node.Name == copy.Node)?.Host.Disk.Logs.GetValueOrDefault($"{copy.Node}/{scope}")?.Blocks;

    private string? Broken(string scope, Chain chain)
    {
        if (SetOf(scope) is not { } set) return null;
        var height = chain.Digests.Count - 1;
        foreach (var copy in set.InSync.AddRange(set.Eligible))
        {
            if (LogOf(copy, scope) is not { } log || log.StoreId != copy.StoreId) continue;
            if (log.Start.Height > chain.Behind) return $"{copy} has given up blocks of {scope} up to {log.Start.Height}; the store has them up to {chain.Behind}";
            TrimmedMax = Math.Max(TrimmedMax, log.Start.Height);
            if (height <= log.Start.Height) continue;
            Compared++;
            if (log.Head.Height < height || log.DigestAt(height) != chain.Digests[height])
                return $"{copy} of the set of version {set.Version} lacks block {height} of {scope}, which is committed; it has {log.Head.Height}";
        }
        return null;
    }

    private void Tell(string scope, Block block)
    {
        var batch = new List<JournalEvent>();
        for (var offset = 0; offset < block.Payload.Length;)
        {
            if (ShardRecord.Read(block.Payload, new WriterFence(scope, block.Term), ref offset) is ShardRecord.Event record) batch.Add(record.Stored);
        }
        ChainOf(scope).Events.Add(batch);
        if (batch.Count > 0) events.OnAppended(batch);
    }

    private Chain ChainOf(string scope)
    {
        if (!_chains.TryGetValue(scope, out var chain)) _chains.Add(scope, chain = new Chain());
        return chain;
    }

    private sealed class Chain
    {
        /// <summary>By height; nothing at 0.</summary>
        public List<BlockDigest> Digests { get; } = [default];

        /// <summary>Of the block at height 1, 2 and so on.</summary>
        public List<List<JournalEvent>> Events { get; } = [];

        public long Opened { get; set; }

        /// <summary>Highest term raised at the store.</summary>
        public long Fence { get; set; }

        /// <summary>Height of the store.</summary>
        public long Behind { get; set; }

        public bool IsNews { get; set; } = true;
    }
}
