using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>How a store of <see cref="PersistenceTestKit"/> answers one kind of call. Any thread; counts for calls that begin afterwards.</summary>
public abstract class StoreBehavior
{
    private volatile Func<Task> _before = static () => Task.CompletedTask;

    internal TimeProvider Time { get; set; } = null!; // From the start of the kit on.

    /// <summary>As a healthy store does.</summary>
    public Task Pass() => Set(static () => Task.CompletedTask);

    /// <summary>As a healthy store does, but later.</summary>
    /// <param name="delay">Before the call reaches the store.</param>
    public Task PassWithDelay(TimeSpan delay) => Set(() => Task.Delay(delay, Time));

    /// <summary>With a <see cref="JournalException"/>; nothing is done.</summary>
    public Task Fail() => Set(static () => Task.FromException(Told()));

    /// <summary>As <see cref="Fail"/>, but later.</summary>
    /// <param name="delay">Before the failure.</param>
    public Task FailWithDelay(TimeSpan delay) => Set(async () =>
    {
        await Task.Delay(delay, Time);
        throw Told();
    });

    /// <summary>Never; nothing is done.</summary>
    public Task BeSilent() => Set(static () => new TaskCompletionSource().Task);

    internal Task BeforeAsync() => _before();

    internal virtual Task AfterAsync() => Task.CompletedTask;

    /// <summary>Back to health.</summary>
    internal virtual void Reset() => Pass();

    private protected static JournalException Told() => new("told to fail by the test");

    private protected Task Set(Func<Task> before)
    {
        _before = before;
        return Task.CompletedTask;
    }
}

/// <summary>Answers to writes of events.</summary>
public sealed class JournalWriteBehavior : StoreBehavior
{
    private volatile bool _failsAfterwards;

    /// <summary>With an <see cref="EventRejectedException"/>: these events cannot be stored, others may.</summary>
    public Task Reject() => Set(static () => Task.FromException(new EventRejectedException("told to reject by the test")));

    /// <summary>With a failure after the events were written: their writer cannot know.</summary>
    public Task FailAfterWriting()
    {
        _failsAfterwards = true;
        return Task.CompletedTask;
    }

    internal override Task AfterAsync() => _failsAfterwards ? Task.FromException(Told()) : Task.CompletedTask;

    internal override void Reset()
    {
        _failsAfterwards = false;
        base.Reset();
    }
}

/// <summary>Answers to the reads of a recovery.</summary>
public sealed class JournalRecoveryBehavior : StoreBehavior;

/// <summary>Answers to saves of snapshots.</summary>
public sealed class SnapshotStoreSaveBehavior : StoreBehavior;

/// <summary>Answers to loads of snapshots.</summary>
public sealed class SnapshotStoreLoadBehavior : StoreBehavior;

/// <summary>Answers to deletions of snapshots.</summary>
public sealed class SnapshotStoreDeleteBehavior : StoreBehavior;
