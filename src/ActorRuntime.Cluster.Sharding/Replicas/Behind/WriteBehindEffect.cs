namespace ActorRuntime.Cluster.Sharding.Replicas.Behind;

/// <summary>What <see cref="WriteBehindCore"/> asks its shell to do.</summary>
public abstract record WriteBehindEffect
{
    private WriteBehindEffect() { }

    /// <summary>Raise the store's fence to the term and read its height, then call <see cref="WriteBehindCore.OnHeight"/>.</summary>
    public sealed record Raise(long Term) : WriteBehindEffect;

    /// <summary>Write the blocks above a height up to another one, then call <see cref="WriteBehindCore.OnHeight"/>.</summary>
    public sealed record Write(long Term, long After, long To) : WriteBehindEffect;

    /// <summary>The store has the blocks up to this height.</summary>
    public sealed record Reached(long Height) : WriteBehindEffect;

    /// <summary>This log and the store do not belong together: its leader must not serve.</summary>
    /// <param name="Why">What is wrong, for an operator.</param>
    public sealed record Refuse(string Why) : WriteBehindEffect;
}
