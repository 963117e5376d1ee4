namespace ActorRuntime.Dispatch;

/// <summary>Says where mailboxes run and how many messages one run may take.</summary>
/// <param name="id">Name in the configuration.</param>
/// <param name="executor">Runs the mailboxes.</param>
/// <param name="throughput">Messages per run before others get their turn.</param>
public sealed class MessageDispatcher(string id, IExecutor executor, int throughput)
{
    /// <summary>Name in the configuration.</summary>
    public string Id { get; } = id;

    /// <summary>Messages one actor may handle per run. At least 1.</summary>
    public int Throughput { get; } = throughput;

    internal void Schedule(IThreadPoolWorkItem item, bool preferLocal) => executor.Execute(item, preferLocal);
}

/// <summary>The dispatchers of one actor system.</summary>
public sealed class Dispatchers
{
    /// <summary>Id of the dispatcher actors get unless told otherwise.</summary>
    public const string DefaultDispatcherId = "actor-runtime.actor.default-dispatcher";

    internal Dispatchers(MessageDispatcher defaultDispatcher) => DefaultGlobalDispatcher = defaultDispatcher;

    /// <summary>The dispatcher actors get unless told otherwise.</summary>
    public MessageDispatcher DefaultGlobalDispatcher { get; }
}
