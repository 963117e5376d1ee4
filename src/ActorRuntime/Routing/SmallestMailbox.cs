using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>An idle one, else the one with the fewest messages waiting; those of other nodes, whose mailboxes nobody sees, last.</summary>
/// <remarks>Lengths are those of the moment. Ties are taken in turn. Allocates nothing, looks at every routee.</remarks>
/// <param name="next">Index of the first to look at, less one.</param>
public sealed class SmallestMailboxRoutingLogic(int next) : RoutingLogic
{
    private const long Unknown = long.MaxValue - 1;
    private const long Gone = long.MaxValue;
    private const long SuspendedOffset = 1L << 40;

    private int _last = next;

    /// <summary>Looks at the first one first.</summary>
    public SmallestMailboxRoutingLogic()
        : this(-1)
    {
    }

    /// <inheritdoc/>
    public override Routee Select(object message, Routee[] routees)
    {
        if (routees.Length == 0) return Routee.NoRoutee;
        var start = (uint)Interlocked.Increment(ref _last) % (uint)routees.Length;
        var (best, least) = (routees[start], long.MaxValue);
        for (var i = 0u; i < routees.Length; i++)
        {
            var routee = routees[(start + i) % (uint)routees.Length];
            var load = LoadOf(routee);
            if (load == 0) return routee;
            if (load < least) (best, least) = (routee, load);
        }

        return best;
    }

    // A message in work counts, but less than one that waits before ours would be looked at.
    private static long LoadOf(Routee routee)
    {
        if (routee is not ActorRefRoutee { Actor: LocalActorRef local }) return Unknown;
        if (local.IsTerminated) return Gone;
        var load = (2L * local.Cell.Mailbox.NumberOfMessages) + (local.Cell.CurrentMessage is null ? 0 : 1);
        return local.Cell.Mailbox.IsSuspended ? SuspendedOffset + load : load;
    }
}

/// <summary>A pool that takes the routee with the fewest messages waiting.</summary>
public sealed class SmallestMailboxPool : Pool<SmallestMailboxPool>
{
    /// <inheritdoc cref="Pool(int, Resizer, SupervisorStrategy, string, bool)"/>
    public SmallestMailboxPool(
        int nrOfInstances, Resizer? resizer = null, SupervisorStrategy? supervisorStrategy = null, string? routerDispatcher = null, bool usePoolDispatcher = false)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
    }

    /// <summary>By a deployment section.</summary>
    public SmallestMailboxPool(Config config)
        : base(config)
    {
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new SmallestMailboxRoutingLogic());
}
