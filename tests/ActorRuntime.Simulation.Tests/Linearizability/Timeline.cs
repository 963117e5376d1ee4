using ActorRuntime.Simulation.Linearizability;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Tests.Linearizability;

/// <summary>A history written by hand, one event after another, each a millisecond after the one before.</summary>
internal sealed class Timeline<TOperation, TResult>
{
    private MonotonicTime _now;

    public History<TOperation, TResult> History { get; } = new();

    public int Invoke(int client, TOperation operation, string key = "a") => History.Invoke(client, key, operation, Next());

    public void Complete(int call, TResult result) => History.Complete(call, result, Next());

    public void Fail(int call) => History.Fail(call, Next());

    public void GiveUp(int call) => History.GiveUp(call, Next());

    /// <summary>A call during which nothing else happens.</summary>
    public int Do(int client, TOperation operation, TResult result, string key = "a")
    {
        var call = Invoke(client, operation, key);
        Complete(call, result);
        return call;
    }

    private MonotonicTime Next() => _now += TimeSpan.FromMilliseconds(1);
}
