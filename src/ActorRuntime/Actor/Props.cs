using System.Linq.Expressions;
using ActorRuntime.Routing;

namespace ActorRuntime.Actor;

/// <summary>A recipe for making actors. Immutable; may be used any number of times, from any thread.</summary>
public sealed class Props : IEquatable<Props>
{
    private Props(Type type, object?[] arguments, IIndirectActorProducer producer)
    {
        (Type, Arguments, Producer) = (type, arguments, producer);
        (NeedsAroundReceive, RequiredQueue) = ActorTraits.Of(type);
    }

    /// <summary>As <see cref="Create(System.Type, object?[])"/>.</summary>
    public Props(Type type, params object?[] args)
        : this(OfType(type, args))
    {
    }

    /// <summary>With a strategy for the actor's children, instead of its own.</summary>
    public Props(Type type, SupervisorStrategy? supervisorStrategy, params object?[] args)
        : this(OfType(type, args)) => SupervisorStrategy = supervisorStrategy;

    /// <inheritdoc cref="Props(System.Type, Actor.SupervisorStrategy?, object?[])"/>
    public Props(Type type, SupervisorStrategy? supervisorStrategy, IEnumerable<object?> args)
        : this(type, supervisorStrategy, args.ToArray())
    {
    }

    /// <summary>With what <paramref name="deploy"/> decides.</summary>
    public Props(Deploy deploy, Type type, IEnumerable<object?> args)
        : this(OfType(type, args.ToArray()).WithDeploy(deploy))
    {
    }

    private Props(Props other)
    {
        (Type, Arguments, Producer, NeedsAroundReceive) = (other.Type, other.Arguments, other.Producer, other.NeedsAroundReceive);
        (SupervisorStrategy, StashCapacity, RequiredQueue) = (other.SupervisorStrategy, other.StashCapacity, other.RequiredQueue);
        (Dispatcher, Mailbox, RouterConfig) = (other.Dispatcher, other.Mailbox, other.RouterConfig);
    }

    /// <summary>An actor that takes no message.</summary>
    public static Props Empty { get; } = Create<EmptyActor>();

    /// <summary>Class of the actor.</summary>
    public Type Type { get; }

    /// <summary>Constructor arguments.</summary>
    public object?[] Arguments { get; }

    /// <summary>Strategy for the actor's children; null leaves it to the actor.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; private init; }

    /// <summary>Bound of the actor's stash; null takes <c>actor-runtime.actor.stash-capacity</c>.</summary>
    public int? StashCapacity { get; private init; }

    /// <summary>Path of the dispatcher's section; null takes <c>actor-runtime.actor.default-dispatcher</c>.</summary>
    public string? Dispatcher { get; private init; }

    /// <summary>Path of the mailbox's section; null leaves the choice to dispatcher, requirement and default, in this order.</summary>
    public string? Mailbox { get; private init; }

    /// <summary>Makes the actor a router over actors of these props; null for none.</summary>
    public RouterConfig? RouterConfig { get; private init; }

    /// <summary>What of the props a deployment may decide.</summary>
    public Deploy Deploy => new Deploy("", RouterConfig).WithDispatcher(Dispatcher).WithMailbox(Mailbox).WithStashCapacity(StashCapacity);

    internal IIndirectActorProducer Producer { get; }

    /// <summary>What <see cref="Dispatch.IRequiresMessageQueue{T}"/> asks for.</summary>
    internal Type? RequiredQueue { get; }

    /// <summary>False for most: then a message reaches the actor without a delegate in between.</summary>
    internal bool NeedsAroundReceive { get; }

    /// <summary>By <c>() => new TActor(a, b)</c>; the arguments are evaluated once, now.</summary>
    /// <exception cref="ArgumentException">The expression is no constructor call.</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (factory.Body is not NewExpression call)
        {
            throw new ArgumentException($"'{factory}' does not call a constructor; use () => new {typeof(TActor).Name}(...), or Props.CreateBy with a function", nameof(factory));
        }

