using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>Asks all of them; the sender gets the first answer, or a <see cref="Status.Failure"/> with <see cref="AskTimeoutException"/>.</summary>
/// <param name="within">Longest wait for an answer. Above 0.</param>
public sealed class ScatterGatherFirstCompletedRoutingLogic(TimeSpan within) : RoutingLogic
{
    /// <inheritdoc/>
    public override Routee Select(object message, Routee[] routees) => routees.Length == 0 ? Routee.NoRoutee : new All(routees, within);

    private sealed class All(Routee[] routees, TimeSpan within) : Routee
    {
        public override void Send(object message, IActorRef? sender)
        {
            var asker = sender;
            // Without an actor among them there is nobody whose answer could be waited for.
            if (FirstReplyRef.SystemOf(routees, sender) is { } system)
            {
                var first = new First(system, sender, within);
                first.Wait();
                asker = first;
            }

            foreach (var routee in routees) routee.Send(message, asker);
        }
    }

    private sealed class First(ActorSystemImpl system, IActorRef? asker, TimeSpan within) : FirstReplyRef(system, asker, within);
}

/// <summary>A pool that asks all routees and takes the first answer.</summary>
public sealed class ScatterGatherFirstCompletedPool : Pool<ScatterGatherFirstCompletedPool>
{
    /// <summary>A pool.</summary>
    /// <param name="nrOfInstances">Routees at the start.</param>
    /// <param name="within">Longest wait for an answer. Above 0.</param>
    public ScatterGatherFirstCompletedPool(int nrOfInstances, TimeSpan within)
        : this(nrOfInstances, null, within, null, null)
    {
    }

    /// <inheritdoc cref="Pool(int, Resizer, SupervisorStrategy, string, bool)"/>
    /// <param name="within">Longest wait for an answer. Above 0.</param>
    public ScatterGatherFirstCompletedPool(
        int nrOfInstances, Resizer? resizer, TimeSpan within, SupervisorStrategy? supervisorStrategy, string? routerDispatcher, bool usePoolDispatcher = false)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        Within = within;
    }

    /// <summary>By a deployment section.</summary>
    public ScatterGatherFirstCompletedPool(Config config)
        : base(config) => Within = ScatterGatherFirstCompletedGroup.WithinOf(config);

    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan Within { get; }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new ScatterGatherFirstCompletedRoutingLogic(Within));
}

/// <summary>A group that asks all routees and takes the first answer.</summary>
public sealed class ScatterGatherFirstCompletedGroup : Group
{
    private static readonly TimeSpan DefaultWithin = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    /// <param name="within">Longest wait for an answer. Above 0.</param>
    public ScatterGatherFirstCompletedGroup(IEnumerable<string> paths, TimeSpan within, string? routerDispatcher = null)
        : base(paths, routerDispatcher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(within, TimeSpan.Zero);
        Within = within;
    }

    /// <summary>By a deployment section.</summary>
    public ScatterGatherFirstCompletedGroup(Config config)
        : base(config) => Within = WithinOf(config);

    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan Within { get; }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new ScatterGatherFirstCompletedRoutingLogic(Within));

    internal static TimeSpan WithinOf(Config config)
    {
        var within = config.GetTimeSpan("within", DefaultWithin);
        return within > TimeSpan.Zero ? within : throw new ArgumentException("within has to be above 0");
    }
}
