using System.Runtime.CompilerServices;
using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>The part of a test kit that expects the next messages to be certain ones.</summary>
/// <remarks>
/// A <c>timeout</c> is the longest wait, dilated; default <see cref="TimedTestKit.RemainingOrDefault"/>. A <c>hint</c> is shown when the expectation fails. A failure
/// names the test actor, what was expected, what came instead, and the newest messages with senders and times. The methods without Async block the calling thread.
/// </remarks>
public abstract class ExpectingTestKit : ReceivingTestKit
{
    private protected ExpectingTestKit(ITestKitAssertions assertions, ActorSystem system, string? testActorName, string namePrefix)
        : base(assertions, system, testActorName, namePrefix)
    {
    }

    /// <summary>The next message is a <typeparamref name="T"/>.</summary>
    public T ExpectMsg<T>(TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore<T>(Any<T>(), duration, hint, Blocking(cancellationToken)));

    /// <summary>The next message equals <paramref name="message"/>.</summary>
    public T ExpectMsg<T>(T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(EqualTo(message), timeout, hint, Blocking(cancellationToken)));

    /// <summary>The next message equals <paramref name="expected"/> by <paramref name="comparer"/>.</summary>
    public T ExpectMsg<T>(
        T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(EqualTo(expected, comparer), timeout, hint, Blocking(cancellationToken)));

    /// <summary>The next message is a <typeparamref name="T"/> for which <paramref name="isMessage"/> holds.</summary>
    public T ExpectMsg<T>(Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(Such(isMessage), timeout, hint, Blocking(cancellationToken)));

    /// <summary>The next message is a <typeparamref name="T"/> for which, with its sender, <paramref name="isMessageAndSender"/> holds.</summary>
    public T ExpectMsg<T>(
        Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(Such(isMessageAndSender), timeout, hint, Blocking(cancellationToken)));

    /// <summary>The next message is a <typeparamref name="T"/> on which <paramref name="assert"/> throws nothing.</summary>
    public T ExpectMsg<T>(Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(Checked(assert), timeout, hint, Blocking(cancellationToken)));

    /// <summary>The next message is a <typeparamref name="T"/> on which, with its sender, <paramref name="assert"/> throws nothing.</summary>
    public T ExpectMsg<T>(
        Action<T, IActorRef> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(Checked(assert), timeout, hint, Blocking(cancellationToken)));

    /// <inheritdoc cref="ExpectMsg{T}(TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(Any<T>(), duration, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(T, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(EqualTo(message), timeout, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(T, Func{T, T, bool}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        T expected, Func<T, T, bool> comparer, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(EqualTo(expected, comparer), timeout, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Predicate{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(Such(isMessage), timeout, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Func{T, IActorRef, bool}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Func<T, IActorRef, bool> isMessageAndSender, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(Such(isMessageAndSender), timeout, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Action{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(Checked(assert), timeout, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsg{T}(Action{T, IActorRef}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T, IActorRef> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(Checked(assert), timeout, hint, Async(cancellationToken));

    /// <summary>The next message is a <typeparamref name="T"/> from <paramref name="sender"/>.</summary>
    public T ExpectMsgFrom<T>(IActorRef sender, TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(From(sender, Any<T>()), duration, hint, Blocking(cancellationToken)));

    /// <summary>The next message equals <paramref name="message"/> and is from <paramref name="sender"/>.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(From(sender, EqualTo(message)), timeout, hint, Blocking(cancellationToken)));

    /// <summary>The next message is a <typeparamref name="T"/> from <paramref name="sender"/> for which <paramref name="isMessage"/> holds.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(From(sender, Such(isMessage)), timeout, hint, Blocking(cancellationToken)));

