using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>Applies filters to the listener of one system.</summary>
internal sealed class EventFilterApplier(TestKitBase kit, ActorSystem system, IReadOnlyList<EventFilterBase> filters) : IEventFilterApplier
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    public EventFilterFactory And => new(kit, system, filters);

    public void ExpectOne(Action action, CancellationToken cancellationToken = default) => Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) => Expect(1, timeout, action, cancellationToken);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, AsFunction(action), cancellationToken);

    public void Expect(int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, timeout, AsFunction(action), cancellationToken);

    public T ExpectOne<T>(Func<T> func, CancellationToken cancellationToken = default) => Expect(1, func, cancellationToken);

    public T ExpectOne<T>(TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) => Expect(1, timeout, func, cancellationToken);

    public T Expect<T>(int expectedCount, Func<T> func, CancellationToken cancellationToken = default) =>
        ExpectCore(expectedCount, null, Completed(func), isBlocking: true, cancellationToken).GetAwaiter().GetResult();

    public T Expect<T>(int expectedCount, TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) =>
        ExpectCore(expectedCount, timeout, Completed(func), isBlocking: true, cancellationToken).GetAwaiter().GetResult();

    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) => ExpectAsync(1, actionAsync, cancellationToken);

    public Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, action, cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectCore(expectedCount, null, AsFunction(actionAsync), isBlocking: false, cancellationToken);

    public Task ExpectAsync(int expectedCount, TimeSpan timeout, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectCore(expectedCount, timeout, AsFunction(actionAsync), isBlocking: false, cancellationToken);

    public void Mute(Action action, CancellationToken cancellationToken = default) => Mute(AsFunction(action), cancellationToken);

    public T Mute<T>(Func<T> func, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var muted = Mute();
        return func();
    }

    public async Task MuteAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var muted = Mute();
        await actionAsync().ConfigureAwait(false);
    }

    public IUnmutableFilter Mute() => new Muted(Listener(), filters);

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

    private static Func<Task<T>> Completed<T>(Func<T> function) => () => Task.FromResult(function());

    private TestEventListener Listener() => system.LoggerFactory as TestEventListener ?? throw new InvalidOperationException(
        $"Event filters see nothing of the actor system {system.Name}: start it by the test kit or by TestSystem.Start, or give it a TestEventListener as LoggerSetup");

    private async Task<T> ExpectCore<T>(int count, TimeSpan? timeout, Func<Task<T>> function, bool isBlocking, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        using var expecting = new Muted(Listener(), filters);
        var result = await function().ConfigureAwait(false);
        var settings = kit.TestKitSettings;
        var limit = kit.Dilated(count == 0 ? timeout ?? settings.ExpectNoMessageDefault : timeout ?? settings.TestEventFilterLeeway);
        var come = await kit.Time.UntilAsync(() => count > 0 ? expecting.Count >= count : expecting.Count > 0, limit, PollInterval, isBlocking, cancellationToken)
            .ConfigureAwait(false);
        // Under virtual time what is due now can still bring one too many; in real time nobody knows how long to look for it.
        if (kit.Time.IsVirtual) await kit.Time.UntilAsync(static () => false, TimeSpan.Zero, PollInterval, isBlocking, cancellationToken).ConfigureAwait(false);
        if (expecting.Count == count) return result;
        var how = come ? "" : $" within {Text.Of(limit)}";
        var seen = expecting.Taken is { Length: > 0 } taken ? ":\n    " + string.Join("\n    ", taken) : "";
        throw kit.Failure($"Expected {count} times{how}: {string.Join(", or ", filters)}; it came {expecting.Count} times{seen}");
    }

    private sealed class Muted : IUnmutableFilter
    {
        private readonly TestEventListener _listener;
        private readonly TestEventListener.EventHandler _handler;

        public Muted(TestEventListener listener, IReadOnlyList<EventFilterBase> filters)
        {
            (_listener, _handler) = (listener, new TestEventListener.EventHandler(filters));
            _listener.Add(_handler);
        }

        public int Count => _handler.Count;

        public string[] Taken => _handler.Taken;

        public void Unmute() => _listener.Remove(_handler);

        public void Dispose() => Unmute();
    }
}
