using ActorRuntime.Pattern;

namespace ActorRuntime.TestKit;

/// <summary>A circuit breaker with latches that tell a test when it has changed its state for the first time.</summary>
public sealed class TestBreaker : IDisposable
{
    /// <param name="instance">The circuit breaker.</param>
    public TestBreaker(CircuitBreaker instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        Instance = instance.OnOpen(() => Pass(OpenLatch)).OnHalfOpen(() => Pass(HalfOpenLatch)).OnClose(() => Pass(ClosedLatch));
    }

    /// <summary>The circuit breaker.</summary>
    public CircuitBreaker Instance { get; }

    /// <summary>Set once it has opened.</summary>
    public CountdownEvent OpenLatch { get; } = new(1);

    /// <summary>Set once it has gone half-open.</summary>
    public CountdownEvent HalfOpenLatch { get; } = new(1);

    /// <summary>Set once it has closed again.</summary>
    public CountdownEvent ClosedLatch { get; } = new(1);

    /// <summary>Releases the latches.</summary>
    public void Dispose()
    {
        OpenLatch.Dispose();
        HalfOpenLatch.Dispose();
        ClosedLatch.Dispose();
    }

    private static void Pass(CountdownEvent latch)
    {
        if (!latch.IsSet) latch.Signal();
    }
}
