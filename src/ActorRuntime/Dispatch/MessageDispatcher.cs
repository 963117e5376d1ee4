using ActorRuntime.Actor;

namespace ActorRuntime.Dispatch;

/// <summary>Says where mailboxes run and how much one run may take.</summary>
/// <remarks>Derive, together with a <see cref="MessageDispatcherConfigurator"/>, to run mailboxes elsewhere; a test kit runs them on the calling thread.</remarks>
public class MessageDispatcher
{
    /// <summary>A turn that is not limited in time.</summary>
    internal const long NoTurnEnd = 0;

    private readonly IExecutor _executor;
    private readonly TimeProvider _time;
    private readonly long _turnTicks;

    /// <summary>Runs mailboxes on <paramref name="executor"/>.</summary>
    /// <param name="configurator">Its name, settings and environment.</param>
    /// <param name="executor">Runs the mailboxes; null for the environment's.</param>
    protected internal MessageDispatcher(MessageDispatcherConfigurator configurator, IExecutor? executor = null)
    {
        ArgumentNullException.ThrowIfNull(configurator);
        var environment = configurator.Prerequisites.Environment;
        (Id, _executor, _time) = (configurator.Id, executor ?? environment.Executor, environment.Time);
        (Throughput, ThroughputDeadlineTime, MailboxId) = (configurator.Options.Throughput, configurator.Options.ThroughputDeadlineTime, configurator.MailboxId);
        _turnTicks = (long)(ThroughputDeadlineTime.TotalSeconds * _time.TimestampFrequency);
    }

    /// <summary>Its path in the configuration.</summary>
    public string Id { get; }

    /// <summary>Messages one actor may handle per turn before others get theirs. At least 1.</summary>
    public int Throughput { get; }

    /// <summary>Time after which a turn ends even if <see cref="Throughput"/> is not used up; looked at between messages. Zero: no limit.</summary>
    public TimeSpan ThroughputDeadlineTime { get; }

    /// <summary>The mailbox its actors get when their props name none; null when it has no opinion.</summary>
    internal string? MailboxId { get; }

    /// <summary>Runs <paramref name="mailbox"/> once, soon. It is scheduled at most once at a time, and runs on one thread at a time whatever this does.</summary>
    /// <param name="mailbox">A mailbox with work.</param>
    /// <param name="preferLocal">False when it has had its turn and others come first.</param>
    protected internal virtual void Schedule(IThreadPoolWorkItem mailbox, bool preferLocal) => _executor.Execute(mailbox, preferLocal);

    /// <summary>An actor begins to use it; before the actor's first turn.</summary>
    protected internal virtual void Attach(ActorCell cell)
    {
    }

    /// <summary>The actor has ended; called on its last turn. Its mailbox may still be scheduled, to carry what arrives to dead letters.</summary>
    protected internal virtual void Detach(ActorCell cell)
    {
    }

    internal long TurnEnd() => _turnTicks == 0 ? NoTurnEnd : _time.GetTimestamp() + _turnTicks;

    internal bool IsPast(long turnEnd) => _time.GetTimestamp() >= turnEnd;
}

/// <summary>One actor on a thread of its own, which ends with the actor. For actors that block.</summary>
public sealed class PinnedDispatcher : MessageDispatcher
{
    private readonly RuntimeEnvironment _environment;
    private IDedicatedExecutor? _thread;

    internal PinnedDispatcher(MessageDispatcherConfigurator configurator)
        : base(configurator) => _environment = configurator.Prerequisites.Environment;

    /// <inheritdoc/>
    protected internal override void Schedule(IThreadPoolWorkItem mailbox, bool preferLocal) => _thread!.Execute(mailbox, preferLocal);

    /// <inheritdoc/>
    protected internal override void Attach(ActorCell cell) => _thread = _environment.StartThreads(Id, 1);

    /// <inheritdoc/>
    protected internal override void Detach(ActorCell cell) => _thread!.Dispose();
}
