using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Asks a region which shards and units run on its node; answered with <see cref="CurrentShardRegionState"/>.</summary>
public sealed record GetShardRegionState
{
    private GetShardRegionState() { }

    public static GetShardRegionState Instance { get; } = new();
}

/// <summary>Shards and units on one node.</summary>
/// <param name="Shards">Shards that this node leads.</param>
/// <param name="Failed">Shards that did not answer in time.</param>
public sealed record CurrentShardRegionState(IImmutableSet<ShardState> Shards, IImmutableSet<string> Failed);

/// <summary>One shard on its leader's node.</summary>
/// <param name="Term">Term under which it is led.</param>
/// <param name="Phase">Whether it serves, and if not what it waits for.</param>
/// <param name="EntityIds">Units running.</param>
/// <param name="Waiting">Messages that wait.</param>
public sealed record ShardState(string ShardId, long Term, Shards.ShardPhase Phase, IImmutableSet<string> EntityIds, int Waiting);

/// <summary>Asks a region where a unit runs; answered with <see cref="EntityLocation"/>.</summary>
/// <param name="Timeout">How long its node is asked at most.</param>
public sealed record GetEntityLocation(string EntityId, TimeSpan Timeout);

/// <summary>Where a unit runs, or would.</summary>
/// <param name="ShardRegion">Address of the shard's leader; null while the shard is not placed.</param>
/// <param name="EntityRef">The unit, if it runs.</param>
public sealed record EntityLocation(string EntityId, string ShardId, Address? ShardRegion, Option<IActorRef> EntityRef);

/// <summary>Asks a region which nodes run units of its type; answered with <see cref="CurrentRegions"/>.</summary>
public sealed record GetCurrentRegions
{
    private GetCurrentRegions() { }

    public static GetCurrentRegions Instance { get; } = new();
}

/// <summary>Nodes that run units of a type.</summary>
public sealed record CurrentRegions(IImmutableSet<Address> Regions);
