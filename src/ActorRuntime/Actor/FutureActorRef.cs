using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>The temporary reference that takes one answer.</summary>
/// <remarks>
/// It gets a path, and can be found by others, only when somebody asks for its path: asks within one system never do. The task is completed by a work item of
/// the executor, not on the thread that answers, so continuations neither run inside the answering actor nor escape a simulation. Benchmark: <c>ask</c>.
/// </remarks>
public abstract class FutureActorRef : MinimalActorRef, IThreadPoolWorkItem
{
    private const int Pending = 0;
    private const int Answered = 1;
    private const int Cancelled = 2;

    private static readonly WatcherNode Closed = new(null, null);

    private readonly ActorSystemImpl _system;
    private ActorPath? _path;
    private TimeoutItem? _timeout;
    private CancellationTokenRegistration _registration;
    private WatcherNode? _watchers;
    private object? _answer;
    private int _state;

    internal FutureActorRef(ActorSystemImpl system) => _system = system;

    /// <summary>A path below <c>/temp</c>; asking for it makes the reference resolvable until the answer.</summary>
    public override ActorPath Path => Volatile.Read(ref _path) ?? Register();

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _system.Provider;

    /// <inheritdoc/>
    public override bool IsTerminated => Volatile.Read(ref _state) != Pending;

    /// <summary>False where several are asked and only the first answer is wanted.</summary>
    private protected virtual bool LateAnswersAreDeadLetters => true;

    /// <inheritdoc/>
    public override bool Equals(IActorRef? other) => ReferenceEquals(this, other) || (_path is not null && base.Equals(other));

    /// <inheritdoc/>
    public override int GetHashCode() => Path.GetHashCode();

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch when !TryAddWatcher(watch.Watcher):
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false));
                break;
            case Terminate:
                Complete(new Outcome.Failed(new ActorKilledException($"{this} was stopped")), Answered);
                break;
        }
    }

    /// <summary>Completes the task; called by the executor only.</summary>
    public void Execute()
    {
        var answer = _answer;
        _answer = null;
        if (answer is Outcome outcome) Fail(outcome);
        else Succeed(answer);
    }

    /// <summary>Begins to wait.</summary>
    internal void Start(TimeSpan timeout, ICanTell target, CancellationToken cancellationToken)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
            _timeout = new TimeoutItem(this, timeout, target);
            _system.TimerHeap.Schedule(_timeout, timeout, TimeSpan.Zero);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((FutureActorRef)state!).Complete(new Outcome.Cancelled(token), Cancelled), this);
        }
    }

    /// <inheritdoc/>
    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (Complete(message, Answered)) return;
        if (message is not null && LateAnswersAreDeadLetters && Volatile.Read(ref _state) != Cancelled) _system.DeadLetterRef.Publish(message, sender, this);
    }

    private protected abstract void Succeed(object? answer);

    private protected abstract void Fail(Outcome outcome);

    private bool Complete(object? answer, int state)
    {
        if (Interlocked.CompareExchange(ref _state, state, Pending) != Pending) return false;
        _answer = answer;
        if (_timeout is not null) _system.TimerHeap.Cancel(_timeout);
        _registration.Unregister();
        var path = Interlocked.CompareExchange(ref _path, null, null);
        if (path is not null) _system.Provider.UnregisterTempActor(path);
        for (var node = Interlocked.Exchange(ref _watchers, Closed); node?.Watcher is { } watcher; node = node.Next)
        {
            watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true, addressTerminated: false));
        }

        _system.Environment.Executor.Execute(this, preferLocal: true);
        return true;
    }

    private ActorPath Register()
    {
        var path = _system.Provider.TempPath();
        if (Interlocked.CompareExchange(ref _path, path, null) is { } other) return other;
        _system.Provider.RegisterTempActor(this, path);
        // It was completed while it was being registered, and nobody else will take it off.
        if (IsTerminated) _system.Provider.UnregisterTempActor(path);
        return path;
    }

    private bool TryAddWatcher(IInternalActorRef watcher)
    {
        var newest = Volatile.Read(ref _watchers);
        while (!ReferenceEquals(newest, Closed))
        {
            var seen = Interlocked.CompareExchange(ref _watchers, new WatcherNode(watcher, newest), newest);
            if (ReferenceEquals(seen, newest)) return true;
            newest = seen;
        }

        return false;
    }

    /// <summary>An end without an answer.</summary>
    private protected abstract class Outcome
    {
        public sealed class Failed(Exception cause) : Outcome
        {
            public Exception Cause { get; } = cause;
        }

        public sealed class Cancelled(CancellationToken token) : Outcome
        {
            public CancellationToken Token { get; } = token;
        }
    }

    private sealed class WatcherNode(IInternalActorRef? watcher, WatcherNode? next)
    {
        public IInternalActorRef? Watcher { get; } = watcher;

        public WatcherNode? Next { get; } = next;
    }

    private sealed class TimeoutItem(FutureActorRef future, TimeSpan timeout, ICanTell target) : ScheduledItem
    {
        public override void Fire() => future.Complete(
            new Outcome.Failed(new AskTimeoutException($"No answer from {target} within {timeout.TotalSeconds} s; whether it handled the request is unknown")), Answered);

        // Nobody is left who could answer, and no timer would come any more.
        public override void Abandon() => future.Complete(
            new Outcome.Failed(new AskTimeoutException($"The actor system terminated before {target} answered; whether it handled the request is unknown")), Answered);
    }
}

/// <summary>Takes an answer of type <typeparamref name="T"/>.</summary>
internal sealed class FutureActorRef<T>(ActorSystemImpl system) : FutureActorRef(system)
{
    private readonly TaskCompletionSource<T> _completion = new();

    public Task<T> Task => _completion.Task;

    private protected override void Succeed(object? answer)
    {
        switch (answer)
        {
            case T typed:
                _completion.TrySetResult(typed);
                break;
            case null:
                _completion.TrySetResult(default!);
                break;
            case Status.Failure failure:
                _completion.TrySetException(failure.Cause);
                break;
            default:
                _completion.TrySetException(new InvalidCastException($"Expected an answer of type {typeof(T)}, got {answer.GetType()}: {answer}"));
                break;
        }
    }

    private protected override void Fail(Outcome outcome)
    {
        if (outcome is Outcome.Cancelled cancelled) _completion.TrySetCanceled(cancelled.Token);
        else _completion.TrySetException(((Outcome.Failed)outcome).Cause);
    }
}
