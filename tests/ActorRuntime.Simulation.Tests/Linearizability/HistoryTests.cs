using ActorRuntime.Simulation.Linearizability;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Tests.Linearizability;

public sealed class HistoryTests
{
    private readonly History<CounterOperation, long?> _history = new();

    [Fact]
    public void Calls_are_numbered_and_keep_what_was_recorded()
    {
        var add = _history.Invoke(3, "a", CounterOperation.AddAndGet(2), new MonotonicTime(10));
        var read = _history.Invoke(4, "b", CounterOperation.Read, new MonotonicTime(10));
        _history.Complete(add, 2, new MonotonicTime(30));

        Assert.Equal((0, 1), (add, read));
        Assert.Equal(["#0 client 3: add-and-get(2) = 2", "#1 client 4: read() = ?"], _history.Calls.Select(c => c.ToString()));
        Assert.Equal((new MonotonicTime(10), new MonotonicTime(30)), (_history.Calls[0].InvokedAt, _history.Calls[0].EndedAt!.Value));
        Assert.Null(_history.Calls[1].EndedAt);
        Assert.Equal(CallOutcome.Unknown, _history.Calls[1].Outcome);
        _history.Fail(read, new MonotonicTime(31));
        Assert.Equal("#1 client 4: read() failed", _history.Calls[1].ToString());
    }

    [Fact]
    public void Call_ends_once()
    {
        var call = _history.Invoke(1, "a", CounterOperation.Read, default);
        _history.GiveUp(call, default);
        Assert.Throws<InvalidOperationException>(() => _history.Complete(call, 0, default));
        Assert.Equal(CallOutcome.Unknown, _history.Calls[call].Outcome);
    }

    [Fact]
    public void Time_does_not_run_backwards()
    {
        var call = _history.Invoke(1, "a", CounterOperation.Read, new MonotonicTime(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => _history.Complete(call, 0, new MonotonicTime(4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _history.Invoke(1, "a", CounterOperation.Read, new MonotonicTime(4)));
        Assert.Single(_history.Calls);
    }

    [Fact]
    public void Of_equal_times_the_order_of_recording_decides()
    {
        _history.Complete(_history.Invoke(1, "a", CounterOperation.Add(1), default), null, default);
        _history.Complete(_history.Invoke(2, "a", CounterOperation.Read, default), 0, default);
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, LinearizabilityCheck.Run(_history, new CounterModel()).Verdict);
    }
}
