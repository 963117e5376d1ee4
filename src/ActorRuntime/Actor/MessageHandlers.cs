namespace ActorRuntime.Actor;

/// <summary>Handlers tried in the order declared: the first whose type matches, and that does not decline, has the message.</summary>
/// <remarks>
/// One actor's thread. A ring, because actors are many and most have few handlers: the first <see cref="LinearMax"/> are tried one by one,
/// and who gets beyond them has a <see cref="HandlerTable"/> made, that goes straight to those which may take the message.
/// Measured by HandlerMicro.
/// </remarks>
internal sealed class MessageHandlers
{
    /// <summary>Handlers that are tried before a table is worth its memory.</summary>
    private const int LinearMax = 4;

    private Handler? _last;
    private HandlerTable? _table;

    public void Add<T>(Action<T> handler, Predicate<T>? shouldHandle) => Add(new ActionHandler<T>(handler, shouldHandle));

    public void Add<T>(Func<T, bool> handler) => Add(new FunctionHandler<T>(handler));

    public void AddAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle) => Add(new AsyncHandler<T>(handler, shouldHandle));

    public void Add(Type type, Action<object> handler, Predicate<object>? shouldHandle) =>
        Add(new TypeHandler(type, new ActionHandler<object>(handler, shouldHandle)));

    public void Add(Type type, Func<object, bool> handler) => Add(new TypeHandler(type, new FunctionHandler<object>(handler)));

    public void AddAsync(Type type, Func<object, Task> handler, Predicate<object>? shouldHandle) =>
        Add(new TypeHandler(type, new AsyncHandler<object>(handler, shouldHandle)));

    /// <returns>False when no handler took the message.</returns>
    public bool TryHandle(object message)
    {
        if (_table is { } table) return table.TryHandle(message);
        if (_last is not { } last) return false;

        var handler = last.Next;
        for (var left = LinearMax; left > 0; left--)
        {
            if (handler.TryHandle(message)) return true;
            if (ReferenceEquals(handler, last)) return false;
            handler = handler.Next;
        }

        _table = HandlerTable.Of(last.Next);
        return TryFrom(handler, message);
    }

    private bool TryFrom(Handler handler, object message)
    {
        while (!handler.TryHandle(message))
        {
            if (ReferenceEquals(handler, _last)) return false;
            handler = handler.Next;
        }

        return true;
    }

    private void Add(Handler handler)
    {
        if (_last is { } last) (handler.Next, last.Next) = (last.Next, handler);
        (_last, _table) = (handler, null);
    }

    /// <summary>A handler, and the next one in the ring.</summary>
    internal abstract class Handler
    {
        protected Handler() => Next = this;

        public Handler Next { get; set; }

        /// <summary>Messages of other types are declined; two handlers of one type take the same types of messages.</summary>
        public abstract Type MessageType { get; }

        /// <returns>True when the type of the message is one this handler asked for.</returns>
        public abstract bool Matches(object message);

        /// <returns>False when the message is of another type or declined.</returns>
        public abstract bool TryHandle(object message);
    }

    private abstract class Handler<T> : Handler
    {
        public override Type MessageType => typeof(T);

        public override bool Matches(object message) => message is T;
    }

    private sealed class ActionHandler<T>(Action<T> handler, Predicate<T>? shouldHandle) : Handler<T>
    {
        public override bool TryHandle(object message)
        {
            if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed))) return false;
            handler(typed);
            return true;
        }
    }

    private sealed class FunctionHandler<T>(Func<T, bool> handler) : Handler<T>
    {
        public override bool TryHandle(object message) => message is T typed && handler(typed);
    }

    private sealed class AsyncHandler<T>(Func<T, Task> handler, Predicate<T>? shouldHandle) : Handler<T>
    {
        public override bool TryHandle(object message)
        {
            if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed))) return false;
            ActorTaskScheduler.RunTask(handler, typed);
            return true;
        }
    }

    private sealed class TypeHandler(Type type, Handler handler) : Handler
    {
        public override Type MessageType => type;

        public override bool Matches(object message) => type.IsInstanceOfType(message);

        public override bool TryHandle(object message) => type.IsInstanceOfType(message) && handler.TryHandle(message);
    }
}
