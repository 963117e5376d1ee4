using ActorRuntime.Configuration;
using ActorRuntime.Pattern;
using ActorRuntime.TestKit.Configs;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>How long waits are, and waits for conditions.</summary>
public sealed class TimingTests : KitTest
{
    private TimeSpan Uptime => Kit.Sys.Uptime;

    [Fact]
    public void Condition_is_waited_for_and_fails_with_its_message()
    {
        var isSet = false;
        Kit.Sys.Scheduler.Advanced.ScheduleOnce(Ms(700), () => isSet = true);
        Kit.AwaitCondition(() => isSet);
        Assert.Equal(Ms(700), Uptime);
        Failing.With(["the door: the condition did not hold within 0.4 s of virtual time"], () => Kit.AwaitCondition(() => false, Ms(400), "the door"));
        Assert.Equal(Ms(1100), Uptime);
    }

    [Fact]
    public async Task Async_condition_is_waited_for_and_fails()
    {
        var looks = 0;
        await Kit.AwaitConditionAsync(async () =>
        {
            await Task.CompletedTask;
            return ++looks == 3;
        });
        Assert.Equal(3, looks);
        Assert.Contains("did not hold within 0.1 s", await Failing.WithAsync(() => Kit.AwaitConditionAsync(() => Task.FromResult(false), Ms(100))), StringComparison.Ordinal);
        await Kit.AwaitConditionAsync(() => ++looks > 4);
    }

    [Fact]
    public async Task Assertion_is_repeated_until_it_holds_and_fails_with_what_it_said_last()
    {
        var tries = 0;
        Kit.AwaitAssert(() => Assert.True(Uptime >= Ms(300) || ++tries < 0));
        var cause = Assert.Throws<ExpectationException>(() => Kit.AwaitAssert(() => Assert.Equal("this", "that"), Ms(100)));
        Assert.IsType<Xunit.Sdk.EqualException>(cause.InnerException);
        Assert.Contains("did not come to hold within 0.1 s of virtual time: Assert.Equal() Failure", cause.Message, StringComparison.Ordinal);

        var runs = 0;
        await Kit.AwaitAssertAsync(async () =>
        {
            await Task.CompletedTask;
            Assert.Equal(3, ++runs);
        });
        cause = await Assert.ThrowsAsync<ExpectationException>(() => Kit.AwaitAssertAsync(() => Task.FromException(new InvalidDataException("bad")), Ms(100)));
        Assert.IsType<InvalidDataException>(cause.InnerException);
    }

    [Fact]
    public void Expectations_in_a_block_share_its_time()
    {
        Kit.Within(Ms(1000), () =>
        {
            Assert.Equal(Ms(1000), Kit.Remaining);
            GetLater(Ms(600), "a");
            Kit.ExpectMsg("a");
            Assert.Equal(Ms(400), Kit.RemainingOrDefault);
            Assert.Equal(Ms(400), Kit.RemainingOrDilated(Ms(4000)));
            Assert.Equal(Ms(100), Kit.RemainingOrDilated(Ms(100)));
            Kit.Within(Ms(5000), () => Assert.Equal(Ms(400), Kit.Remaining));
            Failing.With(["nothing came", "Within ends"], () => Kit.ExpectMsg("b"));
        });
        Assert.Equal(Kit.TestKitSettings.SingleExpectDefault, Kit.RemainingOrDefault);
        Assert.Throws<InvalidOperationException>(() => Kit.Remaining);
    }

    [Fact]
    public async Task Block_that_takes_too_long_or_not_long_enough_fails()
    {
        var scheduler = (TestScheduler)Kit.Sys.Scheduler;
        Failing.With(["Within: the block took 2 s, at most 1 s was expected"], () => Kit.Within(Ms(1000), () => scheduler.Advance(Ms(2000))));
        Failing.With(["hint: Within: the block took 0.1 s, at least 0.5 s was expected"], () => Kit.Within(Ms(500), Ms(1000), () => scheduler.Advance(Ms(100)), "hint"));
        Kit.Within(Ms(1000), () => scheduler.Advance(Ms(1050)), epsilonValue: Ms(100));
        Assert.Equal(7, Kit.Within(Ms(1000), () => 7));
        await Failing.WithAsync(() => Kit.WithinAsync(Ms(1000), () =>
        {
            scheduler.Advance(Ms(2000));
            return Task.CompletedTask;
        }));
        await Kit.WithinAsync(Ms(1000), async () => await Kit.ExpectNoMsgAsync(Ms(3000)));
        Failing.With(["at least 2 s is needed and only 1 s is left"], () => Kit.Within(Ms(1000), () => Kit.Within(Ms(2000), Ms(3000), () => { })));
    }

    [Fact]
    public void Failure_inside_a_block_comes_out_as_it_is()
    {
        Assert.Throws<InvalidDataException>(() => Kit.Within(Ms(1000), () => throw new InvalidDataException()));
        Assert.Throws<InvalidOperationException>(() => Kit.Remaining);
    }

