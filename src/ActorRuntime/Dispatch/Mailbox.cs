using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Dispatch;

/// <summary>Queues of one actor and the word that lets one thread at a time run it. Subclasses choose the user queue.</summary>
/// <remarks>
/// Many producers, one consumer: whoever sets the Scheduled bit hands the mailbox to the executor, and only that run dequeues. A producer enqueues with a full fence and
/// then reads the status; a run clears Scheduled with a full fence and then looks at the queues: one of the two sees the other, so no message is left behind.
/// A closed mailbox still runs, to carry what arrives to dead letters. What is put back (a stash, mostly) waits in front of the queue, whatever its order.
/// A subclass for configuration has a constructor <c>(Settings, Config)</c> or none with parameters. Benchmarks: <c>tell</c>, <c>pingpong</c>.
/// </remarks>
public abstract class Mailbox : IThreadPoolWorkItem
{
    private const int Scheduled = 1;
    private const int Closed = 2;
    private const int SuspendUnit = 4;

    private ActorCell _cell = null!;
    private SystemMessage? _systemNewest;
    private PutBack? _front;
    private int _status;

    /// <summary>True when a user message waits. Consumer side; others get a hint.</summary>
    public bool HasMessages => _front is not null || HasQueued;

    /// <summary>Number of user messages waiting: a snapshot for diagnosis and for routers that compare lengths.</summary>
    public int NumberOfMessages
    {
        get
        {
            var count = CountQueued();
            for (var message = Volatile.Read(ref _front); message is not null; message = message.Next) count++;
            return count;
        }
    }

    internal bool IsSuspended => _status >= SuspendUnit;

    internal bool IsClosed => (_status & Closed) != 0;

    /// <summary>True when the queue holds a message. Consumer side; others get a hint.</summary>
    protected internal abstract bool HasQueued { get; }

    /// <summary>The actor it belongs to.</summary>
    protected ActorCell Cell => _cell;

    /// <summary>Runs what is queued, up to the dispatcher's throughput. Called by the executor only.</summary>
    public void Execute()
    {
        var outerContext = SynchronizationContext.Current;
        if (outerContext is not null) SynchronizationContext.SetSynchronizationContext(null);
        var outerCell = ActorCell.Current;
        ActorCell.Current = _cell;
        try
        {
            ProcessSystemMessages();
            if (_status == Scheduled) ProcessUserMessages();
            if (IsClosed) Drain();
        }
        finally
        {
            ActorCell.Current = outerCell;
            if (outerContext is not null) SynchronizationContext.SetSynchronizationContext(outerContext);
            Release();
        }
    }

    internal void Attach(ActorCell cell) => _cell = cell;

    internal void Post(object message, IActorRef? sender)
    {
        Enqueue(message, sender);
        var status = Volatile.Read(ref _status);
        while (status is 0 or Closed)
        {
            var seen = Interlocked.CompareExchange(ref _status, status | Scheduled, status);
            if (seen == status)
            {
                _cell.Dispatcher.Schedule(this, preferLocal: true);
                return;
            }

            status = seen;
        }
    }

    internal void PostSystem(SystemMessage message)
    {
        var newest = Volatile.Read(ref _systemNewest);
        while (true)
        {
            message.Next = newest;
            var seen = Interlocked.CompareExchange(ref _systemNewest, message, newest);
            if (seen == newest) break;
            newest = seen;
        }

        ScheduleForSystem();
    }

    /// <summary>Holds user messages until as many <see cref="Resume"/> calls. Consumer side.</summary>
    internal void Suspend() => Interlocked.Add(ref _status, SuspendUnit);

    /// <summary>Takes back one <see cref="Suspend"/>; surplus calls change nothing. Consumer side.</summary>
    internal void Resume()
    {
        if (IsSuspended) Interlocked.Add(ref _status, -SuspendUnit);
    }

    /// <summary>Ends the mailbox; the current run drains it. Consumer side.</summary>
    internal void Close() => Interlocked.Exchange(ref _status, Closed | Scheduled);

    /// <summary>Puts a message before all others. Consumer side.</summary>
    internal void EnqueueFirst(object message, IActorRef? sender) => _front = new PutBack(new Envelope(message, sender), _front);

    /// <summary>Number of messages in the queue. Any thread; a snapshot.</summary>
    protected internal abstract int CountQueued();

    /// <summary>Adds a message, or hands it to <see cref="Drop"/>; a full fence before returning. Any thread.</summary>
    protected internal abstract void Enqueue(object message, IActorRef? sender);

    /// <summary>Takes the next message. Consumer side.</summary>
    protected internal abstract bool TryDequeue(out Envelope envelope);

    /// <summary>Publishes a message that cannot be taken as a dead letter with a reason.</summary>
    protected void Drop(object message, IActorRef? sender, string reason) => _cell.MessageDropped(message, sender, reason);

    private void ScheduleForSystem()
    {
        var status = Volatile.Read(ref _status);
        while ((status & Scheduled) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _status, status | Scheduled, status);
            if (seen == status)
            {
                _cell.Dispatcher.Schedule(this, preferLocal: true);
                return;
            }

            status = seen;
        }
    }

    private void Release()
    {
        if (HasWork())
        {
            // Others first: the executor's shared queue, not the local one.
            _cell.Dispatcher.Schedule(this, preferLocal: false);
            return;
        }

        Interlocked.And(ref _status, ~Scheduled);
        if (HasWork()) ScheduleForSystem();
    }

    private bool HasWork() => Volatile.Read(ref _systemNewest) is not null || (_status < SuspendUnit && HasMessages);

    private void ProcessUserMessages()
    {
        var dispatcher = _cell.Dispatcher;
        var deadline = dispatcher.TurnEnd();
        for (var left = dispatcher.Throughput; left > 0; left--)
        {
            if (!TryTakeNext(out var envelope)) return;
            _cell.Invoke(envelope);
            if (_systemNewest is not null) ProcessSystemMessages();
            if (_status != Scheduled) return;
            if (deadline != MessageDispatcher.NoTurnEnd && dispatcher.IsPast(deadline)) return;
        }
    }

    private bool TryTakeNext(out Envelope envelope)
    {
        if (_front is not { } first) return TryDequeue(out envelope);
        _front = first.Next;
        envelope = first.Envelope;
        return true;
    }

    private void ProcessSystemMessages()
    {
        for (var message = TakeSystemMessages(); message is not null;)
        {
            var next = message.Next;
            message.Next = null;
            if (IsClosed) _cell.SystemMessageAfterDeath(message);
            else _cell.InvokeSystem(message);
            message = next ?? TakeSystemMessages();
        }
    }

    private SystemMessage? TakeSystemMessages()
    {
        if (Volatile.Read(ref _systemNewest) is null) return null;
        SystemMessage? oldest = null;
        for (var newest = Interlocked.Exchange(ref _systemNewest, null); newest is not null;)
        {
            (newest.Next, oldest, newest) = (oldest, newest, newest.Next);
        }

        return oldest;
    }

    private void Drain()
    {
        ProcessSystemMessages();
        while (TryTakeNext(out var envelope)) _cell.MessageAfterDeath(envelope);
    }

    private sealed class PutBack(in Envelope envelope, PutBack? next)
    {
        public Envelope Envelope { get; } = envelope;

        public PutBack? Next { get; } = next;
    }
}
