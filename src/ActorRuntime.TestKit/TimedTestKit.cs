using ActorRuntime.Actor;
using ActorRuntime.Event;

namespace ActorRuntime.TestKit;

/// <summary>The part of a test kit that knows the time: how long a wait may be, waits for conditions, and blocks of a limited duration.</summary>
public abstract class TimedTestKit
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    private protected TimedTestKit(ITestKitAssertions assertions, ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(assertions);
        ArgumentNullException.ThrowIfNull(system);
        (Assertions, Sys) = (assertions, system);
        TestKitSettings = TestKitExtension.For(system).Settings;
        Time = new TestTime(system, TestKitSettings);
        Log = Logging.GetLogger(system, GetType());
    }

    /// <summary>The actor system under test.</summary>
    public ActorSystem Sys { get; }

    /// <summary>What <c>actor-runtime.test</c> of the system says.</summary>
    public TestKitSettings TestKitSettings { get; }

    /// <summary>Log of the test itself; it goes where the logs of the system go.</summary>
    public ILoggingAdapter Log { get; }

    /// <summary>What is left of the innermost <c>Within</c>; outside of one <c>single-expect-default</c>, dilated.</summary>
    public TimeSpan RemainingOrDefault => RemainingOr(Dilated(TestKitSettings.SingleExpectDefault));

    /// <summary>What is left of the innermost <c>Within</c>.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public TimeSpan Remaining => End is { } end ? Positive(end - Time.Now) : throw new InvalidOperationException("Remaining is known inside of Within only");

    internal TestTime Time { get; }

    internal ITestKitAssertions Assertions { get; }

    /// <summary>End of the innermost <c>Within</c> on the kit's clock.</summary>
    private protected TimeSpan? End { get; private set; }

    /// <summary>True when the last expectation was one of silence, which may use up its <c>Within</c>.</summary>
    private protected bool LastWasNoMsg { get; set; }

    /// <summary>The duration times <c>actor-runtime.test.timefactor</c>. What expectations are given is dilated by them; do not dilate it twice.</summary>
    public TimeSpan Dilated(TimeSpan duration) => Time.Dilated(duration);

    /// <summary>What is left of the innermost <c>Within</c>, or <paramref name="duration"/> outside of one.</summary>
    public TimeSpan RemainingOr(TimeSpan duration) => End is null ? duration : Remaining;

    /// <summary>The duration, dilated; without one <see cref="RemainingOrDefault"/>. Never more than is left of the innermost <c>Within</c>.</summary>
    public TimeSpan RemainingOrDilated(TimeSpan? duration)
    {
        if (duration is not { } given) return RemainingOrDefault;
        var dilated = Dilated(given);
        return End is null || (dilated >= TimeSpan.Zero && dilated <= Remaining) ? dilated : Remaining;
    }

    /// <inheritdoc cref="RemainingOrDilated"/>
    public TimeSpan GetTimeoutOrDefault(TimeSpan? timeout) => RemainingOrDilated(timeout);

    /// <summary>Runs a block that may take at most <paramref name="max"/>, dilated; expectations in it share that time.</summary>
    /// <param name="epsilonValue">Tolerated on top when the duration is judged. Default none.</param>
    public void Within(TimeSpan max, Action action, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, action, null, epsilonValue, cancellationToken);

    /// <summary>Runs a block that takes at least <paramref name="min"/> and at most <paramref name="max"/>, the latter dilated.</summary>
    public void Within(
        TimeSpan min, TimeSpan max, Action action, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(min, max, AsFunction(action), hint, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>
    public T Within<T>(TimeSpan max, Func<T> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, TimeSpan, Action, string, TimeSpan?, CancellationToken)"/>
    public T Within<T>(
        TimeSpan min, TimeSpan max, Func<T> function, string? hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        WithinCore(min, max, () => Task.FromResult(function()), hint, epsilonValue, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>
    public Task WithinAsync(TimeSpan max, Func<Task> actionAsync, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, actionAsync, null, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, TimeSpan, Action, string, TimeSpan?, CancellationToken)"/>
    public Task WithinAsync(
        TimeSpan min, TimeSpan max, Func<Task> actionAsync, string? hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        WithinCore(min, max, AsFunction(actionAsync), hint, epsilonValue, cancellationToken);

    /// <inheritdoc cref="Within(TimeSpan, Action, TimeSpan?, CancellationToken)"/>
    public Task<T> WithinAsync<T>(
        TimeSpan max, Func<Task<T>> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinCore(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    /// <summary>Waits until a condition holds, for <see cref="RemainingOrDefault"/>.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <summary>Waits until a condition holds.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <summary>Waits until a condition holds.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, string? message, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="conditionIsFulfilled">Looked at on this thread, again and again.</param>
    /// <param name="max">Longest wait, dilated. Default <see cref="RemainingOrDefault"/>.</param>
    /// <param name="interval">Between two looks; no part of it under virtual time. Default 10 ms.</param>
    /// <param name="message">Shown when it fails.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null, CancellationToken cancellationToken = default) =>
        Now(ConditionCore(conditionIsFulfilled, max, interval, message, isBlocking: true, cancellationToken));

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        ConditionCore(conditionIsFulfilled, max, null, null, isBlocking: false, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null, CancellationToken cancellationToken = default) =>
        ConditionCore(conditionIsFulfilled, max, interval, message, isBlocking: false, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)"/>
    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)"/>
    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)"/>
    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, string? message, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)"/>
    public async Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string? message = null, CancellationToken cancellationToken = default)
    {
        var (limit, start) = (RemainingOrDilated(max), Time.Now);
        while (!await RunToEnd(conditionIsFulfilled(), limit, cancellationToken).ConfigureAwait(false))
        {
            if (limit >= TimeSpan.Zero && Time.Now - start >= limit) FailCondition(limit, message);
            var pause = Dilated(interval ?? PollInterval);
            // Under a clock that stands nothing can change any more between two looks.
            var before = Time.Now;
            await Time.UntilAsync(static () => false, pause, pause, isBlocking: false, cancellationToken).ConfigureAwait(false);
            if (Time.IsVirtual && Time.Now == before) FailCondition(limit, message);
        }
    }

    /// <summary>Waits until an assertion no longer throws.</summary>
    /// <param name="assertion">Run on this thread, again and again.</param>
    /// <param name="duration">Longest wait, dilated. Default <see cref="RemainingOrDefault"/>.</param>
    /// <param name="interval">Between two runs; no part of it under virtual time. Default 10 ms.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public void AwaitAssert(Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        Now(AssertCore(assertion, duration, interval, isBlocking: true, cancellationToken));

    /// <inheritdoc cref="AwaitAssert"/>
    public Task AwaitAssertAsync(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        AssertCore(assertion, duration, interval, isBlocking: false, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitAssert"/>
    public async Task AwaitAssertAsync(
        Func<Task> assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default)
    {
        var attempt = new Attempt();
        var limit = RemainingOrDilated(duration);
        try
        {
            await AwaitConditionAsync(() => attempt.HoldsAsync(assertion), duration, interval, null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (attempt.Last is not null && failure is not OperationCanceledException)
        {
            attempt.Fail(this, limit);
        }
    }

    /// <summary>Waits for a task, under virtual time by running the system, and hands back its result or exception.</summary>
    /// <param name="task">For example that of an ask.</param>
    /// <param name="max">Longest wait, dilated. Default <see cref="RemainingOrDefault"/>.</param>
    public T Result<T>(Task<T> task, TimeSpan? max = null)
    {
        AwaitCondition(() => task.IsCompleted, max, "the task does not complete");
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Fails the test: as the test framework does, but by <see cref="ExpectationException"/> where there is a cause to show.</summary>
    internal Exception Failure(string text, Exception? cause = null)
    {
        if (cause is null) Assertions.Fail("{0}", text);
        return new ExpectationException(text, cause);
    }

    /// <summary>The result of a wait that blocked this thread, and so is complete.</summary>
    private protected static T Now<T>(ValueTask<T> complete) => complete.AsTask().GetAwaiter().GetResult();

    private static void Now(ValueTask complete) => complete.AsTask().GetAwaiter().GetResult();

    private static TimeSpan Positive(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time;

    private static Func<bool> AsFunction(Action action) => () =>
    {
        action();
        return true;
    };

    private static Func<Task<bool>> AsFunction(Func<Task> action) => async () =>
    {
        await action().ConfigureAwait(false);
        return true;
    };

    // Under virtual time nobody but the wait itself runs what the task waits for.
    private async Task<T> RunToEnd<T>(Task<T> task, TimeSpan max, CancellationToken cancellationToken)
    {
        var hasEnded = Time.IsVirtual
            ? await Time.UntilAsync(() => task.IsCompleted, max, PollInterval, isBlocking: true, cancellationToken).ConfigureAwait(false)
            : await Time.UntilEndAsync(task, max, cancellationToken).ConfigureAwait(false);
        return hasEnded ? await task.ConfigureAwait(false) : throw Failure("A block or condition that awaits does not end within " + Text.Of(max));
    }

    private async Task<T> WithinCore<T>(
        TimeSpan min, TimeSpan max, Func<Task<T>> function, string? hint, TimeSpan? epsilon, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (start, outer) = (Time.Now, End);
        var limit = RemainingOrDilated(max);
        if (min > limit) throw Failure($"{Prefix(hint)}Within: at least {Text.Of(min)} is needed and only {Text.Of(limit)} is left");
        (End, LastWasNoMsg) = (start + limit, false);
        T result;
        try
        {
            // A block may end in silence that uses up its time, so it is given more before it counts as hanging.
            var patience = limit < TimeSpan.Zero ? limit : limit + Dilated(TestKitSettings.DefaultTimeout);
            result = await RunToEnd(function(), patience, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            End = outer;
        }

        var took = Time.Now - start;
        if (took < min) throw Failure($"{Prefix(hint)}Within: the block took {Text.Of(took)}, at least {Text.Of(min)} was expected");
        if (!LastWasNoMsg && took > limit + (epsilon ?? TimeSpan.Zero))
        {
            throw Failure($"{Prefix(hint)}Within: the block took {Text.Of(took)}, at most {Text.Of(limit)} was expected");
        }

        return result;
    }

    private async ValueTask ConditionCore(
        Func<bool> condition, TimeSpan? max, TimeSpan? interval, string? message, bool isBlocking, CancellationToken cancellationToken)
    {
        var limit = RemainingOrDilated(max);
        var pause = Dilated(interval ?? PollInterval);
        if (await Time.UntilAsync(condition, limit, pause, isBlocking, cancellationToken).ConfigureAwait(false)) return;
        FailCondition(limit, message);
    }

    private async ValueTask AssertCore(
        Action assertion, TimeSpan? duration, TimeSpan? interval, bool isBlocking, CancellationToken cancellationToken)
    {
        var attempt = new Attempt();
        var limit = RemainingOrDilated(duration);
        var pause = Dilated(interval ?? PollInterval);
        if (await Time.UntilAsync(() => attempt.Holds(assertion), limit, pause, isBlocking, cancellationToken).ConfigureAwait(false)) return;
        attempt.Fail(this, limit);
    }

    private static string Prefix(string? hint) => hint is null ? "" : hint + ": ";

    private void FailCondition(TimeSpan limit, string? message) =>
        throw Failure($"{Prefix(message)}the condition did not hold within {Text.Of(limit)}{(Time.IsVirtual ? " of virtual time" : "")}");

    private sealed class Attempt
    {
        public Exception? Last { get; private set; }

        public bool Holds(Action assertion)
        {
            try
            {
                assertion();
                return true;
            }
            catch (Exception cause) when (cause is not OutOfMemoryException)
            {
                Last = cause;
                return false;
            }
        }

        public async Task<bool> HoldsAsync(Func<Task> assertion)
        {
            try
            {
                await assertion().ConfigureAwait(false);
                return true;
            }
            catch (Exception cause) when (cause is not OutOfMemoryException and not OperationCanceledException)
            {
                Last = cause;
                return false;
            }
        }

        public void Fail(TimedTestKit kit, TimeSpan limit)
        {
            var text = $"The assertion did not come to hold within {Text.Of(limit)}{(kit.Time.IsVirtual ? " of virtual time" : "")}: {Last?.Message}";
            throw kit.Failure(text, Last);
        }
    }
}
