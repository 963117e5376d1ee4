using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Routing;

/// <summary>Any one by chance, each as likely as the others. Allocates nothing.</summary>
/// <param name="seed">The same seed chooses the same way.</param>
public sealed class RandomLogic(ulong seed) : RoutingLogic
{
    private ulong _state = seed;

    /// <summary>With a fixed seed; routers that are actors draw one from their system.</summary>
    public RandomLogic()
        : this(0)
    {
    }

    /// <inheritdoc/>
    public override Routee Select(object message, Routee[] routees) =>
        routees.Length == 0 ? Routee.NoRoutee : routees[(int)(Prng.Mix(Interlocked.Add(ref _state, Prng.Step)) % (ulong)routees.Length)];

    internal static RandomLogic Of(ActorSystem system) => new((ulong)((ActorSystemImpl)system).NextUid());
}

/// <summary>A pool that takes any routee by chance.</summary>
public sealed class RandomPool : Pool<RandomPool>
{
    /// <inheritdoc cref="Pool(int, Resizer, SupervisorStrategy, string, bool)"/>
    public RandomPool(
        int nrOfInstances, Resizer? resizer = null, SupervisorStrategy? supervisorStrategy = null, string? routerDispatcher = null, bool usePoolDispatcher = false)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
    }

    /// <summary>By a deployment section.</summary>
    public RandomPool(Config config)
        : base(config)
    {
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(RandomLogic.Of(system));
}

/// <summary>A group that takes any routee by chance.</summary>
public sealed class RandomGroup : Group
{
    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    public RandomGroup(IEnumerable<string> paths, string? routerDispatcher = null)
        : base(paths, routerDispatcher)
    {
    }

    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    public RandomGroup(params string[] paths)
        : base(paths)
    {
    }

    /// <summary>By a deployment section.</summary>
    public RandomGroup(Config config)
        : base(config)
    {
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(RandomLogic.Of(system));
}
