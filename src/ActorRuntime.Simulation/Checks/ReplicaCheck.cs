using System.Collections.Immutable;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Cluster.Sharding.Replicas.Recovery;
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

    /// <summary>Times a log of a living node left an in-sync set.</summary>
    public int Evicted { get; private set; }

    /// <summary>Times a log came into an in-sync set, the first of a shard not counted.</summary>
    public int Admitted { get; private set; }

    /// <summary>Shards whose loss was accepted.</summary>
    public int LossesAccepted { get; private set; }

    /// <summary>Of these, those that went on from a copy that was not in sync.</summary>
    public int LossesMended { get; private set; }

    /// <summary>Committed blocks that were lost by it.</summary>
    public long BlocksLost { get; private set; }

    /// <summary>A scope goes on after its loss: what its copy has beyond the store is committed next, in whatever terms.</summary>
    public event Action<string>? Recovering;

    /// <summary>Events of an id above a number were lost by it.</summary>
    public event Action<string, long>? RolledBack;

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
        if (SetOf(fence.Scope)?.Origin is { } origin && origin.Version > chain.Origin && fence.Term > origin.Version) RollBack(fence.Scope, chain, origin);
    }

    /// <summary>The operator accepts a loss that was reported.</summary>
    public void OnAccepted(ShardLoss loss)
    {
        var chain = ChainOf($"{loss.Type}/{loss.Shard}");
        chain.Accepted = loss;
        if (loss.Heard >= chain.Digests.Count) cluster.Fail("a reported loss is true", $"{loss.Type}/{loss.Shard}: {loss.Heard} is said to be committed; {chain.Digests.Count - 1} is the newest");
    }

    /// <summary>Whether no disk has a log that may lead.</summary>
    public bool IsLost(string scope, ReplicaSet set) =>
        set.IsFounded && !set.Members.Any(copy => LogOf(copy, scope, set.Origin?.Version ?? 0)?.StoreId == copy.StoreId);

    /// <summary>From here on the shard goes on without its lost logs, if it was told so. Nobody moves the height of the store any more.</summary>
    private void RollBack(string scope, Chain chain, LogOrigin origin)
    {
        if (chain.Accepted is not { } loss) return; // What is missing now is missing without anybody's word.
        (chain.Origin, chain.Accepted) = (origin.Version, null);
        var newest = chain.Digests.Count - 1;
        var keeps = Math.Max(chain.Behind, CommonWith(origin, scope, chain));
        if (keeps > chain.Behind) LossesMended++;
        LossesAccepted++;
        if (keeps < Math.Min(newest, loss.Keeps)) cluster.Fail("a reported loss is true", $"{scope} goes on at {keeps}; {loss.Missing}");
        if (newest - keeps < loss.LostMin - Math.Max(0, keeps - loss.Reaches)) cluster.Fail("a reported loss is true", $"{scope} loses {newest - keeps} blocks; {loss.Missing}");
        BlocksLost += newest - keeps;
        var highest = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var lost in chain.Events.Skip((int)keeps).SelectMany(static block => block)) highest.TryAdd(lost.PersistenceId, lost.SequenceNr - 1);
        chain.Digests.RemoveRange((int)keeps + 1, (int)(newest - keeps));
        chain.Events.RemoveRange((int)keeps, (int)(newest - keeps));
        cluster.Record("", $"{scope} goes on at {keeps} of {newest}; lost are {string.Join(", ", highest.Select(static id => $"{id.Key} above {id.Value}"))}");
        Recovering?.Invoke(scope);
        foreach (var (id, number) in highest) RolledBack?.Invoke(id, number);
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

    /// <summary>Up to where the copy to go on from has what was committed, if it continues the store; else 0.</summary>
    private long CommonWith(LogOrigin origin, string scope, Chain chain)
    {
        if (origin.From is not { } from || LogOf(from, scope, origin.Previous) is not { } log || log.StoreId != from.StoreId) return 0;
        var height = Math.Min(chain.Digests.Count - 1, log.Head.Height);
        if (log.Start.Height > chain.Behind || log.Head.Height <= chain.Behind) return 0;
        while (height > log.Start.Height && log.DigestAt(height) != chain.Digests[(int)height]) height--; // Blocks that were never committed.
        return height;
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
            if (!set.InSync.AddRange(set.Eligible).Any(copy => copy.Node != node && LogOf(copy, scope, set.Origin?.Version ?? 0)?.StoreId == copy.StoreId)) return false;
        }
        return true;
    }

    private ReplicaSet? SetOf(string scope)
    {
        var slash = scope.LastIndexOf('/');
        return _view.Types.GetValueOrDefault(scope[..slash])?.Shards.GetValueOrDefault(scope[(slash + 1)..])?.Replicas;
    }

    private IBlockLog? LogOf(ReplicaId copy, string scope, long origin)
    {
        var slash = scope.LastIndexOf('/');
        var name = RecoveredLog.NameOf(scope[..slash], scope[(slash + 1)..], origin);
        return cluster.Nodes.FirstOrDefault(node => node.Name == copy.Node)?.Host.Disk.Logs.GetValueOrDefault($"{copy.Node}/{name}")?.Blocks;
    }

    private string? Broken(string scope, Chain chain)
    {
        if (SetOf(scope) is not { } set) return null;
        Count(chain, set);
        var height = chain.Digests.Count - 1;
        foreach (var copy in set.InSync.AddRange(set.Eligible))
        {
            if (LogOf(copy, scope, set.Origin?.Version ?? 0) is not { } log || log.StoreId != copy.StoreId) continue;
            if (log.Start.Height > chain.Behind) return $"{copy} has given up blocks of {scope} up to {log.Start.Height}; the store has them up to {chain.Behind}";
            TrimmedMax = Math.Max(TrimmedMax, log.Start.Height);
            if (height <= log.Start.Height) continue;
            Compared++;
            if (log.Head.Height < height || log.DigestAt(height) != chain.Digests[height])
                return $"{copy} of the set of version {set.Version} lacks block {height} of {scope}, which is committed; it has {log.Head.Height}";
        }
        return null;
    }

    private void Count(Chain chain, ReplicaSet set)
    {
        foreach (var copy in chain.InSync)
            if (!set.InSync.Contains(copy) && _view.Members.GetValueOrDefault(copy.Node) is { Status: not MemberStatus.Down }) Evicted++;
        foreach (var copy in set.InSync)
            if (!chain.InSync.IsEmpty && !chain.InSync.Contains(copy)) Admitted++;
        chain.InSync = set.InSync;
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

        /// <summary>When last looked at.</summary>
        public ImmutableArray<ReplicaId> InSync { get; set; } = [];

        /// <summary>History that it is of.</summary>
        public long Origin { get; set; }

        /// <summary>What the operator was told would be missing, and has accepted.</summary>
        public ShardLoss? Accepted { get; set; }

        /// <summary>Highest term raised at the store.</summary>
        public long Fence { get; set; }

        /// <summary>Height of the store.</summary>
        public long Behind { get; set; }

        public bool IsNews { get; set; } = true;
    }
}
