using ActorRuntime.Dispatch.SysMsg;
using ActorRuntime.Event;

namespace ActorRuntime.Actor;

/// <summary>A mailbox without an actor: code outside of actors talks to actors with it, and watches them.</summary>
/// <remarks>
/// Any thread. Keeps at most <c>actor-runtime.actor.inbox.inbox-size</c> messages; what comes when it is full is dropped, logged and published as
/// <see cref="Dropped"/>. Waits run on the clock of the system's environment. The methods without Async block the calling thread: never inside an actor.
/// </remarks>
public sealed class Inbox : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ActorSystemImpl _system;
    private readonly InboxRef _receiver;
    private readonly LinkedList<object> _messages = [];
    private readonly LinkedList<Waiter> _waiters = [];
    private volatile bool _isClosed;

    private Inbox(ActorSystemImpl system) => (_system, _receiver) = (system, new InboxRef(this, system));

    /// <summary>Where messages go that the inbox is to get; usable as a sender and from other nodes.</summary>
    public IActorRef Receiver => _receiver;

    /// <summary>An empty inbox.</summary>
    public static Inbox Create(ActorSystem system)
    {
        var inbox = new Inbox((ActorSystemImpl)system);
        inbox._system.Provider.RegisterTempActor(inbox._receiver, inbox._receiver.Path);
        return inbox;
    }

    /// <summary>Has <see cref="Terminated"/> come when <paramref name="subject"/> ends, also when it has already.</summary>
    public IActorRef Watch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        watchee.SendSystemMessage(new Watch(watchee, _receiver));
        return subject;
    }

    /// <summary>No notice any more.</summary>
    public IActorRef Unwatch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        watchee.SendSystemMessage(new Unwatch(watchee, _receiver));
        return subject;
    }

    /// <summary>Sends with the inbox as sender.</summary>
    public void Send(IActorRef target, object message) => target.Tell(message, _receiver);

    /// <summary>The oldest message, waiting for it as long as <c>actor-runtime.actor.inbox.default-timeout</c> says.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public object Receive() => Receive(_system.Settings.Options.InboxTimeout);

    /// <summary>The oldest message.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public object Receive(TimeSpan timeout) => ReceiveAsync(timeout).GetAwaiter().GetResult();

    /// <summary>The oldest message that fits; the others stay where they are.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public object ReceiveWhere(Predicate<object> predicate) => ReceiveWhere(predicate, _system.Settings.Options.InboxTimeout);

    /// <inheritdoc cref="ReceiveWhere(Predicate{object})"/>
    public object ReceiveWhere(Predicate<object> predicate, TimeSpan timeout) => ReceiveWhereAsync(predicate, timeout).GetAwaiter().GetResult();

    /// <summary>The oldest message, waiting as long as <c>actor-runtime.actor.inbox.default-timeout</c> says. Fails with <see cref="TimeoutException"/>.</summary>
    public Task<object> ReceiveAsync(CancellationToken cancellationToken = default) => ReceiveAsync(_system.Settings.Options.InboxTimeout, cancellationToken);

    /// <summary>The oldest message. Fails with <see cref="TimeoutException"/>; a message that comes later stays.</summary>
    public Task<object> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        ReceiveWhereAsync(static _ => true, timeout, cancellationToken);

    /// <summary>The oldest message that fits; the others stay where they are. Fails with <see cref="TimeoutException"/>.</summary>
    /// <param name="predicate">Runs under the inbox's lock: short, and no call to the inbox.</param>
    /// <param name="timeout">Not negative; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<object> ReceiveWhereAsync(Predicate<object> predicate, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        if (timeout != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            for (var node = _messages.First; node is not null; node = node.Next)
            {
                if (!predicate(node.Value)) continue;
                _messages.Remove(node);
                return Task.FromResult(node.Value);
            }

            var waiter = new Waiter(this, predicate, timeout);
            waiter.Node = _waiters.AddLast(waiter);
            if (timeout != Timeout.InfiniteTimeSpan) _system.TimerHeap.Schedule(waiter, timeout, TimeSpan.Zero);
            waiter.Registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Cancel(token), waiter);
            return waiter.Task;
        }
    }

    /// <summary>Ends it: waits fail, messages that come become dead letters.</summary>
    public void Dispose()
    {
        Waiter[] waiters;
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
            waiters = [.. _waiters];
            _messages.Clear();
        }

        _system.Provider.UnregisterTempActor(_receiver.Path);
        foreach (var waiter in waiters) waiter.Fail(new ObjectDisposedException(nameof(Inbox)));
    }

    private void Take(object message, IActorRef? sender)
    {
        Waiter? waiting = null;
        var isFull = false;
        lock (_lock)
        {
            if (!_isClosed)
            {
                for (var node = _waiters.First; node is not null && waiting is null; node = node.Next)
                {
                    if (!node.Value.Wants(message)) continue;
                    waiting = node.Value;
                    _waiters.Remove(node);
                    waiting.Node = null;
                }

                isFull = waiting is null && _messages.Count >= _system.Settings.Options.InboxSize;
                if (waiting is null && !isFull) _messages.AddLast(message);
            }
        }

        if (_isClosed)
        {
            _system.DeadLetterRef.Publish(message, sender, _receiver);
        }
        else if (isFull)
        {
            var reason = $"the inbox is full: actor-runtime.actor.inbox.inbox-size = {_system.Settings.Options.InboxSize}";
            _system.EventStream.Publish(new Dropped(message, reason, sender ?? _system.DeadLetters, _receiver));
        }

        waiting?.Succeed(message);
    }

    private bool TryLeave(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node is null) return false;
            _waiters.Remove(waiter.Node);
            waiter.Node = null;
            return true;
        }
    }

    /// <summary>One wait. Whoever takes it off the list completes it, on the executor: callers' continuations hold up neither senders nor timers.</summary>
    private sealed class Waiter(Inbox inbox, Predicate<object> predicate, TimeSpan timeout) : ScheduledItem, IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<object> _completion = new();
        private Action<TaskCompletionSource<object>>? _outcome;

        public LinkedListNode<Waiter>? Node { get; set; }

        public CancellationTokenRegistration Registration { get; set; }

        public Task<object> Task => _completion.Task;

        public bool Wants(object message) => predicate(message);

        public void Succeed(object message) => Complete(completion => completion.TrySetResult(message));

        public override void Fire() => Fail(new TimeoutException($"No message for {inbox._receiver} within {timeout.TotalSeconds} s"));

        public override void Abandon() => Fail(new TimeoutException($"The actor system terminated before a message came for {inbox._receiver}"));

        public void Cancel(CancellationToken token)
        {
            if (inbox.TryLeave(this)) Complete(completion => completion.TrySetCanceled(token));
        }

        public void Fail(Exception cause)
        {
            if (inbox.TryLeave(this)) Complete(completion => completion.TrySetException(cause));
        }

        public void Execute() => _outcome!(_completion);

        private void Complete(Action<TaskCompletionSource<object>> outcome)
        {
            _outcome = outcome;
            Registration.Unregister();
            inbox._system.TimerHeap.Cancel(this);
            inbox._system.Environment.Executor.Execute(this, preferLocal: false);
        }
    }

    private sealed class InboxRef(Inbox inbox, ActorSystemImpl system) : MinimalActorRef
    {
        public override ActorPath Path { get; } = system.Provider.TempPath();

        public override IActorRefProvider Provider => system.Provider;

        public override bool IsTerminated => inbox._isClosed;

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is DeathWatchNotification ended)
            {
                inbox.Take(new Terminated(ended.Actor, ended.ExistenceConfirmed, ended.AddressTerminated), ended.Actor);
            }
        }

        protected override void TellInternal(object? message, IActorRef? sender) =>
            inbox.Take(message ?? throw new InvalidMessageException($"The message to {this} is null"), sender);
    }
}
