using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.TestKit;

/// <summary>A reference that gives the test the instance behind it. The actor runs on the thread that sends to it, unless its props name a dispatcher.</summary>
/// <typeparam name="TActor">Class of the actor.</typeparam>
public abstract class TestActorRefBase<TActor> : InternalActorRefBase
    where TActor : ActorBase
{
    private readonly LocalActorRef _actor;

    private protected TestActorRefBase(ActorSystem system, Props actorProps, IActorRef? supervisor, string? name)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(actorProps);
        var provider = ((ExtendedActorSystem)system).Provider;
        // By path, because a probe or another test reference stands for an actor without being its reference.
        var parent = supervisor is null ? provider.Guardian : provider.ResolveActorRef(supervisor.Path) as LocalActorRef;
        if (parent is null) throw new ArgumentException($"{supervisor} cannot supervise: it is no living actor of {system.Name}", nameof(supervisor));
        var props = actorProps.Dispatcher is null ? actorProps.WithDispatcher(CallingThreadDispatcher.Id) : actorProps;
        _actor = (LocalActorRef)parent.Cell.ActorOf(props, name);
    }

    /// <summary>The reference without the test's extras.</summary>
    public IActorRef Ref => _actor;

    /// <inheritdoc/>
    public override ActorPath Path => _actor.Path;

    /// <inheritdoc/>
    public override IInternalActorRef Parent => _actor.Parent;

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _actor.Provider;

    /// <inheritdoc/>
    public override bool IsLocal => true;

    /// <inheritdoc/>
    public override bool IsTerminated => _actor.IsTerminated;

    /// <summary>The instance; another one after each restart.</summary>
    /// <exception cref="IllegalActorStateException">There is none: its creation failed, or it has ended, or it does not run yet.</exception>
    public TActor UnderlyingActor => _actor.Cell.Actor as TActor ?? throw new IllegalActorStateException(
        _actor.Cell.Actor is { } other ? $"{Path} is a {other.GetType()}, not a {typeof(TActor)}"
            : $"{Path} has no instance: its creation failed, it has ended, or it has not started yet");

    /// <summary>Hands a message to the actor on this thread, past its mailbox; what it throws comes out here and its supervisor hears nothing of it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="sender">Sender shown; null for none.</param>
    /// <exception cref="IllegalActorStateException">An async handler of the actor has not ended, or there is no instance.</exception>
    public void Receive(object message, IActorRef? sender = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        OnTurn(() => _actor.Cell.ReceiveMessage(message), message, sender);
    }

    /// <summary>Sends, with the test actor or the running actor as sender.</summary>
    public void Tell(object message) => _actor.Tell(message);

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> names) => _actor.GetChild(names);

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message) => _actor.SendSystemMessage(message);

    /// <summary>Runs <paramref name="action"/> on this thread as if the actor handled a message.</summary>
    private protected void OnTurn(Action action, object? message = null, IActorRef? sender = null)
    {
        var cell = _actor.Cell;
        _ = UnderlyingActor;
        if (cell.ExtrasOrNull?.AsyncHandler is not null)
        {
            throw new IllegalActorStateException($"{Path} still runs an async handler; what the test does now would interleave with it");
        }

        var outer = ActorCell.Current;
        ActorCell.Current = cell;
        cell.SetCurrent(message, sender);
        try
        {
            action();
        }
        finally
        {
            if (cell.ExtrasOrNull?.AsyncHandler is null) cell.SetCurrent(null, null);
            ActorCell.Current = outer;
        }
    }

    /// <inheritdoc/>
    protected override void TellInternal(object? message, IActorRef? sender) => _actor.Tell(message, sender);
}

#pragma warning disable CS0660, CS0661 // Equality itself is that of all references; the operators are here because one side may be an interface.
/// <inheritdoc/>
public sealed class TestActorRef<TActor> : TestActorRefBase<TActor>
    where TActor : ActorBase
{
    /// <summary>Makes the actor; it has started when this returns, unless its props name a dispatcher.</summary>
    /// <param name="system">The system.</param>
    /// <param name="actorProps">How to make it.</param>
    /// <param name="supervisor">Its parent. Default <c>/user</c>.</param>
    /// <param name="name">Its name. Default a generated one.</param>
    public TestActorRef(ActorSystem system, Props actorProps, IActorRef? supervisor = null, string? name = null)
        : base(system, actorProps, supervisor, name)
    {
    }

    /// <summary>Whether both name the same incarnation.</summary>
    public static bool operator ==(TestActorRef<TActor>? left, TestActorRef<TActor>? right) => left is null ? right is null : left.Equals(right);

    /// <inheritdoc cref="op_Equality(TestActorRef{TActor}, TestActorRef{TActor})"/>
    public static bool operator !=(TestActorRef<TActor>? left, TestActorRef<TActor>? right) => !(left == right);

    /// <inheritdoc cref="op_Equality(TestActorRef{TActor}, TestActorRef{TActor})"/>
    public static bool operator ==(TestActorRef<TActor>? testActorRef, IActorRef? actorRef) =>
        testActorRef is null ? actorRef is null : testActorRef.Equals(actorRef);

    /// <inheritdoc cref="op_Equality(TestActorRef{TActor}, TestActorRef{TActor})"/>
    public static bool operator !=(TestActorRef<TActor>? testActorRef, IActorRef? actorRef) => !(testActorRef == actorRef);

    /// <inheritdoc cref="op_Equality(TestActorRef{TActor}, TestActorRef{TActor})"/>
    public static bool operator ==(IActorRef? actorRef, TestActorRef<TActor>? testActorRef) => testActorRef == actorRef;

    /// <inheritdoc cref="op_Equality(TestActorRef{TActor}, TestActorRef{TActor})"/>
    public static bool operator !=(IActorRef? actorRef, TestActorRef<TActor>? testActorRef) => !(testActorRef == actorRef);
}
#pragma warning restore CS0660, CS0661
