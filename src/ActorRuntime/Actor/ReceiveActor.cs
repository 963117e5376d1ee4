namespace ActorRuntime.Actor;

/// <summary>An actor that declares a handler per message type, in its constructor and in behaviours it becomes. Handlers are tried in the order declared.</summary>
public abstract class ReceiveActor : ActorBase
{
    private readonly HandlerSet _first = new();
    private HandlerSet? _declaring;

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
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => Add(new ActionHandler<T>(handler, shouldHandle));

    /// <inheritdoc cref="Receive{T}(Action{T}, Predicate{T})"/>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Add(new ActionHandler<T>(handler, shouldHandle));

    /// <summary>Handles messages of type <typeparamref name="T"/> unless <paramref name="handler"/> answers false.</summary>
    protected void Receive<T>(Func<T, bool> handler) => Add(new FunctionHandler<T>(handler));

    /// <summary>Handles messages of <paramref name="messageType"/>.</summary>
    protected void Receive(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Add(new ActionHandler<object>(handler, And(messageType, shouldHandle)));

    /// <inheritdoc cref="Receive(Type, Action{object}, Predicate{object})"/>
    protected void Receive(Type messageType, Predicate<object> shouldHandle, Action<object> handler) => Receive(messageType, handler, shouldHandle);

    /// <summary>Handles messages of <paramref name="messageType"/> unless <paramref name="handler"/> answers false.</summary>
    protected void Receive(Type messageType, Func<object, bool> handler) =>
        Add(new FunctionHandler<object>(message => messageType.IsInstanceOfType(message) && handler(message)));

    /// <summary>Handles every message; nothing declared after it is reached.</summary>
    protected void ReceiveAny(Action<object> handler) => Add(new ActionHandler<object>(handler, null));

    /// <summary>Handles messages of type <typeparamref name="T"/> asynchronously; the next message waits for the task.</summary>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) => Add(new AsyncHandler<T>(handler, shouldHandle));

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => Add(new AsyncHandler<T>(handler, shouldHandle));

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Add(new AsyncHandler<object>(handler, And(messageType, shouldHandle)));

    /// <summary>Handles every message asynchronously.</summary>
    protected void ReceiveAnyAsync(Func<object, Task> handler) => Add(new AsyncHandler<object>(handler, null));

    private static Predicate<object> And(Type messageType, Predicate<object>? shouldHandle) => shouldHandle is null
        ? messageType.IsInstanceOfType
        : message => messageType.IsInstanceOfType(message) && shouldHandle(message);

    private HandlerSet Declare(Action configure)
    {
        var (outer, own) = (_declaring, new HandlerSet());
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

    private void Add(Handler handler)
    {
        var set = _declaring ?? throw new InvalidOperationException($"{GetType().Name} declares a handler outside of its constructor and of Become(() => ...)");
        set.Add(handler);
    }

    // A linked list: actors are many and their handlers few.
    private sealed class HandlerSet
    {
        private Handler? _first;
        private Handler? _last;

        public void Add(Handler handler)
        {
            if (_last is null) _first = handler;
            else _last.Next = handler;
            _last = handler;
        }

        public bool TryHandle(object message)
        {
            for (var handler = _first; handler is not null; handler = handler.Next)
            {
                if (handler.TryHandle(message)) return true;
            }

            return false;
        }
    }

    private abstract class Handler
    {
        public Handler? Next;

        public abstract bool TryHandle(object message);
    }

    private sealed class ActionHandler<T>(Action<T> handler, Predicate<T>? shouldHandle) : Handler
    {
        public override bool TryHandle(object message)
        {
            if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed))) return false;
            handler(typed);
            return true;
        }
    }

    private sealed class FunctionHandler<T>(Func<T, bool> handler) : Handler
    {
        public override bool TryHandle(object message) => message is T typed && handler(typed);
    }

    private sealed class AsyncHandler<T>(Func<T, Task> handler, Predicate<T>? shouldHandle) : Handler
    {
        public override bool TryHandle(object message)
        {
            if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed))) return false;
            ActorTaskScheduler.RunTask(handler, typed);
            return true;
        }
    }
}
