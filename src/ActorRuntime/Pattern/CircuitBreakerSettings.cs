namespace ActorRuntime.Pattern;

/// <summary>Limits of one <see cref="CircuitBreaker"/>.</summary>
/// <param name="MaxFailures">Failures in a row that open it. At least 1.</param>
/// <param name="CallTimeout">A call that takes longer has failed. Above 0.</param>
/// <param name="ResetTimeout">Time it stays open before one call is tried. Above 0.</param>
/// <param name="MaxResetTimeout">Bound of that time when it grows. At least <paramref name="ResetTimeout"/>.</param>
/// <param name="ExponentialBackoffFactor">What that time is multiplied with after each failed try. At least 1; 1 keeps it as it is.</param>
/// <param name="RandomFactor">Share of that time which is added by chance, so that many breakers do not try at the same instant. 0 to 1.</param>
internal sealed record CircuitBreakerSettings(
    int MaxFailures, TimeSpan CallTimeout, TimeSpan ResetTimeout, TimeSpan MaxResetTimeout, double ExponentialBackoffFactor, double RandomFactor)
{
    /// <summary>Bound of all waits: 100 years, so that sums of times stay within their type.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(36_500);

    /// <summary>This instance once every rule holds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public CircuitBreakerSettings Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFailures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CallTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ResetTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CallTimeout, LongestWait);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxResetTimeout, ResetTimeout);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxResetTimeout, LongestWait);
        if (!(ExponentialBackoffFactor >= 1)) throw new ArgumentOutOfRangeException(nameof(ExponentialBackoffFactor), ExponentialBackoffFactor, "at least 1");
        if (!(RandomFactor is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(RandomFactor), RandomFactor, "0 to 1");
        return this;
    }
}
