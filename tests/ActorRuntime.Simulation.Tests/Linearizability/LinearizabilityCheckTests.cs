using ActorRuntime.Simulation.Linearizability;
using static ActorRuntime.Simulation.Linearizability.LinearizabilityVerdict;
using static ActorRuntime.Simulation.Linearizability.RegisterOperation;

namespace ActorRuntime.Simulation.Tests.Linearizability;

/// <summary>The classical violations, one by one, each beside the nearest history that is none.</summary>
public sealed class LinearizabilityCheckTests
{
    private static readonly RegisterResult Done = RegisterResult.Done;
    private static readonly RegisterResult Refused = RegisterResult.Refused;

    private readonly Timeline<RegisterOperation, RegisterResult> _register = new();
    private readonly Timeline<CounterOperation, long?> _counter = new();

    private LinearizabilityReport<RegisterOperation, RegisterResult> Register => LinearizabilityCheck.Run(_register.History, new RegisterModel());

    private LinearizabilityReport<CounterOperation, long?> Counter => LinearizabilityCheck.Run(_counter.History, new CounterModel());

    [Fact]
    public void Nothing_asked_is_linearizable()
    {
        Assert.Equal(Linearizable, Register.Verdict);
        Assert.Equal("linearizable: 0 calls on 0 keys, 0 states", Register.ToString());
    }

    [Theory]
    [InlineData(0, NotLinearizable)]
    [InlineData(1, Linearizable)]
    [InlineData(2, NotLinearizable)]
    public void Read_after_a_write_sees_it_and_nothing_else(long read, LinearizabilityVerdict expected)
    {
        _register.Do(1, Write(1), Done);
        _register.Do(2, Read, RegisterResult.Of(read)); // 0 is stale, 2 was never written.
        Assert.Equal(expected, Register.Verdict);
    }

    [Theory]
    [InlineData(0, 0, Linearizable)]
    [InlineData(0, 1, Linearizable)]
    [InlineData(1, 1, Linearizable)]
    [InlineData(1, 0, NotLinearizable)]
    public void During_a_write_reads_see_the_old_value_before_the_new_one(long first, long second, LinearizabilityVerdict expected)
    {
        var write = _register.Invoke(1, Write(1));
        _register.Do(2, Read, RegisterResult.Of(first));
        _register.Do(3, Read, RegisterResult.Of(second));
        _register.Complete(write, Done);
        Assert.Equal(expected, Register.Verdict);
    }

    [Fact]
    public void Two_clients_that_saw_two_writes_in_different_orders_are_a_violation()
    {
        var (one, two) = (_register.Invoke(1, Write(1)), _register.Invoke(2, Write(2)));
        _register.Do(3, Read, RegisterResult.Of(1));
        _register.Do(3, Read, RegisterResult.Of(2));
        _register.Complete(one, Done);
        Assert.Equal(Linearizable, Register.Verdict);

        _register.Do(4, Read, RegisterResult.Of(1));
        _register.Complete(two, Done);
        Assert.Equal(NotLinearizable, Register.Verdict);
    }

    [Fact]
    public void Second_compare_and_set_of_the_same_value_is_refused()
    {
        var (one, two) = (_register.Invoke(1, CompareAndSet(0, 1)), _register.Invoke(2, CompareAndSet(0, 2)));
        _register.Complete(one, Done);
        Assert.Equal(Linearizable, Register.Verdict);
        _register.Complete(two, Done); // Both read 0, one of the two is lost.
        Assert.Equal(NotLinearizable, Register.Verdict);
    }

    [Fact]
    public void Compare_and_set_is_refused_for_a_reason_only()
    {
        _register.Do(1, CompareAndSet(5, 6), Refused);
        Assert.Equal(Linearizable, Register.Verdict);
        _register.Do(1, CompareAndSet(0, 6), Refused);
        Assert.Equal(NotLinearizable, Register.Verdict);
    }

    [Theory]
    [InlineData(2, Linearizable)]
    [InlineData(1, NotLinearizable)] // One was lost.
    [InlineData(3, NotLinearizable)] // One was counted twice.
    public void Every_add_counts_once(long sum, LinearizabilityVerdict expected)
    {
        var (one, two) = (_counter.Invoke(1, CounterOperation.Add(1)), _counter.Invoke(2, CounterOperation.Add(1)));
        _counter.Complete(two, null);
        _counter.Complete(one, null);
        _counter.Do(3, CounterOperation.Read, sum);
        Assert.Equal(expected, Counter.Verdict);
    }

