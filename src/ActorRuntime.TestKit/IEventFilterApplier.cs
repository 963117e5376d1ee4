namespace ActorRuntime.TestKit;

/// <summary>What to do with the lines of the log and the dead letters that filters pick. What is expected or muted does not show in the test's output.</summary>
/// <remarks>
/// An expectation runs its action and then waits for the last event at most <c>timeout</c>, default <c>filter-leeway</c>, both dilated. Fewer events in that time are a failure,
/// and so are more by the time the last expected one has come. Zero events are expected for <c>expect-no-message-default</c>.
/// </remarks>
public interface IEventFilterApplier
{
    /// <summary>Also what another filter picks.</summary>
    EventFilterFactory And { get; }

    /// <summary>While the action runs, one event comes.</summary>
    void ExpectOne(Action action, CancellationToken cancellationToken = default);

    /// <summary>While the action runs, one event comes.</summary>
    void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default);

    /// <summary>While the action runs, that many events come.</summary>
    void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default);

    /// <summary>While the action runs, that many events come.</summary>
    void Expect(int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default);

    /// <summary>While the function runs, one event comes.</summary>
    T ExpectOne<T>(Func<T> func, CancellationToken cancellationToken = default);

    /// <summary>While the function runs, one event comes.</summary>
    T ExpectOne<T>(TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default);

    /// <summary>While the function runs, that many events come.</summary>
    T Expect<T>(int expectedCount, Func<T> func, CancellationToken cancellationToken = default);

    /// <summary>While the function runs, that many events come.</summary>
    T Expect<T>(int expectedCount, TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default);

    /// <summary>While the action runs, one event comes.</summary>
    Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default);

    /// <summary>While the action runs, one event comes.</summary>
    Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default);

    /// <summary>While the action runs, that many events come.</summary>
    Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default);

    /// <summary>While the action runs, that many events come.</summary>
    Task ExpectAsync(int expectedCount, TimeSpan timeout, Func<Task> actionAsync, CancellationToken cancellationToken = default);

    /// <summary>Keeps what is picked out of the output, however much of it comes, while the action runs.</summary>
    void Mute(Action action, CancellationToken cancellationToken = default);

    /// <summary>Keeps what is picked out of the output, however much of it comes, while the function runs.</summary>
    T Mute<T>(Func<T> func, CancellationToken cancellationToken = default);

    /// <summary>Keeps what is picked out of the output, however much of it comes, while the action runs.</summary>
    Task MuteAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default);

    /// <summary>Keeps what is picked out of the output until the result is disposed of.</summary>
    IUnmutableFilter Mute();
}

/// <summary>Ends a muting.</summary>
public interface IUnmutableFilter : IDisposable
{
    /// <summary>Lets through again what was muted.</summary>
    void Unmute();
}
