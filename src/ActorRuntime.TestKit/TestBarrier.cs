namespace ActorRuntime.TestKit;

/// <summary>Threads wait here until as many have come as it was made for; then all go on, and it is ready for the next round. Real time only.</summary>
public sealed class TestBarrier : IDisposable
{
    private readonly Barrier _barrier;
    private readonly TimeSpan _timeout;
    private readonly TestKitBase _kit;

    /// <param name="testKit">Dilates time-outs.</param>
    /// <param name="count">Threads that meet. At least 1.</param>
    /// <param name="defaultTimeout">Wait of <see cref="Await()"/>. Default <c>default-timeout</c>.</param>
    public TestBarrier(TestKitBase testKit, int count, TimeSpan? defaultTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(testKit);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (_kit, _barrier, _timeout) = (testKit, new Barrier(count), defaultTimeout ?? testKit.TestKitSettings.DefaultTimeout);
    }

    /// <summary>Waits for the others, for the default time-out.</summary>
    /// <exception cref="TimeoutException">They did not come.</exception>
    public void Await() => Await(_timeout);

    /// <summary>Waits for the others.</summary>
    /// <param name="timeout">Longest wait, dilated.</param>
    /// <exception cref="TimeoutException">They did not come.</exception>
    public void Await(TimeSpan timeout)
    {
        var limit = _kit.Dilated(timeout);
        if (_barrier.SignalAndWait(limit)) return;
        throw new TimeoutException($"Only some of the {_barrier.ParticipantCount} threads came to the barrier within {Text.Of(limit)}");
    }

    /// <summary>Nobody waits here any more.</summary>
    public void Dispose() => _barrier.Dispose();
}
