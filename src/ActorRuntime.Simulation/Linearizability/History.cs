using System.Runtime.InteropServices;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Linearizability;

/// <summary>What clients asked of objects and what they were told, in the order in which it happened.</summary>
/// <remarks>
/// Append-only: a call is recorded when it is invoked and once more when it ends, at the cost of an element of an array. The order of
/// recording is the real-time order that <see cref="LinearizabilityCheck"/> holds the object to: record an invocation before the request
/// leaves and an end after the answer is there. Times are for the reader, and may only stand still or grow. Not thread-safe: clients on
/// several threads share a lock, and read the clock inside it. Histories of several processes are merged by time before they are recorded;
/// of equal times, and of those closer than the clocks agree, invocations go first: that makes calls concurrent and accuses nobody falsely.
/// </remarks>
/// <typeparam name="TOperation">What is asked, such as <see cref="RegisterOperation"/>. A value or an immutable record.</typeparam>
/// <typeparam name="TResult">What is answered. Compared by its equality.</typeparam>
public sealed class History<TOperation, TResult>
{
    /// <summary>Calls that one history holds at most.</summary>
    public const int CallsMax = 1 << 22;

    private readonly List<Call<TOperation, TResult>> _calls = [];
    private MonotonicTime _last = new(long.MinValue);
    private int _events;

    /// <summary>The calls so far, by number; later recording shows in it.</summary>
    public IReadOnlyList<Call<TOperation, TResult>> Calls => _calls;

    /// <summary>Records that <paramref name="client"/> asks. Until its end is recorded, its outcome counts as unknown.</summary>
    /// <param name="client">Who asks; a name for the reader only. A client may have several calls under way.</param>
    /// <param name="key">Which object is asked; objects are independent of each other.</param>
    /// <param name="operation">What is asked.</param>
    /// <param name="now">When; not before anything recorded earlier.</param>
    /// <returns>The number of the call, from 0.</returns>
    /// <exception cref="InvalidOperationException">The history is full.</exception>
    public int Invoke(int client, string key, TOperation operation, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_calls.Count == CallsMax) throw new InvalidOperationException($"a history holds {CallsMax} calls at most: check it in parts");

        _calls.Add(new Call<TOperation, TResult>(_calls.Count, client, key, operation) { Invoked = Stamp(now), InvokedAt = now });
        return _calls.Count - 1;
    }

    /// <summary>Records the answer to a call: it took effect once, between its invocation and now.</summary>
    /// <exception cref="InvalidOperationException">The end of this call is recorded already.</exception>
    public void Complete(int call, TResult result, MonotonicTime now) => End(call, CallOutcome.Completed, result, now);

    /// <summary>Records that a call is known to have had no effect, and never will: it was refused, or never left.</summary>
    /// <exception cref="InvalidOperationException">The end of this call is recorded already.</exception>
    public void Fail(int call, MonotonicTime now) => End(call, CallOutcome.Failed, default, now);

    /// <summary>Records that the client waits no longer: the call may take effect once, at any time after its invocation, or never.</summary>
    /// <exception cref="InvalidOperationException">The end of this call is recorded already.</exception>
    public void GiveUp(int call, MonotonicTime now) => End(call, CallOutcome.Unknown, default, now);

    private void End(int call, CallOutcome outcome, TResult? result, MonotonicTime now)
    {
        ref var ended = ref CollectionsMarshal.AsSpan(_calls)[call];
        if (ended.EndedAt is not null) throw new InvalidOperationException($"call {call} has ended: {ended}");

        ended = ended with { Ended = Stamp(now), EndedAt = now, Outcome = outcome, Result = result };
    }

    private int Stamp(MonotonicTime now)
    {
        if (now < _last) throw new ArgumentOutOfRangeException(nameof(now), $"{now} is before {_last}, the time recorded last");
        _last = now;
        return _events++;
    }
}
