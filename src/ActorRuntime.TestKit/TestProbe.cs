using System.Collections.Concurrent;
using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>An actor that keeps what it gets for the test to look at.</summary>
/// <remarks>
/// Under a <see cref="ManualEnvironment"/> each expectation runs the system and moves the virtual clock until the message comes or the time-out has passed; under any other
/// environment it waits in real time. The methods without Async block the calling thread: for tests only.
/// </remarks>
public sealed class TestProbe : IDisposable
{
    /// <summary>How long expectations wait unless told otherwise.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan DefaultSilence = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<Envelope> _received = [];
    private readonly SemaphoreSlim _available = new(0);
    private readonly ManualEnvironment? _manual;
    private readonly ActorSystem _system;

    /// <summary>Starts a probe.</summary>
    /// <param name="system">The system to live in.</param>
    /// <param name="name">Name below <c>/system</c>; null takes a generated one.</param>
    public TestProbe(ActorSystem system, string? name = null)
    {
        _system = system;
        _manual = system.Environment as ManualEnvironment;
        Ref = ((ExtendedActorSystem)system).SystemActorOf(Props.CreateBy(() => new ProbeActor(this)), name);
    }

    /// <summary>Its reference.</summary>
    public IActorRef Ref { get; }

    /// <summary>Sender of the message looked at last.</summary>
    public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

    /// <summary>True when a message waits to be looked at.</summary>
    public bool HasMessages => !_received.IsEmpty;

    /// <summary>Sends as the probe.</summary>
    public void Send(IActorRef actor, object message) => actor.Tell(message, Ref);

    /// <summary>Answers the message looked at last.</summary>
    public void Reply(object message) => LastSender.Tell(message, Ref);

    /// <summary>Passes on with the sender of the message looked at last.</summary>
    public void Forward(IActorRef actor, object message) => actor.Tell(message, LastSender);

    /// <summary>Has the probe watch.</summary>
    public IActorRef Watch(IActorRef subject)
    {
        Ref.Tell(new Order(context => context.Watch(subject)), Ref);
        return subject;
    }

    /// <summary>Has the probe no longer watch.</summary>
    public IActorRef Unwatch(IActorRef subject)
    {
        Ref.Tell(new Order(context => context.Unwatch(subject)), Ref);
        return subject;
    }

    /// <summary>The next message, or null.</summary>
    public object? ReceiveOne(TimeSpan? timeout = null)
    {
        var taken = _manual is not null ? _manual.RunUntil(() => HasMessages, timeout ?? DefaultTimeout) : _available.Wait(timeout ?? DefaultTimeout);
        return taken ? Take() : null;
    }

