using System.Collections.Immutable;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Between the replicas of one shard. All are safe to lose, to repeat and to overtake.</summary>
/// <param name="Term">Of the leader that sends it, or that it answers.</param>
public abstract record ReplicaMessage(long Term);

/// <summary>The leader sends blocks, asks how far the replica has followed, and says what is committed.</summary>
/// <param name="Place">The newest of the blocks; without blocks, a place of the leader's log to compare with.</param>
/// <param name="Blocks">Consecutive; may be empty.</param>
/// <param name="Committed">Newest block that is committed.</param>
/// <param name="Behind">Height up to which blocks are in the persistent store, read back there.</param>
public sealed record AppendBlocks(long Term, BlockPlace Place, ImmutableArray<Block> Blocks, BlockPlace Committed, long Behind) : ReplicaMessage(Term);

/// <summary>The leader has given up what the replica lacks: whoever does not have this place begins a new log there.</summary>
/// <param name="Start">Committed, and in the persistent store with all before it.</param>
public sealed record LogBegins(long Term, BlockPlace Start) : ReplicaMessage(Term);

/// <summary>A replica says what its disk holds (SAFETY 1C-20).</summary>
/// <param name="StoreId">Of its log.</param>
/// <param name="Holds">A place of its log, as safe as its flush policy says. The leader counts it when its own log has the same there.</param>
/// <param name="Committed">Height up to which it knows blocks to be committed.</param>
public sealed record BlocksHeld(long Term, ulong StoreId, BlockPlace Holds, long Committed) : ReplicaMessage(Term);

/// <summary>A replica knows a higher term.</summary>
/// <param name="Term">That term.</param>
public sealed record TermRefused(long Term) : ReplicaMessage(Term);