    [Fact]
    public void Sums_that_were_answered_twice_are_a_lost_update()
    {
        var (one, two) = (_counter.Invoke(1, CounterOperation.AddAndGet(1)), _counter.Invoke(2, CounterOperation.AddAndGet(1)));
        _counter.Complete(two, 1);
        Assert.Equal(Linearizable, Counter.Verdict);
        _counter.Complete(one, 1);
        Assert.Equal(NotLinearizable, Counter.Verdict);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unknown_outcome_may_show_at_any_later_time_or_never(bool isRecorded)
    {
        var write = _register.Invoke(1, Write(1));
        if (isRecorded) _register.GiveUp(write);
        _register.Do(2, Read, RegisterResult.Of(0));
        _register.Do(1, Write(2), Done);
        _register.Do(2, Read, RegisterResult.Of(2));
        Assert.Equal(Linearizable, Register.Verdict);

        _register.Do(2, Read, RegisterResult.Of(1));
        Assert.Equal(Linearizable, Register.Verdict);

        _register.Do(1, Write(3), Done);
        _register.Do(2, Read, RegisterResult.Of(1)); // But once.
        Assert.Equal(NotLinearizable, Register.Verdict);
    }

    [Fact]
    public void Unknown_outcome_does_not_show_before_its_invocation()
    {
        _register.Do(2, Read, RegisterResult.Of(1));
        _register.GiveUp(_register.Invoke(1, Write(1)));
        Assert.Equal(NotLinearizable, Register.Verdict);
    }

    [Fact]
    public void Failed_call_shows_nowhere()
    {
        var write = _register.Invoke(1, Write(1));
        var read = _register.Invoke(2, Read);
        _register.Fail(write);
        _register.Complete(read, RegisterResult.Of(1));
        Assert.Equal(NotLinearizable, Register.Verdict);
    }

    [Fact]
    public void Keys_are_objects_of_their_own()
    {
        _register.Do(1, Write(1), Done, "a");
        _register.Do(1, Read, RegisterResult.Of(0), "b");
        Assert.Equal(Linearizable, Register.Verdict);
    }

    [Fact]
    public void Registers_start_at_the_value_given()
    {
        _register.Do(1, Read, RegisterResult.Of(7));
        Assert.Equal(Linearizable, LinearizabilityCheck.Run(_register.History, new RegisterModel(7)).Verdict);
    }

    [Fact]
    public void Of_several_violations_the_one_with_the_fewest_calls_before_it_is_reported()
    {
        foreach (var (key, calls) in (IEnumerable<(string, int)>)[("long", 3), ("short", 1), ("middle", 2)])
        {
            for (var i = 1; i <= calls; i++) _register.Do(1, Write(i), Done, key);
            _register.Do(1, Read, RegisterResult.Of(-1), key);
        }
        Assert.Equal("short", Register.Violation!.Call.Key);
    }

    [Fact]
    public void Search_that_meets_its_limit_is_undecided_and_names_the_key_yet_violations_elsewhere_are_found()
    {
        for (var client = 0; client < 8; client++) _counter.Invoke(client, CounterOperation.Add(1 << client), "hard");
        _counter.Do(9, CounterOperation.Read, 255, "hard");
        var limits = new LinearizabilityLimits { StatesMax = 50 };
        var undecided = LinearizabilityCheck.Run(_counter.History, new CounterModel(), limits);
        Assert.Equal(Undecided, undecided.Verdict);
        Assert.Equal(["hard"], undecided.UndecidedKeys);
        Assert.Contains("1 of 1 keys", undecided.ToString(), StringComparison.Ordinal);
        Assert.InRange(undecided.StatesExplored, 51, 60);
        Assert.Equal(Linearizable, Counter.Verdict);

        _counter.Do(1, CounterOperation.Read, 1, "wrong");
        var report = LinearizabilityCheck.Run(_counter.History, new CounterModel(), limits);
        Assert.Equal(NotLinearizable, report.Verdict);
        Assert.Equal("wrong", report.Violation!.Call.Key);
        Assert.Equal(["hard"], report.UndecidedKeys);
    }

    [Fact]
    public void Limit_met_exactly_is_not_exceeded()
    {
        _register.Do(1, Write(1), Done);
        _register.Do(1, Read, RegisterResult.Of(1));
        Assert.Equal(2, Register.StatesExplored);
        Assert.Equal(Linearizable, LinearizabilityCheck.Run(_register.History, new RegisterModel(), new() { StatesMax = 2 }).Verdict);
        Assert.Equal(Undecided, LinearizabilityCheck.Run(_register.History, new RegisterModel(), new() { StatesMax = 1 }).Verdict);
    }
}