    /// <summary>The next message is a <typeparamref name="T"/> from <paramref name="sender"/> on which <paramref name="assert"/> throws nothing.</summary>
    public T ExpectMsgFrom<T>(
        IActorRef sender, Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(From(sender, Checked(assert)), timeout, hint, Blocking(cancellationToken)));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, TimeSpan? duration = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(From(sender, Any<T>()), duration, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, T, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, T message, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(From(sender, EqualTo(message)), timeout, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Predicate{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(From(sender, Such(isMessage)), timeout, hint, Async(cancellationToken));

    /// <inheritdoc cref="ExpectMsgFrom{T}(IActorRef, Action{T}, TimeSpan?, string, CancellationToken)"/>
    public ValueTask<T> ExpectMsgFromAsync<T>(
        IActorRef sender, Action<T> assert, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(From(sender, Checked(assert)), timeout, hint, Async(cancellationToken));

    /// <summary>The next message is the notice of the end of <paramref name="target"/>, which the test actor watches.</summary>
    public Terminated ExpectTerminated(
        IActorRef target, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        Now(NextCore(EndOf(target), timeout, hint, Blocking(cancellationToken)));

    /// <inheritdoc cref="ExpectTerminated"/>
    public ValueTask<Terminated> ExpectTerminatedAsync(
        IActorRef target, TimeSpan? timeout = null, string? hint = null, CancellationToken cancellationToken = default) =>
        NextCore(EndOf(target), timeout, hint, Async(cancellationToken));

    /// <summary>Nothing comes for <c>expect-no-message-default</c>, dilated.</summary>
    public void ExpectNoMsg(CancellationToken cancellationToken = default) => Now(NothingCore(null, Blocking(cancellationToken)));

    /// <summary>Nothing comes for <paramref name="duration"/>, dilated. Zero looks at what has come already.</summary>
    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) => Now(NothingCore(duration, Blocking(cancellationToken)));

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    /// <inheritdoc cref="ExpectNoMsg(CancellationToken)"/>
    public async ValueTask ExpectNoMsgAsync(CancellationToken cancellationToken = default) =>
        await NothingCore(null, Async(cancellationToken)).ConfigureAwait(false);

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public async ValueTask ExpectNoMsgAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        await NothingCore(duration, Async(cancellationToken)).ConfigureAwait(false);

    /// <inheritdoc cref="ExpectNoMsg(TimeSpan, CancellationToken)"/>
    public ValueTask ExpectNoMsgAsync(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsgAsync(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    /// <summary>The next message equals one of <paramref name="messages"/>.</summary>
    public T ExpectMsgAnyOf<T>(params T[] messages) => ExpectMsgAnyOf((IEnumerable<T>)messages);

    /// <inheritdoc cref="ExpectMsgAnyOf{T}(T[])"/>
    public T ExpectMsgAnyOf<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        Now(NextCore(AnyOf(messages), null, null, Blocking(cancellationToken)));

    /// <inheritdoc cref="ExpectMsgAnyOf{T}(T[])"/>
    public ValueTask<T> ExpectMsgAnyOfAsync<T>(IEnumerable<T> messages, CancellationToken cancellationToken = default) =>
        NextCore(AnyOf(messages), null, null, Async(cancellationToken));

    /// <summary>The next messages equal <paramref name="messages"/>, in any order: as many as there are, each of them once.</summary>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(params T[] messages) => Collected(AllOfCore(null, Each(messages), true, default));

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(TimeSpan max, params T[] messages) =>
        Collected(AllOfCore(max, Each(messages), true, default));

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        Collected(AllOfCore(null, Each(messages), true, cancellationToken));

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])"/>
    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(
        TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        Collected(AllOfCore(max, Each(messages), true, cancellationToken));

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])"/>
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        AllOfCore(null, Each(messages), false, cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOf{T}(T[])"/>
    public IAsyncEnumerable<T> ExpectMsgAllOfAsync<T>(
        TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        AllOfCore(max, Each(messages), false, cancellationToken);

    /// <summary>The next messages match <paramref name="predicates"/>, in any order: as many as there are, each of them once.</summary>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(params PredicateInfo[] predicates) =>
        Collected(AllOfCore(null, Each(predicates), true, default));

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(PredicateInfo[])"/>
    public IReadOnlyCollection<object> ExpectMsgAllOfMatchingPredicates(TimeSpan max, params PredicateInfo[] predicates) =>
        Collected(AllOfCore(max, Each(predicates), true, default));

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(PredicateInfo[])"/>
    public IAsyncEnumerable<object> ExpectMsgAllOfMatchingPredicatesAsync(
        IReadOnlyCollection<PredicateInfo> predicates, CancellationToken cancellationToken = default) =>
        AllOfCore(null, Each(predicates), false, cancellationToken);

    /// <inheritdoc cref="ExpectMsgAllOfMatchingPredicates(PredicateInfo[])"/>
    public IAsyncEnumerable<object> ExpectMsgAllOfMatchingPredicatesAsync(
        TimeSpan max, IReadOnlyCollection<PredicateInfo> predicates, CancellationToken cancellationToken = default) =>
        AllOfCore(max, Each(predicates), false, cancellationToken);

    private static Waiting Blocking(CancellationToken cancellationToken) => new(true, cancellationToken);

    private static Waiting Async(CancellationToken cancellationToken) => new(false, cancellationToken);

    private static Expected<T> Any<T>() => new($"a {Text.Of(typeof(T))}", static (_, _) => null);

    private static Expected<T> EqualTo<T>(T message, Func<T, T, bool>? comparer = null) =>
        new(Text.Of(message), (actual, _) => (comparer ?? EqualityComparer<T>.Default.Equals)(message, actual) ? null : "which is not equal");

    private static Expected<T> Such<T>(Predicate<T> holds) =>
        new($"a {Text.Of(typeof(T))} that fits", (actual, _) => holds(actual) ? null : "which does not fit");

    private static Expected<T> Such<T>(Func<T, IActorRef, bool> holds) =>
        new($"a {Text.Of(typeof(T))} and sender that fit", (actual, sender) => holds(actual, sender) ? null : "which does not fit");

    private static Expected<T> Checked<T>(Action<T> assert) => Checked<T>((actual, _) => assert(actual));

    private static Expected<T> Checked<T>(Action<T, IActorRef> assert) => new($"a {Text.Of(typeof(T))} that passes the assertion", (actual, sender) =>
    {
        assert(actual, sender);
        return null;
    });

    private static Expected<T> From<T>(IActorRef sender, Expected<T> expected) => new(
        $"{expected.Description} from {sender.Path}",
        (actual, from) => sender.Equals(from) ? expected.Mismatch(actual, from) : $"from {from.Path}, which is another sender");

    private static Expected<Terminated> EndOf(IActorRef target) => new(
        $"the end of {target.Path}", (actual, _) => target.Equals(actual.ActorRef) ? null : $"which is the end of {actual.ActorRef}");

    private static Expected<T> AnyOf<T>(IEnumerable<T> messages)
    {
        var all = messages.ToArray();
        return new($"one of {string.Join(", ", all.Select(m => Text.Of(m)))}", (actual, _) => all.Contains(actual) ? null : "which is none of these");
    }

    private static List<Expected<T>> Each<T>(IReadOnlyCollection<T> messages) => [.. messages.Select(m => EqualTo(m))];

    private static List<Expected<object>> Each(IReadOnlyCollection<PredicateInfo> predicates) =>
        [.. predicates.Select(p => new Expected<object>($"a {Text.Of(p.Type)} that fits", (actual, _) => p.Holds(actual) ? null : "which does not fit"))];

    private async ValueTask<T> NextCore<T>(Expected<T> expected, TimeSpan? timeout, string? hint, Waiting waiting)
    {
        var limit = RemainingOrDilated(timeout);
        var taken = await TakeAsync(limit, waiting.IsBlocking, waiting.Token).ConfigureAwait(false)
            ?? throw FailedExpectation(hint, $"{expected.Description} within {Text.Of(limit)}", "nothing came");
        if (taken.Message is not T typed)
        {
            throw FailedExpectation(hint, expected.Description, $"got {Text.Of(taken.Message)}, which is no {Text.Of(typeof(T))}");
        }

        if (MismatchOf(expected, typed, taken.Sender, hint) is { } mismatch) throw FailedExpectation(hint, expected.Description, $"got {Text.Of(typed)}, {mismatch}");
        return typed;
    }

    private string? MismatchOf<T>(Expected<T> expected, T actual, IActorRef sender, string? hint)
    {
        try
        {
            return expected.Mismatch(actual, sender);
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            throw FailedExpectation(hint, expected.Description, $"got {Text.Of(actual)}, which does not: {cause.Message}", cause);
        }
    }

    private async ValueTask<bool> NothingCore(TimeSpan? duration, Waiting waiting)
    {
        var silence = RemainingOrDilated(duration ?? TestKitSettings.ExpectNoMessageDefault);
        var taken = await TakeAsync(silence, waiting.IsBlocking, waiting.Token).ConfigureAwait(false);
        LastWasNoMsg = taken is null;
        if (taken is null) return true;
        throw FailedExpectation(null, $"no message for {Text.Of(silence)}", $"got {Text.Of(taken.Message)} from {taken.Sender.Path}");
    }

    private async IAsyncEnumerable<T> AllOfCore<T>(
        TimeSpan? max, List<Expected<T>> missing, bool isBlocking, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (limit, start, total) = (RemainingOrDilated(max), Time.Now, missing.Count);
        while (missing.Count > 0)
        {
            var left = limit < TimeSpan.Zero ? limit : TimeSpan.FromTicks(Math.Max(0, (limit - (Time.Now - start)).Ticks));
            var taken = await TakeAsync(left, isBlocking, cancellationToken).ConfigureAwait(false)
                ?? throw FailedExpectation(null, $"{total} messages within {Text.Of(limit)}", "still missing: " + List(missing));
            var match = missing.FindIndex(e => taken.Message is T typed && e.Mismatch(typed, taken.Sender) is null);
            if (match < 0) throw FailedExpectation(null, "one of " + List(missing), $"got {Text.Of(taken.Message)}, which is none of these");
            missing.RemoveAt(match);
            yield return (T)taken.Message;
        }
    }

    private static string List<T>(List<Expected<T>> expected) => string.Join(", ", expected.Select(e => e.Description));

    private readonly record struct Waiting(bool IsBlocking, CancellationToken Token);

    /// <param name="Description">Completes "expected …".</param>
    /// <param name="Mismatch">What is wrong with a message, or null.</param>
    private sealed record Expected<T>(string Description, Func<T, IActorRef, string?> Mismatch);
}
