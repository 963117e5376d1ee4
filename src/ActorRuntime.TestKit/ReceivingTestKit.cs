using System.Collections;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>The part of a test kit that has a test actor and takes its messages, one by one or many.</summary>
public abstract class ReceivingTestKit : TimedTestKit
{
    private readonly ReceivedMessages _received;
    private readonly ConcurrentDictionary<string, SupervisorStrategy> _strategies = [];
    private ReceivedMessage? _last;

    private protected ReceivingTestKit(ITestKitAssertions assertions, ActorSystem system, string? testActorName, string namePrefix)
        : base(assertions, system)
    {
        _received = new ReceivedMessages(TestKitSettings.FailureMessages);
        TestActor = StartTestActor(_received, testActorName ?? TestKitExtension.For(system).NextName(namePrefix));
    }

    /// <summary>Gets the messages that expectations look at. Sender of what the test sends, unless the class opts out.</summary>
    public IActorRef TestActor { get; }

    /// <summary>Sender of the message looked at last; dead letters when it had none, nobody before the first.</summary>
    public IActorRef LastSender => _last?.Sender ?? ActorRefs.Nobody;

    /// <summary>The message looked at last.</summary>
    public object? LastMessage => _last?.Message;

    /// <summary>True when a message waits to be looked at.</summary>
    public bool HasMessages => _received.HasAny;

    /// <summary>Has the test actor watch; <see cref="Terminated"/> comes as a message.</summary>
    public IActorRef Watch(IActorRef actorToWatch)
    {
        Order((_, context) => context.Watch(actorToWatch));
        return actorToWatch;
    }

    /// <summary>Has the test actor no longer watch: no notice any more that has not come yet.</summary>
    public IActorRef Unwatch(IActorRef actorToUnwatch)
    {
        Order((_, context) => context.Unwatch(actorToUnwatch));
        return actorToUnwatch;
    }

    /// <summary>As <see cref="Watch"/>; the test actor watches when the task is done.</summary>
    public Task<IActorRef> WatchAsync(IActorRef actorToWatch) => OrderAsync(context => context.Watch(actorToWatch));

    /// <summary>As <see cref="Unwatch"/>; no notice can come any more when the task is done.</summary>
    public Task<IActorRef> UnwatchAsync(IActorRef actorToUnwatch) => OrderAsync(context => context.Unwatch(actorToUnwatch));

    /// <summary>Has the test actor react to what comes from now on, besides keeping it for the test.</summary>
    public void SetAutoPilot(AutoPilot pilot)
    {
        ArgumentNullException.ThrowIfNull(pilot);
        Order((actor, _) => actor.SetAutoPilot(pilot));
    }

