namespace ActorRuntime.Actor;

/// <summary>An actor that declares a handler per message type, in its constructor and in behaviours it becomes. Handlers are tried in the order declared.</summary>
public abstract class ReceiveActor : ActorBase
{
    private readonly MessageHandlers _first = new();
    private MessageHandlers? _declaring;

    /// <summary>Opens the declaration of the first behaviour; it ends with the constructor.</summary>
    protected ReceiveActor() => _declaring = _first;

    /// <summary>The context of the running actor.</summary>
    protected static new IUntypedActorContext Context => (IUntypedActorContext)ActorBase.Context;

    internal void EndDeclaration() => _declaring = null;

    /// <summary>Runs an async operation as part of the current handler: the next message waits for it.</summary>
    protected static void RunTask(Func<Task> action) => ActorTaskScheduler.RunTask(action);

    /// <summary>Runs the handlers the constructor declared.</summary>
    protected sealed override bool Receive(object message) => _first.TryHandle(message);

    /// <summary>Replaces the behaviour by the handlers that <paramref name="configure"/> declares.</summary>
    protected void Become(Action configure) => Cell.Become(Declare(configure).TryHandle);

    /// <summary>Puts the handlers that <paramref name="configure"/> declares on top.</summary>
    protected void BecomeStacked(Action configure) => Cell.BecomeStacked(Declare(configure).TryHandle);

    /// <summary>Handles messages of type <typeparamref name="T"/>.</summary>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => Declaring.Add(handler, shouldHandle);

    /// <inheritdoc cref="Receive{T}(Action{T}, Predicate{T})"/>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Declaring.Add(handler, shouldHandle);

    /// <summary>Handles messages of type <typeparamref name="T"/> unless <paramref name="handler"/> answers false.</summary>
    protected void Receive<T>(Func<T, bool> handler) => Declaring.Add(handler);

    /// <summary>Handles messages of <paramref name="messageType"/>.</summary>
    protected void Receive(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Declaring.Add(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Receive(Type, Action{object}, Predicate{object})"/>
    protected void Receive(Type messageType, Predicate<object> shouldHandle, Action<object> handler) => Receive(messageType, handler, shouldHandle);

    /// <summary>Handles messages of <paramref name="messageType"/> unless <paramref name="handler"/> answers false.</summary>
    protected void Receive(Type messageType, Func<object, bool> handler) => Declaring.Add(messageType, handler);

    /// <summary>Handles every message; nothing declared after it is reached.</summary>
    protected void ReceiveAny(Action<object> handler) => Declaring.Add(handler, null);

    /// <summary>Handles messages of type <typeparamref name="T"/> asynchronously; the next message waits for the task.</summary>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) => Declaring.AddAsync(handler, shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => Declaring.AddAsync(handler, shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Declaring.AddAsync(messageType, handler, shouldHandle);

    /// <summary>Handles every message asynchronously.</summary>
    protected void ReceiveAnyAsync(Func<object, Task> handler) => Declaring.AddAsync(handler, null);

    private MessageHandlers Declaring => _declaring ??
        throw new InvalidOperationException($"{GetType().Name} declares a handler outside of its constructor and of Become(() => ...)");

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
