using ActorRuntime.Actor;
using ActorRuntime.Pattern;
using Xunit;

namespace ActorRuntime.Tests.Pattern;

[Trait("Requirement", "AR-1")]
public sealed class CircuitBreakerTests : ActorTest
{
    private readonly CircuitBreaker _breaker;
    private readonly List<string> _log = [];

    public CircuitBreakerTests()
    {
        _breaker = new CircuitBreaker(System.Scheduler, 2, Ms(100), Ms(1000))
            .OnOpen(() => _log.Add("open")).OnHalfOpen(() => _log.Add("half-open")).OnClose(() => _log.Add("closed"));
    }

    [Fact]
    public void A_call_that_works_hands_its_result_back()
    {
        Assert.Equal(7, Result(_breaker.WithCircuitBreaker(() => Task.FromResult(7))));
        Assert.Equal(8, _breaker.WithSyncCircuitBreaker(() => 8));
        Assert.True(_breaker.IsClosed);
    }

    [Fact]
    public void Exceptions_reach_the_caller_and_open_it_at_the_limit_whatever_kind_of_call_it_was()
    {
        Assert.Throws<InvalidDataException>(() => _breaker.WithSyncCircuitBreaker(() => throw new InvalidDataException()));
        Assert.Equal(1, _breaker.CurrentFailureCount);
        Assert.Throws<InvalidDataException>(() => Result(_breaker.WithCircuitBreaker<int>(() => throw new InvalidDataException())));
        Assert.True(_breaker.IsOpen);
    }

    [Fact]
    public void While_open_calls_fail_at_once_and_are_not_made()
    {
        Open();
        Environment.Advance(Ms(400));
        var made = false;
        var sync = Assert.Throws<OpenCircuitException>(() => _breaker.WithSyncCircuitBreaker(() => made = true));
        var refused = Assert.Throws<OpenCircuitException>(() => Result(_breaker.WithCircuitBreaker(() => Task.FromResult(made = true))));
        Assert.Equal((Ms(600), Ms(600)), (sync.RemainingDuration, refused.RemainingDuration));
        Assert.False(made);
    }

    [Fact]
    public void After_the_reset_time_one_call_decides_and_the_others_are_refused_meanwhile()
    {
        Open();
        Environment.Advance(Ms(1000));
        Assert.True(_breaker.IsHalfOpen);
        var gate = new TaskCompletionSource<int>();
        var trial = _breaker.WithCircuitBreaker(() => gate.Task);
        Assert.Equal(TimeSpan.Zero, Assert.Throws<OpenCircuitException>(() => _breaker.WithSyncCircuitBreaker(() => 1)).RemainingDuration);
        OnSystem(() => gate.SetResult(3));
        Assert.Equal(3, Result(trial));
        Assert.True(_breaker.IsClosed);
        Run();
        Assert.Equal(["open", "half-open", "closed"], _log);
    }

    [Fact]
    public void A_failed_trial_opens_it_again()
    {
        Open();
        Environment.Advance(Ms(1000));
        _breaker.Fail();
        Run();
        Assert.True(_breaker.IsOpen);
        Assert.Equal(["open", "half-open", "open"], _log);
    }

    [Fact]
    public void A_call_that_takes_too_long_fails_for_its_caller_and_counts_once_however_it_ends()
    {
        var gate = new TaskCompletionSource<int>();
        var cancelled = false;
        var call = _breaker.WithCircuitBreaker(token =>
        {
            token.Register(() => cancelled = true);
            return gate.Task;
        });
        Environment.Advance(Ms(99));
        Assert.False(call.IsCompleted);
        Environment.Advance(Ms(1));
        Assert.Throws<TimeoutException>(() => Result(call));
        Assert.True(cancelled);
        OnSystem(() => gate.SetException(new InvalidDataException()));
        Assert.Equal(1, _breaker.CurrentFailureCount);
    }

    [Fact]
    public void A_call_on_this_thread_that_takes_too_long_counts_as_a_failure_but_hands_its_result_back()
    {
        var result = _breaker.WithSyncCircuitBreaker(() =>
        {
            Environment.Advance(Ms(101));
            return 5;
        });
        Assert.Equal((5, 1), (result, _breaker.CurrentFailureCount));
    }

    [Fact]
    public void A_call_its_caller_gives_up_counts_for_nothing()
    {
        using var source = new CancellationTokenSource();
        var call = _breaker.WithCircuitBreaker(_ => new TaskCompletionSource<int>().Task, source.Token);
        OnSystem(source.Cancel);
        Assert.ThrowsAny<OperationCanceledException>(() => Result(call));
        Assert.Equal(0, _breaker.CurrentFailureCount);
    }

    [Fact]
    public void No_timer_is_left_of_calls_that_have_ended()
    {
        var scheduler = (HeapScheduler)System.Scheduler;
        var before = scheduler.Count;
        for (var i = 0; i < 10; i++) Result(_breaker.WithCircuitBreaker(() => Task.FromResult(i)));
        Assert.Equal(before, scheduler.Count);
        Assert.True(_breaker.IsClosed);
    }

    [Theory]
    [InlineData(0, 1, 1, 1, 1, 0)]
    [InlineData(1, 0, 1, 1, 1, 0)]
    [InlineData(1, 1, 0, 1, 1, 0)]
    [InlineData(1, 1, 2, 1, 1, 0)]
    [InlineData(1, 1, 1, 1, 0.5, 0)]
    [InlineData(1, 1, 1, 1, 1, 1.5)]
    [InlineData(1, 1, 1, 1, double.NaN, 0)]
    public void Settings_out_of_range_are_refused(int failures, int call, int reset, int max, double factor, double random) =>
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => new CircuitBreaker(System.Scheduler, failures, Ms(call), Ms(reset), Ms(max), factor, random));

    private void Open()
    {
        _breaker.Fail();
        _breaker.Fail();
        Assert.True(_breaker.IsOpen);
        Run();
    }
}
