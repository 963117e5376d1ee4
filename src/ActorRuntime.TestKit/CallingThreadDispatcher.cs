using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;

namespace ActorRuntime.TestKit;

/// <summary>Runs actors on the thread that sends to them: a message is handled when <c>Tell</c> returns, with all that this causes in other actors of this dispatcher.</summary>
/// <remarks>
/// An actor still handles one message at a time: what it tells itself, or is told while it runs, comes after the current message. When another thread runs the actor already,
/// <c>Tell</c> returns before the message is handled. After an await a handler goes on where the awaited task was completed.
/// </remarks>
public sealed class CallingThreadDispatcher : MessageDispatcher
{
    /// <summary>Its section in the configuration; <see cref="Configs.TestConfigs.DefaultConfig"/> has it.</summary>
    public new const string Id = "actor-runtime.test.calling-thread-dispatcher";

    [ThreadStatic]
    private static IThreadPoolWorkItem? _running;

    [ThreadStatic]
    private static bool _runsAgain;

    internal CallingThreadDispatcher(MessageDispatcherConfigurator configurator)
        : base(configurator)
    {
    }

    /// <inheritdoc/>
    protected internal override void Schedule(IThreadPoolWorkItem mailbox, bool preferLocal)
    {
        // A mailbox that used up its turn goes on here, not inside of itself: the stack stays flat.
        if (ReferenceEquals(_running, mailbox))
        {
            _runsAgain = true;
            return;
        }

        var outer = (_running, _runsAgain);
        _running = mailbox;
        do
        {
            _runsAgain = false;
            mailbox.Execute();
        }
        while (_runsAgain);
        (_running, _runsAgain) = outer;
    }
}

/// <summary>Makes the <see cref="CallingThreadDispatcher"/>.</summary>
public sealed class CallingThreadDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : MessageDispatcherConfigurator(config, prerequisites)
{
    private MessageDispatcher? _dispatcher;

    /// <inheritdoc/>
    public override MessageDispatcher Dispatcher()
    {
        if (Volatile.Read(ref _dispatcher) is { } made) return made;
        return Interlocked.CompareExchange(ref _dispatcher, new CallingThreadDispatcher(this), null) ?? _dispatcher;
    }
}
