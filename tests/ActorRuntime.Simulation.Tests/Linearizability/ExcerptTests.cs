using ActorRuntime.Simulation.Linearizability;
using static ActorRuntime.Simulation.Linearizability.RegisterOperation;

namespace ActorRuntime.Simulation.Tests.Linearizability;

/// <summary>What a reader gets to see of a violation.</summary>
public sealed class ExcerptTests
{
    private readonly Timeline<RegisterOperation, RegisterResult> _register = new();

    [Fact]
    public void Violation_names_the_call_that_does_not_fit_what_would_and_an_order_of_those_before()
    {
        _register.Do(1, Write(1), RegisterResult.Done);
        var failed = _register.Invoke(1, Write(9));
        var two = _register.Invoke(2, Write(2));
        _register.GiveUp(_register.Invoke(3, Write(3)));
        _register.Fail(failed);
        _register.Do(4, Read, RegisterResult.Of(2));
        var stale = _register.Do(4, Read, RegisterResult.Of(1));
        _register.Complete(two, RegisterResult.Done);
        _register.Do(1, Write(4), RegisterResult.Done);

        var violation = LinearizabilityCheck.Run(_register.History, new RegisterModel()).Violation!;

        Assert.Equal(stale, violation.Call.Number);
        Assert.Equal([0, two, 4], violation.Order.Select(c => c.Number));
        Assert.Equal(
            """
            not linearizable: key "a", no order explains #5 client 4: read() = 1
            it would answer: 2 in state 2, 3 in state 3
            an order of what ended before: #0 write(1), #2 write(2), #4 read()
              #0 client 1: write(1) = done  []          0.001000 s to 0.002000 s
              #2 client 2: write(2) = done    [-----]   0.004000 s to 0.012000 s
              #3 client 3: write(3) = ?        [-----?  0.005000 s to 0.006000 s
              #4 client 4: read() = 2           []      0.008000 s to 0.009000 s
            > #5 client 4: read() = 1             []    0.010000 s to 0.011000 s

            """, violation.Text, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Excerpt_stays_small_in_a_long_history()
    {
        for (var i = 1; i <= 100; i++) _register.Do(1, Write(i), RegisterResult.Done);
        for (var i = 101; i <= 120; i++) _register.Invoke(2, Write(i));
        _register.Do(3, Read, RegisterResult.Of(50));

        var violation = LinearizabilityCheck.Run(_register.History, new RegisterModel()).Violation!;

        Assert.Equal(100, violation.Order.Count);
        Assert.Equal(3 + 12, violation.Text.Count(c => c == '\n'));
        Assert.Contains("100 in state 100, 101 in state 101, 102 in state 102, 103 in state 103, 104 in state 104, and in 16 other states",
            violation.Text, StringComparison.Ordinal);
        Assert.Contains("95 calls, then #95 write(96)", violation.Text, StringComparison.Ordinal);
        Assert.Contains("> #120 client 3: read() = 50", violation.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void First_call_of_all_has_no_order_before_it()
    {
        _register.Do(1, Read, RegisterResult.Of(1));
        var violation = LinearizabilityCheck.Run(_register.History, new RegisterModel()).Violation!;
        Assert.Empty(violation.Order);
        Assert.Contains("an order of what ended before: none\n", violation.Text, StringComparison.Ordinal);
    }
}
