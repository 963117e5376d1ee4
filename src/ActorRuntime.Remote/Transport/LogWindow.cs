using ActorRuntime.Util;

namespace ActorRuntime.Remote.Transport;

/// <summary>Lets one log line pass per window and says how many it held back. Any thread.</summary>
/// <param name="window">Length of a window.</param>
/// <param name="environment">Source of the time.</param>
internal sealed class LogWindow(TimeSpan window, RuntimeEnvironment environment)
{
    private readonly Lock _gate = new();
    private MonotonicTime? _last;
    private long _heldBack;

    /// <summary>True when the line should be written.</summary>
    /// <param name="heldBack">Lines held back since the last one.</param>
    public bool TryOpen(out long heldBack)
    {
        lock (_gate)
        {
            var now = environment.Now;
            heldBack = _heldBack;
            if (_last is { } last && now - last < window)
            {
                _heldBack++;
                return false;
            }
            (_last, _heldBack) = (now, 0);
            return true;
        }
    }
}
