using ActorRuntime.Pattern;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Tests.Pattern;

[Trait("Requirement", "AR-1")]
public sealed class CircuitBreakerCoreTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly CircuitBreakerCore _core = new(new(2, Second, 10 * Second, 35 * Second, 2, 0), new Prng(1));
    private TimeSpan _now;

    [Fact]
    public void Failures_in_a_row_open_it_and_a_success_between_starts_the_count_anew()
    {
        Fail();
        Succeed();
        Fail();
        Assert.Equal((CircuitState.Closed, 1), (_core.State, _core.FailureCount));
        Fail();
        Assert.Equal(CircuitState.Open, _core.State);
    }

    [Fact]
    public void While_open_calls_are_refused_until_the_reset_time_has_passed()
    {
        Open();
        _now += 4 * Second;
        Assert.Null(_core.TryEnter(_now));
        Assert.Equal(6 * Second, _core.Remaining(_now));
        _now += 6 * Second;
        Assert.NotNull(_core.TryEnter(_now));
        Assert.Equal(CircuitState.HalfOpen, _core.State);
    }

    [Fact]
    public void Half_open_lets_one_call_through_whose_success_closes()
    {
        Open();
        _now += 10 * Second;
        var trial = _core.TryEnter(_now);
        Assert.Null(_core.TryEnter(_now));
        _core.OnSuccess(trial);
        Assert.Equal((CircuitState.Closed, 0), (_core.State, _core.FailureCount));
        Assert.NotNull(_core.TryEnter(_now));
    }

    [Fact]
    public void Each_failed_trial_keeps_it_open_longer_up_to_the_limit_and_closing_forgets_that()
    {
        Open();
        foreach (var seconds in (int[])[20, 35, 35])
        {
            _now = _core.Deadline!.Value;
            Fail();
            Assert.Equal(_now + (seconds * Second), _core.Deadline);
        }

        _now = _core.Deadline!.Value;
        Succeed();
        Open();
        Assert.Equal(_now + (10 * Second), _core.Deadline);
    }

    [Fact]
    public void A_straggler_of_an_earlier_state_decides_nothing()
    {
        var early = _core.TryEnter(_now);
        var late = _core.TryEnter(_now);
        Open();
        _core.OnSuccess(early);
        Assert.Equal(CircuitState.Open, _core.State);
        _now += 10 * Second;
        var trial = _core.TryEnter(_now);
        _core.OnFailure(late, _now);
        _core.OnSuccess(early);
        Assert.Equal(CircuitState.HalfOpen, _core.State);
        _core.OnSuccess(trial);
        _core.OnFailure(late, _now);
        Assert.Equal((CircuitState.Closed, 0), (_core.State, _core.FailureCount));
    }

    [Fact]
    public void Outcomes_reported_of_calls_made_elsewhere_count_except_while_it_is_open()
    {
        Open();
        _core.OnSuccess(null);
        _core.OnFailure(null, _now + Second);
        Assert.Equal((CircuitState.Open, 10 * Second), (_core.State, _core.Remaining(_now)));
        _now += 10 * Second;
        _core.OnTime(_now);
        _core.OnSuccess(null);
        Assert.Equal(CircuitState.Closed, _core.State);
    }

    [Fact]
    public void A_trial_that_was_given_up_leaves_room_for_the_next()
    {
        Open();
        _now += 10 * Second;
        _core.OnAbandoned(_core.TryEnter(_now)!.Value);
        Assert.Equal(CircuitState.HalfOpen, _core.State);
        Assert.NotNull(_core.TryEnter(_now));
    }

    [Fact]
    public void Chance_adds_at_most_its_share()
    {
        var waits = Enumerable.Range(0, 100).Select(seed =>
        {
            var core = new CircuitBreakerCore(new(1, Second, 10 * Second, 10 * Second, 1, 0.5), new Prng((ulong)seed));
            core.OnFailure(null, TimeSpan.Zero);
            return core.Deadline!.Value;
        }).ToArray();
        Assert.All(waits, wait => Assert.InRange(wait, 10 * Second, 15 * Second));
        Assert.True(waits.Distinct().Count() > 90);
    }

    private void Fail() => _core.OnFailure(_core.TryEnter(_now), _now);

    private void Succeed() => _core.OnSuccess(_core.TryEnter(_now));

    private void Open()
    {
        Fail();
        Fail();
    }
}
