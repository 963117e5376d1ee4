using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Dispatch;

/// <summary>Base of the mailboxes that have a limit or an order of their own. One lock around the queue that the subclass chooses.</summary>
/// <remarks>
/// A full mailbox never holds up a thread that runs actors, because its own actor may need that thread to make room. There the <em>message</em> waits, at the door, until there is
/// room or <c>mailbox-push-timeout-time</c> is over; the door takes as many as the mailbox, so memory is bounded by twice the capacity, and what finds the door full is dropped at
/// once. Other threads (a console loop, a thread of the application) wait themselves, which is the back-pressure one expects. What is dropped is published as
/// <see cref="Event.Dropped"/> with the reason. What a stash puts back comes on top of the limit, is bounded by the stash's own, and is never dropped.
/// </remarks>
public abstract class OrderedMailbox : Mailbox
{
    private readonly object _lock = new();
    private readonly int _capacity;
    private readonly TimeSpan _pushTimeOut;
    private readonly Queue<Waiting>? _door;
    private DoorTimer? _timer;
    private int _count;
    private int _blocked;

    private protected OrderedMailbox()
        : this(int.MaxValue, TimeSpan.Zero)
    {
    }

    private protected OrderedMailbox(Config config)
        : this(config.GetInt("mailbox-capacity"), config.GetTimeSpan("mailbox-push-timeout-time"))
    {
    }

    private OrderedMailbox(int capacity, TimeSpan pushTimeOut)
    {
        if (capacity < 1) throw new ConfigurationException($"mailbox-capacity: at least 1, not {capacity}");
        (_capacity, _pushTimeOut) = (capacity, pushTimeOut);
        if (capacity != int.MaxValue) _door = [];
    }

    /// <summary>How long a message waits for room before it is dropped; zero: not at all.</summary>
    public TimeSpan PushTimeOut => _pushTimeOut;

    /// <inheritdoc/>
    protected internal override bool HasQueued => Volatile.Read(ref _count) > 0;

    private bool IsFull => _count >= _capacity;

    private TimeProvider Time => Cell.SystemImpl.Environment.Time;

    /// <inheritdoc/>
    protected internal override int CountQueued()
    {
        lock (_lock) return _count + (_door?.Count ?? 0);
    }

    /// <inheritdoc/>
    protected internal override void Enqueue(object message, IActorRef? sender)
    {
        var (envelope, rank) = (new Envelope(message, sender), RankOf(message));
        string refusal;
        lock (_lock)
        {
            if (!IsFull)
            {
                Store(envelope, rank);
                _count++;
                return;
            }

            refusal = _pushTimeOut <= TimeSpan.Zero ? "it is full" : Cell.SystemImpl.Environment.MayBlock ? WaitAndStore(envelope, rank) : LeaveAtDoor(envelope, rank);
        }

        if (refusal.Length > 0) DropAtLimit(message, sender, refusal);
    }

    /// <inheritdoc/>
    protected internal override bool TryDequeue(out Envelope envelope)
    {
        List<Waiting>? expired = null;
        lock (_lock)
        {
            if (_count == 0)
            {
                envelope = default;
                return false;
            }

            envelope = Take();
            _count--;
            if (_door is not null)
            {
                if (_door.Count > 0) Admit(ref expired);
                if (_blocked > 0 && !IsFull) Monitor.Pulse(_lock);
            }
        }

        Drop(expired);
        return true;
    }

    /// <summary>Where the message stands, for <see cref="Store"/>. On the sender's thread, outside the lock; may throw to the sender.</summary>
    private protected virtual int RankOf(object message) => 0;

    /// <summary>Keeps a message. Inside the lock.</summary>
    private protected abstract void Store(in Envelope envelope, int rank);

    /// <summary>Hands over the next message; there is one. Inside the lock.</summary>
    private protected abstract Envelope Take();

    // Inside the lock, which waiting gives up. The answer says why the message was not taken; empty when it was.
    private string WaitAndStore(in Envelope envelope, int rank)
    {
        var since = Time.GetTimestamp();
        _blocked++;
        while (IsFull)
        {
            var left = _pushTimeOut - Time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero || !Monitor.Wait(_lock, left)) break;
        }

        _blocked--;
        if (IsFull) return TimedOut();
        Store(envelope, rank);
        _count++;
        // The pulse that ended this wait may have stood for more room than one message takes.
        if (_blocked > 0 && !IsFull) Monitor.Pulse(_lock);
        return "";
    }

    private string LeaveAtDoor(in Envelope envelope, int rank)
    {
        if (_door!.Count >= _capacity) return "it is full, and as many messages wait for room";
        if (_timer is null && !TryStartTimer(_pushTimeOut)) return "it is full, and the actor system terminates";
        _door.Enqueue(new Waiting(envelope, rank, Time.GetTimestamp()));
        return "";
    }

    private void Admit(ref List<Waiting>? expired)
    {
        RemoveExpired(ref expired);
        while (!IsFull && _door!.TryDequeue(out var waiting))
        {
            Store(waiting.Envelope, waiting.Rank);
            _count++;
        }
    }

    private void RemoveExpired(ref List<Waiting>? expired)
    {
        while (_door!.TryPeek(out var oldest) && Time.GetElapsedTime(oldest.Since) >= _pushTimeOut) (expired ??= []).Add(_door.Dequeue());
    }

    private void DoorTimerFired()
    {
        List<Waiting>? expired = null;
        lock (_lock)
        {
            _timer = null;
            RemoveExpired(ref expired);
            // Should the system terminate just now, the actor's end empties the door.
            if (_door!.TryPeek(out var oldest)) TryStartTimer(_pushTimeOut - Time.GetElapsedTime(oldest.Since));
        }

        Drop(expired);
    }

    private bool TryStartTimer(TimeSpan delay)
    {
        var timer = new DoorTimer(this);
        try
        {
            Cell.SystemImpl.TimerHeap.Schedule(timer, delay > TimeSpan.Zero ? delay : TimeSpan.Zero, TimeSpan.Zero);
        }
        catch (IllegalActorStateException)
        {
            return false;
        }

        _timer = timer;
        return true;
    }

    private void Drop(List<Waiting>? expired)
    {
        if (expired is null) return;
        foreach (var waiting in expired) DropAtLimit(waiting.Envelope.Message, waiting.Envelope.Sender, TimedOut());
    }

    private string TimedOut() => $"it was full for {_pushTimeOut.TotalSeconds} s (mailbox-push-timeout-time)";

    private void DropAtLimit(object message, IActorRef? sender, string reason) =>
        Drop(message, sender, $"mailbox of {Cell.Self.Path} takes {_capacity} messages (mailbox-capacity), and {reason}");

    private readonly record struct Waiting(Envelope Envelope, int Rank, long Since);

    private sealed class DoorTimer(OrderedMailbox mailbox) : ScheduledItem
    {
        public override void Fire() => mailbox.DoorTimerFired();
    }
}
