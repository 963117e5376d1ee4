using ActorRuntime.Actor;

namespace ActorRuntime.Tests.Actor;

/// <summary>An actor written in its test: a function per message, hooks as needed.</summary>
internal sealed class FunctionActor(Action<object, IUntypedActorContext> onMessage, FunctionActor.Hooks? hooks = null) : UntypedActor
{
    public static Props Props(Action<object, IUntypedActorContext> onMessage, Hooks? hooks = null) =>
        ActorRuntime.Actor.Props.CreateBy(() => new FunctionActor(onMessage, hooks));

    protected override void OnReceive(object message) => onMessage(message, Context);

    protected override void PreStart() => hooks?.PreStart?.Invoke(Context);

    protected override void PostStop() => hooks?.PostStop?.Invoke();

    protected override void PreRestart(Exception reason, object? message)
    {
        hooks?.PreRestart?.Invoke(reason, message);
        if (hooks?.KeepChildren != true) base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        hooks?.PostRestart?.Invoke(reason);
        base.PostRestart(reason);
    }

    protected override SupervisorStrategy SupervisorStrategy() => hooks?.Strategy ?? base.SupervisorStrategy();

    internal sealed record Hooks
    {
        public Action<IUntypedActorContext>? PreStart { get; init; }
        public Action? PostStop { get; init; }
        public Action<Exception, object?>? PreRestart { get; init; }
        public Action<Exception>? PostRestart { get; init; }
        public SupervisorStrategy? Strategy { get; init; }
        public bool KeepChildren { get; init; }
    }
}
