namespace ActorRuntime.Persistence;

/// <summary>Handlers tried in the order declared.</summary>
internal sealed class MessageHandlers
{
    private readonly List<Func<object, bool>> _handlers = [];

    public void Add<T>(Action<T> handler, Predicate<T>? shouldHandle) => _handlers.Add(message =>
    {
        if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed))) return false;
        handler(typed);
        return true;
    });

    public void Add<T>(Func<T, bool> handler) => _handlers.Add(message => message is T typed && handler(typed));

    public bool TryHandle(object message)
    {
        foreach (var handler in _handlers)
        {
            if (handler(message)) return true;
        }
        return false;
    }
}
