using ActorRuntime.Actor;

namespace ActorRuntime.Persistence;

/// <summary>A persistent actor that declares a handler per type of command and event, in its constructor and in behaviours it becomes.
/// Handlers are tried in the order declared.</summary>
public abstract class ReceivePersistentActor : Eventsourced
{
    private readonly MessageHandlers _recovers = new();
    private readonly MessageHandlers _commands = new();
    private MessageHandlers? _declaring;

    /// <summary>Opens the declaration of handlers; it ends with the constructor.</summary>
    protected ReceivePersistentActor() => _declaring = _commands;

    /// <summary>The context of the running actor.</summary>
    protected static new IUntypedActorContext Context => (IUntypedActorContext)ActorBase.Context;

    internal override void EndDeclaration() => _declaring = null;

    internal virtual bool TryRecover(object message) => _recovers.TryHandle(message);

    /// <summary>Runs the recover handlers.</summary>
    protected sealed override bool ReceiveRecover(object message) => TryRecover(message);

    /// <summary>Runs the command handlers the constructor declared.</summary>
    protected sealed override bool ReceiveCommand(object message) => _commands.TryHandle(message);

    /// <summary>Replaces the behaviour by the command handlers that <paramref name="configure"/> declares.</summary>
    protected void Become(Action configure) => Become(Declare(configure).TryHandle);

    /// <summary>Puts the command handlers that <paramref name="configure"/> declares on top.</summary>
    protected void BecomeStacked(Action configure) => BecomeStacked(Declare(configure).TryHandle);

    /// <summary>Handles snapshot offer, events or <see cref="RecoveryCompleted"/> by type.</summary>
    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => Recovers.Add(handler, shouldHandle);

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover<T>(Predicate<T> shouldHandle, Action<T> handler) => Recovers.Add(handler, shouldHandle);

    /// <summary>Handles events of type <typeparamref name="T"/> unless <paramref name="handler"/> answers false.</summary>
    protected void Recover<T>(Func<T, bool> handler) => Recovers.Add(handler);

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Recovers.Add(messageType, handler, shouldHandle);

    /// <summary>Handles everything in recovery; nothing declared after it is reached.</summary>
    protected void RecoverAny(Action<object> handler) => Recovers.Add(handler, null);

    /// <summary>Handles commands of type <typeparamref name="T"/>.</summary>
    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => Commands.Add(handler, shouldHandle);

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Commands.Add(handler, shouldHandle);

    /// <summary>Handles commands of type <typeparamref name="T"/> unless <paramref name="handler"/> answers false.</summary>
    protected void Command<T>(Func<T, bool> handler) => Commands.Add(handler);

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Commands.Add(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command(Type messageType, Predicate<object> shouldHandle, Action<object> handler) => Command(messageType, handler, shouldHandle);

    /// <summary>Handles commands of <paramref name="messageType"/> unless <paramref name="handler"/> answers false.</summary>
    protected void Command(Type messageType, Func<object, bool> handler) =>
        Commands.Add(messageType, handler);

    /// <summary>Handles every command; nothing declared after it is reached.</summary>
    protected void CommandAny(Action<object> handler) => Commands.Add(handler, null);

    /// <summary>Handles commands of type <typeparamref name="T"/> asynchronously; the next one waits for the task and its events.</summary>
    protected void CommandAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Commands.Add(command => RunTask(() => handler(command)), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => CommandAsync(handler, shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Commands.Add(messageType, command => RunTask(() => handler(command)), shouldHandle);

    /// <summary>Handles every command asynchronously.</summary>
    protected void CommandAnyAsync(Func<object, Task> handler) => CommandAsync(handler);

    private MessageHandlers Commands => _declaring ?? throw Undeclared();

    private MessageHandlers Recovers => _declaring is null ? throw Undeclared() : _recovers;

    private InvalidOperationException Undeclared() =>
        new($"{GetType().Name} declares a handler outside of its constructor and of Become(() => ...)");

    private MessageHandlers Declare(Action configure)
    {
        var (outer, own) = (_declaring, new MessageHandlers());
        _declaring = own;
        try
        {
            configure();
        }
        finally
        {
            _declaring = outer;
        }
        return own;
    }
}
