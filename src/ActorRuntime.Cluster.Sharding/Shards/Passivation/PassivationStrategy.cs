namespace ActorRuntime.Cluster.Sharding.Shards.Passivation;

/// <summary>Chooses the units of one shard that are stopped until their next message.</summary>
/// <remarks>Pure; units being passivated already are never chosen again. A unit takes part from its first use until it ends.</remarks>
internal abstract class PassivationStrategy
{
    /// <summary>How often <see cref="Choose"/> is asked without a message; null for never.</summary>
    public virtual TimeSpan? CheckEvery => null;

    /// <summary>The strategy of a type. Units that always run, or that are remembered, are not passivated.</summary>
    /// <param name="activeShards">Shards of the type on this node, which share its limit.</param>
    public static PassivationStrategy Create(ClusterShardingSettings settings, bool isOff, ActiveShards activeShards) =>
        isOff ? Off.Instance
        : settings.PassivationStrategy switch
        {
            ShardingPassivation.Idle when settings.PassivateIdleEntityAfter > TimeSpan.Zero => new IdleStrategy(settings.PassivateIdleEntityAfter),
            ShardingPassivation.LeastRecentlyUsed => new LeastRecentlyUsedStrategy(settings.ActiveEntityLimit, activeShards),
            _ => Off.Instance,
        };

    /// <summary>A message is for this unit.</summary>
    public abstract void OnUsed(ShardUnit unit);

    /// <summary>The unit has ended, or is about to: it counts no more.</summary>
    public abstract void OnGone(ShardUnit unit);

    /// <summary>A check is due.</summary>
    public virtual void OnCheck()
    {
    }

    /// <summary>The next unit to passivate, null for none; asked until it is null. The caller then calls <see cref="OnGone"/> for it.</summary>
    public abstract ShardUnit? Choose();

    private sealed class Off : PassivationStrategy
    {
        public static Off Instance { get; } = new();

        public override void OnUsed(ShardUnit unit)
        {
        }

        public override void OnGone(ShardUnit unit)
        {
        }

        public override ShardUnit? Choose() => null;
    }
}

/// <summary>How many shards of a type a node leads: they share the node's limit of active units. Any thread.</summary>
internal sealed class ActiveShards
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(int shards) => Interlocked.Add(ref _count, shards);
}
