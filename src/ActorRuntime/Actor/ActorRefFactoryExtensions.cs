namespace ActorRuntime.Actor;

/// <summary>Shorter ways to make actors.</summary>
public static class ActorRefFactoryExtensions
{
    /// <summary>Makes an actor of a class with a parameterless constructor.</summary>
    public static IActorRef ActorOf<TActor>(this IActorRefFactory factory, string? name = null)
        where TActor : ActorBase, new() => factory.ActorOf(Props.Create<TActor>(), name);
}
