using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>Holds an actor still from outside, as a supervisor does with a failed one.</summary>
public static class ActorRefHold
{
    /// <summary>After its current message the actor and its children handle no more until <see cref="Release"/>; messages queue. Nests.</summary>
    public static void Hold(this IActorRef actor) => ((IInternalActorRef)actor).SendSystemMessage(new Suspend());

    /// <summary>Undoes one <see cref="Hold"/>.</summary>
    public static void Release(this IActorRef actor) => ((IInternalActorRef)actor).SendSystemMessage(new Resume(afterFailure: false));
}