    /// <inheritdoc cref="ReceiveOne"/>
    public async ValueTask<object?> ReceiveOneAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (_manual is not null) return ReceiveOne(timeout);
        return await _available.WaitAsync(timeout ?? DefaultTimeout, cancellationToken).ConfigureAwait(false) ? Take() : null;
    }

    /// <summary>The next message is a <typeparamref name="T"/>.</summary>
    /// <exception cref="ExpectationException">Nothing, or something else, came.</exception>
    public T ExpectMsg<T>(TimeSpan? timeout = null) => As<T>(ReceiveOne(timeout), timeout);

    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?)"/>
    public async ValueTask<T> ExpectMsgAsync<T>(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        As<T>(await ReceiveOneAsync(timeout, cancellationToken).ConfigureAwait(false), timeout);

    /// <summary>The next message equals <paramref name="message"/>.</summary>
    /// <exception cref="ExpectationException">Nothing, or something else, came.</exception>
    public T ExpectMsg<T>(T message, TimeSpan? timeout = null) => EqualTo(message, ExpectMsg<T>(timeout));

    /// <inheritdoc cref="ExpectMsg{T}(T, TimeSpan?)"/>
    public async ValueTask<T> ExpectMsgAsync<T>(T message, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        EqualTo(message, await ExpectMsgAsync<T>(timeout, cancellationToken).ConfigureAwait(false));

    /// <summary>Nothing comes.</summary>
    /// <exception cref="ExpectationException">Something came.</exception>
    public void ExpectNoMsg(TimeSpan? duration = null)
    {
        if (ReceiveOne(duration ?? DefaultSilence) is { } message) throw new ExpectationException($"{Ref.Path}: expected nothing, got {message}");
    }

    /// <inheritdoc cref="ExpectNoMsg"/>
    public async ValueTask ExpectNoMsgAsync(TimeSpan? duration = null, CancellationToken cancellationToken = default)
    {
        var message = await ReceiveOneAsync(duration ?? DefaultSilence, cancellationToken).ConfigureAwait(false);
        if (message is not null) throw new ExpectationException($"{Ref.Path}: expected nothing, got {message}");
    }

    /// <summary>The next message is the notice of the end of <paramref name="target"/>, which the probe watches.</summary>
    public Terminated ExpectTerminated(IActorRef target, TimeSpan? timeout = null) => EndOf(target, ExpectMsg<Terminated>(timeout));

    /// <inheritdoc cref="ExpectTerminated"/>
    public async ValueTask<Terminated> ExpectTerminatedAsync(IActorRef target, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        EndOf(target, await ExpectMsgAsync<Terminated>(timeout, cancellationToken).ConfigureAwait(false));

    /// <summary>Skips messages until one fits.</summary>
    /// <exception cref="ExpectationException">None came within <paramref name="timeout"/> of the message before.</exception>
    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? timeout = null)
    {
        while (true)
        {
            var message = ReceiveOne(timeout) ?? throw new ExpectationException($"{Ref.Path}: no {typeof(T).Name} that fits came");
            if (message is T typed && isMessage(typed)) return typed;
        }
    }

    /// <inheritdoc cref="FishForMessage{T}"/>
    public async ValueTask<T> FishForMessageAsync<T>(Predicate<T> isMessage, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var message = await ReceiveOneAsync(timeout, cancellationToken).ConfigureAwait(false)
                ?? throw new ExpectationException($"{Ref.Path}: no {typeof(T).Name} that fits came");
            if (message is T typed && isMessage(typed)) return typed;
        }
    }

    /// <summary>Waits for <paramref name="condition"/>.</summary>
    /// <exception cref="ExpectationException">It did not come to hold in time.</exception>
    public async Task AwaitConditionAsync(Func<bool> condition, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var limit = timeout ?? DefaultTimeout;
        if (_manual is not null)
        {
            if (!_manual.RunUntil(condition, limit)) throw new ExpectationException($"The condition did not hold within {limit} of virtual time");
            return;
        }

        var time = _system.Environment.Time;
        var start = time.GetTimestamp();
        while (!condition())
        {
            if (time.GetElapsedTime(start) > limit) throw new ExpectationException($"The condition did not hold within {limit}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until <paramref name="assertion"/> no longer throws.</summary>
    /// <exception cref="ExpectationException">It still threw at the end; the exception is inside.</exception>
    public async Task AwaitAssertAsync(Action assertion, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Exception? last = null;
        try
        {
            await AwaitConditionAsync(Holds, timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (ExpectationException) when (last is not null)
        {
            throw new ExpectationException("The assertion did not come to hold: " + last.Message, last);
        }

        bool Holds()
        {
            try
            {
                assertion();
                return true;
            }
            catch (Exception cause) when (cause is not OutOfMemoryException)
            {
                last = cause;
                return false;
            }
        }
    }

    /// <summary>Stops the probe.</summary>
    public void Dispose()
    {
        _system.Stop(Ref);
        _available.Dispose();
    }

    private object? Take()
    {
        if (!_received.TryDequeue(out var envelope)) return null;
        LastSender = envelope.Sender ?? _system.DeadLetters;
        return envelope.Message;
    }

    private T As<T>(object? message, TimeSpan? timeout) => message switch
    {
        T typed => typed,
        null => throw new ExpectationException($"{Ref.Path}: expected {typeof(T).Name}, got nothing within {timeout ?? DefaultTimeout}"),
        _ => throw new ExpectationException($"{Ref.Path}: expected {typeof(T).Name}, got {message.GetType().Name}: {message}"),
    };

    private T EqualTo<T>(T expected, T actual) => EqualityComparer<T>.Default.Equals(expected, actual)
        ? actual
        : throw new ExpectationException($"{Ref.Path}: expected {expected}, got {actual}");

    private Terminated EndOf(IActorRef target, Terminated terminated) => terminated.ActorRef.Equals(target)
        ? terminated
        : throw new ExpectationException($"{Ref.Path}: expected the end of {target}, got that of {terminated.ActorRef}");

    private sealed record Order(Action<IActorContext> Run);

    private sealed class ProbeActor(TestProbe probe) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Order order)
            {
                order.Run(Context);
                return;
            }

            probe._received.Enqueue(new Envelope(message, Sender));
            if (probe._manual is null) probe._available.Release();
        }
    }
}

/// <summary>A test saw something else than it expected.</summary>
public sealed class ExpectationException(string message, Exception? cause = null) : Exception(message, cause);