        var arguments = call.Arguments.Select(Reflection.Evaluate).ToArray();
        return Create(call.Type, arguments).WithSupervisorStrategy(supervisorStrategy);
    }

    /// <summary>By class and constructor arguments.</summary>
    public static Props Create<TActor>(params object?[] args)
        where TActor : ActorBase => OfType(typeof(TActor), args);

    /// <summary>By class with a parameterless constructor.</summary>
    public static Props Create<TActor>(SupervisorStrategy supervisorStrategy)
        where TActor : ActorBase, new() => OfType(typeof(TActor), []).WithSupervisorStrategy(supervisorStrategy);

    /// <summary>By class and constructor arguments; non-public classes and constructors are fine.</summary>
    /// <exception cref="ArgumentException">Not an actor class, or no constructor, or more than one, takes these arguments.</exception>
    public static Props Create(Type type, params object?[] args) => OfType(type, args);

    /// <summary>By a producer, for example one that asks a container.</summary>
    public static Props CreateBy(IIndirectActorProducer producer, params object?[] args)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return new Props(producer.ActorType, args, producer);
    }

    /// <summary>By a function that runs for every incarnation, in the new actor's context.</summary>
    public static Props CreateBy<TActor>(Func<TActor> factory)
        where TActor : ActorBase => new(typeof(TActor), [], new FunctionProducer<TActor>(factory));

    /// <summary>With a strategy for the actor's children, instead of its own.</summary>
    public Props WithSupervisorStrategy(SupervisorStrategy? supervisorStrategy) => new(this) { SupervisorStrategy = supervisorStrategy };

    /// <summary>With a bound for the stash.</summary>
    /// <param name="stashCapacity">At least 1; a negative value means no bound.</param>
    public Props WithStashCapacity(int stashCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfZero(stashCapacity);
        return new(this) { StashCapacity = stashCapacity };
    }

    /// <summary>With a dispatcher of its own choice.</summary>
    /// <param name="dispatcher">Path of its section; <c>ActorOf</c> throws a <see cref="Configuration.ConfigurationException"/> when there is none.</param>
    public Props WithDispatcher(string? dispatcher) => new(this) { Dispatcher = dispatcher };

    /// <summary>With a mailbox of its own choice.</summary>
    /// <param name="mailbox">Path of its section; <c>ActorOf</c> throws a <see cref="Configuration.ConfigurationException"/> when there is none.</param>
    public Props WithMailbox(string? mailbox) => new(this) { Mailbox = mailbox };

    /// <summary>With a router over actors of these props.</summary>
    /// <param name="routerConfig">Null, or <see cref="NoRouter"/>, for none.</param>
    public Props WithRouter(RouterConfig? routerConfig) => new(this) { RouterConfig = routerConfig is NoRouter ? null : routerConfig };

    /// <summary>With what <paramref name="deploy"/> decides; the rest stays.</summary>
    public Props WithDeploy(Deploy deploy) => With(deploy.WithFallback(Deploy));

    /// <summary>As the deployment of its path says: that wins over these props, but makes no router of what is none.</summary>
    internal Props At(Deploy deploy) => With((RouterConfig is null ? deploy.WithRouterConfig(null) : deploy).WithFallback(Deploy));

    /// <summary>Compares class, arguments, strategy, stash bound, dispatcher, mailbox and router.</summary>
    public bool Equals(Props? other) => other is not null && Type == other.Type && Arguments.SequenceEqual(other.Arguments)
        && Equals(SupervisorStrategy, other.SupervisorStrategy) && StashCapacity == other.StashCapacity
        && Dispatcher == other.Dispatcher && Mailbox == other.Mailbox && Equals(RouterConfig, other.RouterConfig)
        && (Producer is ConstructorProducer ? other.Producer is ConstructorProducer : ReferenceEquals(Producer, other.Producer));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Props);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Arguments.Length);

    private Props With(Deploy deploy) => new(this)
    {
        RouterConfig = deploy.RouterConfig,
        Dispatcher = deploy.Dispatcher,
        Mailbox = deploy.Mailbox,
        StashCapacity = deploy.StashCapacity,
    };

    private static Props OfType(Type type, object?[] args)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (!typeof(ActorBase).IsAssignableFrom(type) || type.IsAbstract) throw new ArgumentException($"{type} is not a class of actors", nameof(type));
        return new Props(type, args, new ConstructorProducer(type, args));
    }

    private sealed class EmptyActor : ActorBase
    {
        protected override bool Receive(object message) => false;
    }

    private sealed class FunctionProducer<TActor>(Func<TActor> factory) : IIndirectActorProducer
        where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => factory();
    }
}

/// <summary>Makes the instances of an actor.</summary>
public interface IIndirectActorProducer
{
    /// <summary>Class of the instances.</summary>
    Type ActorType { get; }

    /// <summary>A new instance; called in the new actor's context.</summary>
    ActorBase Produce();

    /// <summary>The instance is done with.</summary>
    void Release(ActorBase actor)
    {
    }
}