    [Fact]
    public void Time_factor_stretches_every_wait()
    {
        using var kit = new PlainKit("actor-runtime.test { clock = auto, timefactor = 3, single-expect-default = 2s, filter-leeway = 1s }");
        Assert.Equal(Ms(300), kit.Dilated(Ms(100)));
        Assert.Equal(Ms(6000), kit.RemainingOrDefault);
        Failing.With(["within 6 s"], () => kit.ExpectMsg("a"));
        Failing.With(["within 0.3 s"], () => kit.ExpectMsg("a", Ms(100)));
        Failing.With(["within 0.3 s"], () => kit.AwaitCondition(() => false, Ms(100)));
        Failing.With(["within 3 s"], () => kit.EventFilter.Info().ExpectOne(() => { }));
        kit.Within(Ms(100), () => Assert.Equal(Ms(300), kit.Remaining));
        var start = kit.Sys.Uptime;
        kit.ExpectNoMsg(Ms(100));
        Assert.Equal(Ms(300), kit.Sys.Uptime - start);
    }

    [Fact]
    public void Task_is_waited_for_by_running_the_system()
    {
        var pending = new TaskCompletionSource<int>();
        Kit.Sys.Scheduler.Advanced.ScheduleOnce(Ms(50), () => pending.SetResult(5));
        Assert.Equal(5, Kit.Result(pending.Task));
        Failing.With(["the task does not complete"], () => Kit.Result(new TaskCompletionSource<int>().Task, Ms(10)));
        Assert.Throws<InvalidDataException>(() => Kit.Result(Task.FromException<int>(new InvalidDataException())));
    }

    [Fact]
    public void Latch_opens_after_its_count_and_fails_when_it_does_not()
    {
        var latch = Kit.CreateTestLatch(2);
        Kit.Sys.Scheduler.Advanced.ScheduleRepeatedly(Ms(100), Ms(100), latch.CountDown);
        latch.Ready();
        Assert.True(latch.IsOpen);
        latch.Reset();
        var cause = Assert.Throws<TimeoutException>(() => latch.Ready(Ms(150)));
        Assert.Contains("did not open within 0.15 s: 1 of 2 count-downs are missing", cause.Message, StringComparison.Ordinal);
        latch.Open();
        latch.Ready(TimeSpan.Zero);
    }
}

/// <summary>Latches on a circuit breaker.</summary>
public sealed class TestBreakerTests : KitTest
{
    [Fact]
    public void Each_change_of_state_sets_its_latch_once()
    {
        using var breaker = new TestBreaker(CircuitBreaker.Create(Kit.Sys.Scheduler, maxFailures: 1, Ms(100), resetTimeout: Ms(500)));
        Assert.False(breaker.OpenLatch.IsSet);
        for (var i = 0; i < 2; i++)
        {
            breaker.Instance.Fail();
            Kit.AwaitCondition(() => breaker.OpenLatch.IsSet && breaker.Instance.IsOpen);
            Kit.AwaitCondition(() => breaker.HalfOpenLatch.IsSet && breaker.Instance.IsHalfOpen);
        }

        Assert.False(breaker.ClosedLatch.IsSet);
        breaker.Instance.Succeed();
        Kit.AwaitCondition(() => breaker.ClosedLatch.IsSet && breaker.Instance.IsClosed);
    }
}

/// <summary>The settings of the kit.</summary>
[Trait("Requirement", "AR-6")]
public sealed class TestKitSettingsTests
{
    [Fact]
    public void Reference_file_states_the_defaults_and_every_key()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "ActorRuntime.sln"))) directory = directory.Parent!;
        var config = ConfigurationFactory.ParseFile(Path.Combine(directory.FullName, "hocon", "testkit.conf"));
        Assert.Equal(new TestKitSettings(), TestKitSettings.FromConfig(config).Validated());
        Assert.Equal(typeof(TestKitSettings).GetProperties().Length, config.GetConfig("actor-runtime.test").AsEnumerable().Count(item => item.Value is not HoconValue.Object));
        Assert.Equal(TestConfigs.DefaultConfig.GetString(CallingThreadDispatcher.Id + ".type"), config.GetString(CallingThreadDispatcher.Id + ".type"));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var settings = TestKitSettings.FromConfig(ConfigurationFactory.ParseString(
            """
            actor-runtime.test {
              timefactor = 2, default-timeout = 1s, single-expect-default = 2s, expect-no-message-default = 3s, filter-leeway = 4s
              clock = manual, failure-messages = 5, log-level = warning
            }
            """)).Validated();
        Assert.Equal(
            new TestKitSettings
            {
                TestTimeFactor = 2,
                DefaultTimeout = TimeSpan.FromSeconds(1),
                SingleExpectDefault = TimeSpan.FromSeconds(2),
                ExpectNoMessageDefault = TimeSpan.FromSeconds(3),
                TestEventFilterLeeway = TimeSpan.FromSeconds(4),
                Clock = TestClock.Manual,
                FailureMessages = 5,
                LogLevel = LogLevel.Warning,
            },
            settings);
    }

    [Fact]
    public void Every_breach_is_reported_at_once()
    {
        var broken = new TestKitSettings
        {
            TestTimeFactor = 0, DefaultTimeout = TimeSpan.Zero, SingleExpectDefault = TimeSpan.Zero, ExpectNoMessageDefault = TimeSpan.Zero,
            TestEventFilterLeeway = TimeSpan.FromDays(1), FailureMessages = -1,
        };
        Assert.Equal(6, Assert.Throws<OptionsException>(broken.Validated).Errors.Count);
    }
}
