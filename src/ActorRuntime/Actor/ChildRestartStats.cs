namespace ActorRuntime.Actor;

/// <summary>Restarts of one child, as its supervisor counts them.</summary>
/// <param name="child">The child.</param>
public sealed class ChildRestartStats(IActorRef child)
{
    private long? _windowStart;

    /// <summary>The child.</summary>
    public IActorRef Child { get; } = child;

    /// <summary>Restarts within the current window.</summary>
    public int MaxNrOfRetriesCount { get; private set; }

    /// <summary>Counts a restart.</summary>
    /// <param name="retriesMax">Restarts allowed within the window; negative for no limit.</param>
    /// <param name="window">Negative for none.</param>
    /// <param name="time">Clock of the system.</param>
    /// <returns>False when the child has to stop instead.</returns>
    internal bool RequestRestartPermission(int retriesMax, TimeSpan window, TimeProvider time)
    {
        if (retriesMax == 0) return false;
        if (window < TimeSpan.Zero) return retriesMax < 0 || ++MaxNrOfRetriesCount <= retriesMax;

        // A window without a number allows one restart in it.
        var limit = retriesMax < 0 ? 1 : retriesMax;
        var now = time.GetTimestamp();
        if (_windowStart is not { } start || time.GetElapsedTime(start, now) > window) (_windowStart, MaxNrOfRetriesCount) = (now, 0);
        return ++MaxNrOfRetriesCount <= limit;
    }
}
