namespace ActorRuntime.Cluster.Routing;

/// <summary>Which nodes' routees a cluster router uses, and how many.</summary>
public abstract record ClusterRouterSettings
{
    /// <summary>Most routees of one router.</summary>
    public const int TotalInstancesMax = 100_000;

    private protected ClusterRouterSettings(int totalInstances, int maxInstancesPerNode, bool allowLocalRoutees, string? useRole)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(totalInstances, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(totalInstances, TotalInstancesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxInstancesPerNode, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxInstancesPerNode, TotalInstancesMax);
        (TotalInstances, MaxInstancesPerNode, AllowLocalRoutees, UseRole) = (totalInstances, maxInstancesPerNode, allowLocalRoutees, useRole);
    }

    /// <summary>Routees at most, 1 to <see cref="TotalInstancesMax"/>; taken in rounds over the nodes, the oldest member first.</summary>
    public int TotalInstances { get; }

    /// <summary>Of those at most so many on one node.</summary>
    public int MaxInstancesPerNode { get; }

    /// <summary>Whether routees on the router's own node are used.</summary>
    public bool AllowLocalRoutees { get; }

    /// <summary>Only members with this role; null: all.</summary>
    public string? UseRole { get; }
}

/// <summary>Settings of a <see cref="ClusterRouterGroup"/>.</summary>
public sealed record ClusterRouterGroupSettings : ClusterRouterSettings
{
    /// <param name="totalInstances">Routees at most.</param>
    /// <param name="routeesPaths">Absolute paths without address, on every node the same; at least one.</param>
    /// <param name="allowLocalRoutees">Whether routees on the router's own node are used.</param>
    /// <param name="useRole">Only members with this role; null: all.</param>
    public ClusterRouterGroupSettings(int totalInstances, IEnumerable<string> routeesPaths, bool allowLocalRoutees, string? useRole = null)
        : this(totalInstances, [.. routeesPaths], allowLocalRoutees, useRole)
    {
    }

    private ClusterRouterGroupSettings(int totalInstances, string[] paths, bool allowLocalRoutees, string? useRole)
        : base(totalInstances, paths.Length == 0 ? throw new ArgumentException("a group needs at least one path of a routee") : paths.Length, allowLocalRoutees, useRole) =>
        RouteesPaths = paths;

    /// <summary>Absolute paths without address.</summary>
    public IReadOnlyList<string> RouteesPaths { get; }
}

/// <summary>Settings of a <see cref="ClusterRouterPool"/>.</summary>
public sealed record ClusterRouterPoolSettings : ClusterRouterSettings
{
    /// <param name="totalInstances">Routees in the cluster at most.</param>
    /// <param name="maxInstancesPerNode">Of those at most so many on one node.</param>
    /// <param name="allowLocalRoutees">Whether a router uses the routees of its own node; they run there all the same, for the others.</param>
    /// <param name="useRole">Only members with this role run routees; null: all.</param>
    public ClusterRouterPoolSettings(int totalInstances, int maxInstancesPerNode, bool allowLocalRoutees, string? useRole = null)
        : base(totalInstances, maxInstancesPerNode, allowLocalRoutees, useRole)
    {
    }
}
