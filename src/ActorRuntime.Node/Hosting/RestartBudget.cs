using ActorRuntime.Util;

namespace ActorRuntime.Node.Hosting;

/// <summary>Decides whether a node that was declared lost may begin another life inside its process.</summary>
/// <remarks>Without a bound a node that is lost again and again would fill the control log with joins. Pure: time is handed in.</remarks>
/// <param name="perMinute">New lives within any 60 s, at least 0.</param>
internal sealed class RestartBudget(int perMinute)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Queue<MonotonicTime> _taken = new();

    /// <summary>Takes one restart.</summary>
    /// <returns>False when the budget of the last 60 s is spent.</returns>
    public bool TryTake(MonotonicTime now)
    {
        while (_taken.TryPeek(out var oldest) && now - oldest >= Window) _taken.Dequeue();
        if (_taken.Count >= perMinute) return false;
        _taken.Enqueue(now);
        return true;
    }
}