    /// <summary>The test does not see, from now on, messages for which this holds. Replaces what was ignored before.</summary>
    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage)
    {
        ArgumentNullException.ThrowIfNull(shouldIgnoreMessage);
        Order((actor, _) => actor.SetIgnored(shouldIgnoreMessage));
    }

    /// <summary>The test does not see messages of type <typeparamref name="TMsg"/> from now on.</summary>
    public void IgnoreMessages<TMsg>() => IgnoreMessages(static message => message is TMsg);

    /// <summary>The test does not see messages of type <typeparamref name="TMsg"/> for which this holds from now on.</summary>
    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) => IgnoreMessages(message => message is TMsg typed && shouldIgnoreMessage(typed));

    /// <summary>Nothing is ignored any more.</summary>
    public void IgnoreNoMessages() => Order((actor, _) => actor.SetIgnored(null));

    /// <summary>The next message, or null when none comes.</summary>
    /// <param name="max">Longest wait, dilated; negative waits for ever. Default <see cref="TimedTestKit.RemainingOrDefault"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public object? ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Now(TakeAsync(RemainingOrDilated(max), isBlocking: true, cancellationToken))?.Message;

    /// <inheritdoc cref="ReceiveOne"/>
    public async ValueTask<object?> ReceiveOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await TakeAsync(RemainingOrDilated(max), isBlocking: false, cancellationToken).ConfigureAwait(false))?.Message;

    /// <summary>The next message with its sender; false when none comes.</summary>
    public bool TryReceiveOne(out Envelope envelope, TimeSpan? max = null, CancellationToken cancellationToken = default)
    {
        var taken = Now(TakeAsync(RemainingOrDilated(max), isBlocking: true, cancellationToken));
        envelope = taken is null ? default : new Envelope(taken.Message, taken.Sender);
        return taken is not null;
    }

    /// <summary>The next message, which stays the next; null when none comes.</summary>
    public object? PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Now(PeekCore(max, isBlocking: true, cancellationToken));

    /// <inheritdoc cref="PeekOne"/>
    public ValueTask<object?> PeekOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        PeekCore(max, isBlocking: false, cancellationToken);

    /// <summary>The next <paramref name="numberOfMessages"/> messages.</summary>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        Collected(ReceiveNCore(numberOfMessages, RemainingOrDefault, isBlocking: true, cancellationToken));

    /// <summary>The next <paramref name="numberOfMessages"/> messages.</summary>
    /// <param name="max">Longest wait for all together, dilated.</param>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        Collected(ReceiveNCore(numberOfMessages, RemainingOrDilated(max), isBlocking: true, cancellationToken));

    /// <inheritdoc cref="ReceiveN(int, CancellationToken)"/>
    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, CancellationToken cancellationToken = default) =>
        ReceiveNCore(numberOfMessages, RemainingOrDefault, isBlocking: false, cancellationToken);

    /// <inheritdoc cref="ReceiveN(int, TimeSpan, CancellationToken)"/>
    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        ReceiveNCore(numberOfMessages, RemainingOrDilated(max), isBlocking: false, cancellationToken);

    /// <summary>Messages as long as <paramref name="filter"/> makes something other than null of them; the one that ends it stays the next.</summary>
    /// <param name="max">Longest time in all, dilated. Default <see cref="TimedTestKit.RemainingOrDefault"/>.</param>
    /// <param name="filter">What to hand back for a message; null ends.</param>
    /// <param name="msgs">Most messages to take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        TimeSpan? max, Func<object, T?> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        ReceiveWhile(filter, max, null, msgs, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    /// <param name="idle">Longest wait for the next message, dilated. Default no other than <paramref name="max"/>.</param>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Func<object, T?> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        Collected(ReceiveWhileCore(Using(filter), max, idle, msgs, isBlocking: true, cancellationToken));

    /// <summary>Messages of type <typeparamref name="T"/> as long as <paramref name="shouldContinue"/> holds; the one that ends it stays the next.</summary>
    /// <param name="shouldIgnoreOtherMessageTypes">True skips messages of other types, false ends at the first.</param>
    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)"/>
    public IReadOnlyList<T> ReceiveWhile<T>(
        Predicate<T> shouldContinue, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, bool shouldIgnoreOtherMessageTypes = true,
        CancellationToken cancellationToken = default) =>
        Collected(ReceiveWhileCore(While(shouldContinue, shouldIgnoreOtherMessageTypes), max, idle, msgs, isBlocking: true, cancellationToken));

    /// <inheritdoc cref="ReceiveWhile{T}(TimeSpan?, Func{object, T}, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        TimeSpan? max, Func<object, T?> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        ReceiveWhileAsync(filter, max, null, msgs, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Func{object, T}, TimeSpan?, TimeSpan?, int, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        Func<object, T?> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, CancellationToken cancellationToken = default) =>
        ReceiveWhileCore(Using(filter), max, idle, msgs, isBlocking: false, cancellationToken);

    /// <inheritdoc cref="ReceiveWhile{T}(Predicate{T}, TimeSpan?, TimeSpan?, int, bool, CancellationToken)"/>
    public IAsyncEnumerable<T> ReceiveWhileAsync<T>(
        Predicate<T> shouldContinue, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, bool shouldIgnoreOtherMessageTypes = true,
        CancellationToken cancellationToken = default) =>
        ReceiveWhileCore(While(shouldContinue, shouldIgnoreOtherMessageTypes), max, idle, msgs, isBlocking: false, cancellationToken);

    /// <summary>Skips messages until one fits, and hands that one back.</summary>
    /// <param name="isMessage">Whether it fits.</param>
    /// <param name="max">Longest wait in all, dilated. Default <see cref="TimedTestKit.RemainingOrDefault"/>.</param>
    /// <param name="hint">Shown when it fails.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public object FishForMessage(Predicate<object> isMessage, TimeSpan? max = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(FishCore(isMessage, null, max, hint, isBlocking: true, cancellationToken));

    /// <summary>Skips messages until one of type <typeparamref name="T"/> fits, and hands that one back.</summary>
    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? max = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(FishCore(isMessage, null, max, hint, isBlocking: true, cancellationToken));

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, TimeSpan?, string, CancellationToken)"/>
    /// <param name="allMessages">Cleared, then filled with what was skipped.</param>
    public T FishForMessage<T>(
        Predicate<T> isMessage, IList allMessages, TimeSpan? max = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(FishCore(isMessage, allMessages, max, hint, isBlocking: true, cancellationToken));

    /// <inheritdoc cref="FishForMessage(Predicate{object}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<object> FishForMessageAsync(
        Predicate<object> isMessage, TimeSpan? max = null, string? hint = null, CancellationToken cancellationToken = default) =>
        FishCore(isMessage, null, max, hint, isBlocking: false, cancellationToken);

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string? hint = null, CancellationToken cancellationToken = default) =>
        FishCore(isMessage, null, max, hint, isBlocking: false, cancellationToken);

    /// <inheritdoc cref="FishForMessage{T}(Predicate{T}, IList, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, IList allMessages, TimeSpan? max = null, string? hint = null, CancellationToken cancellationToken = default) =>
        FishCore(isMessage, allMessages, max, hint, isBlocking: false, cancellationToken);

    /// <summary>Skips messages until the first of type <typeparamref name="T"/>.</summary>
    public void FishUntilMessage<T>(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        FishForMessage<T>(static _ => true, max, null, cancellationToken);

    /// <inheritdoc cref="FishUntilMessage"/>
    public Task FishUntilMessageAsync<T>(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        FishForMessageAsync<T>(static _ => true, max, null, cancellationToken).AsTask();

    /// <summary>Waits until nothing has come for <paramref name="max"/>; each message starts that time anew.</summary>
    /// <param name="max">Silence, dilated. Default <c>expect-no-message-default</c>.</param>
    /// <param name="maxMessages">Fails when more come before the silence. Default no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What came before the silence.</returns>
    public async Task<IReadOnlyList<object>> WaitForRadioSilenceAsync(
        TimeSpan? max = null, uint? maxMessages = null, CancellationToken cancellationToken = default)
    {
        var silence = RemainingOrDilated(max ?? TestKitSettings.ExpectNoMessageDefault);
        var messages = new List<object>();
        while (await TakeAsync(silence, isBlocking: false, cancellationToken).ConfigureAwait(false) is { } taken)
        {
            messages.Add(taken.Message);
            if (messages.Count > maxMessages) throw FailedExpectation(null, $"silence of {Text.Of(silence)} after at most {maxMessages} messages", "one more came");
        }

        return messages;
    }

    internal ConcurrentDictionary<string, SupervisorStrategy> Strategies => _strategies;

    /// <summary>Starts another test actor; nobody looks at what comes to it.</summary>
    private protected IActorRef StartTestActor(ReceivedMessages received, string name) =>
        ((ExtendedActorSystem)Sys).SystemActorOf(Props.CreateBy(() => new InternalTestActor(received, Time, _strategies)), name);

    private protected async ValueTask<ReceivedMessage?> TakeAsync(TimeSpan max, bool isBlocking, CancellationToken cancellationToken)
    {
        LastWasNoMsg = false;
        if (!await Time.UntilAnyAsync(_received, max, isBlocking, cancellationToken).ConfigureAwait(false)) return null;
        return _received.Take() is { } taken ? _last = taken : null;
    }

    /// <summary>Fails the test: what was expected, what came instead, what came before it, and at which test actor.</summary>
    private protected Exception FailedExpectation(string? hint, string expected, string instead, Exception? cause = null)
    {
        var (newest, waiting) = _received.Snapshot();
        var within = End is { } end ? $"\n  Within ends {(end >= Time.Now ? "in " + Text.Of(end - Time.Now) : "since " + Text.Of(Time.Now - end))}" : "";
        var prefix = hint is null ? "" : hint + ": ";
        return Failure($"{prefix}{TestActor.Path}: expected {expected}; {instead}{within}\n  {Text.Of(newest, waiting, Time.Now)}", cause);
    }

    private protected static List<T> Collected<T>(IAsyncEnumerable<T> messages)
    {
        // Every step of a blocking enumeration is complete when it returns.
        var collected = new List<T>();
        var enumerator = messages.GetAsyncEnumerator();
        while (enumerator.MoveNextAsync().AsTask().GetAwaiter().GetResult()) collected.Add(enumerator.Current);
        enumerator.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return collected;
    }

    private static Func<object, Step<T>> Using<T>(Func<object, T?> filter) =>
        message => filter(message) is { } made ? new Step<T>(made) : Step<T>.End;

    private static Func<object, Step<T>> While<T>(Predicate<T> shouldContinue, bool ignoreOthers) => message => message switch
    {
        T typed => shouldContinue(typed) ? new Step<T>(typed) : Step<T>.End,
        _ => ignoreOthers ? Step<T>.Skip : Step<T>.End,
    };

    private async IAsyncEnumerable<object> ReceiveNCore(
        int count, TimeSpan max, bool isBlocking, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = Time.Now + max;
        for (var i = 0; i < count; i++)
        {
            var taken = await TakeAsync(max < TimeSpan.Zero ? max : Left(end), isBlocking, cancellationToken).ConfigureAwait(false)
                ?? throw FailedExpectation(null, $"{count} messages within {Text.Of(max)}", $"got {i}");
            yield return taken.Message;
        }
    }

    private async IAsyncEnumerable<T> ReceiveWhileCore<T>(
        Func<object, Step<T>> judge, TimeSpan? max, TimeSpan? idle, int count, bool isBlocking,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = Time.Now + RemainingOrDilated(max);
        var pause = idle is { } given ? Dilated(given) : (TimeSpan?)null;
        for (var taken = 0; taken < count;)
        {
            var wait = pause is { } longest && longest < Left(end) ? longest : Left(end);
            if (!await Time.UntilAnyAsync(_received, wait, isBlocking, cancellationToken).ConfigureAwait(false)) break;
            var step = judge(_received.Peek()!.Message);
            if (step.IsEnd) break;
            _last = _received.Take();
            if (step.IsSkip) continue;
            taken++;
            yield return step.Value!;
        }

        // Nothing more is what ends it, so it may use up its Within.
        LastWasNoMsg = true;
    }

    private async ValueTask<T> FishCore<T>(
        Predicate<T> isMessage, IList? skipped, TimeSpan? max, string? hint, bool isBlocking, CancellationToken cancellationToken)
    {
        skipped?.Clear();
        var limit = RemainingOrDilated(max);
        for (var end = Time.Now + limit; ;)
        {
            var taken = await TakeAsync(limit < TimeSpan.Zero ? limit : Left(end), isBlocking, cancellationToken).ConfigureAwait(false)
                ?? throw FailedExpectation(hint, $"a {Text.Of(typeof(T))} that fits within {Text.Of(limit)}", "none came");
            if (taken.Message is T typed && isMessage(typed)) return typed;
            skipped?.Add(taken.Message);
        }
    }

    private async ValueTask<object?> PeekCore(TimeSpan? max, bool isBlocking, CancellationToken cancellationToken) =>
        await Time.UntilAnyAsync(_received, RemainingOrDilated(max), isBlocking, cancellationToken).ConfigureAwait(false)
            ? _received.Peek()?.Message
            : null;

    private TimeSpan Left(TimeSpan end) => end > Time.Now ? end - Time.Now : TimeSpan.Zero;

    private void Order(Action<InternalTestActor, IActorContext> run) => TestActor.Tell(new InternalTestActor.Order(run), ActorRefs.NoSender);

    private async Task<IActorRef> OrderAsync(Func<IActorContext, IActorRef> run)
    {
        var done = new TaskCompletionSource<IActorRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        Order((_, context) => done.SetResult(run(context)));
        await AwaitConditionAsync(() => done.Task.IsCompleted).ConfigureAwait(false);
        return await done.Task.ConfigureAwait(false);
    }

    /// <summary>What becomes of one message of <c>ReceiveWhile</c>.</summary>
    private readonly struct Step<T>
    {
        private readonly byte _kind;

        public Step(T value) => (Value, _kind) = (value, 0);

        private Step(byte kind) => _kind = kind;

        public static Step<T> End => new(1);

        public static Step<T> Skip => new(2);

        public T? Value { get; }

        public bool IsEnd => _kind == 1;

        public bool IsSkip => _kind == 2;
    }
}
