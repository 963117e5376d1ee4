using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: derived times keep the requirement, or say that they cannot (CL-3, CL-4).</summary>
public sealed class SignalTimingPlanTests
{
    private static readonly SignalTiming Assumptions = new SignalOptions().Timing;

    [Theory]
    [InlineData(1000, 0.1, 1, 0.001)]
    [InlineData(600, 0.01, 0.2, 0.01)]
    [InlineData(10_000, 0.001, 30, 0.05)]
    [InlineData(200, 1, 0.1, 0)]
    [Trait("Requirement", "CL-3")]
    [Trait("Requirement", "CL-4")]
    public void Derived_times_are_safe_and_within_the_requirement(int withinMs, double falseAlarms, double jitterMs, double loss)
    {
        var requirement = new SignalRequirement(TimeSpan.FromMilliseconds(withinMs), falseAlarms);
        var derived = SignalTimingPlan.Derive(requirement, new SignalQuality(TimeSpan.FromMilliseconds(jitterMs), loss), Assumptions);
        var setting = Assert.IsType<DerivedTiming.Meets>(derived).Timing;
        Assert.Null(setting.Refusal());
        var timing = Assumptions.With(setting);
        Assert.Equal(setting.Lease, timing.Lease);
        Assert.True(timing.IsSafe && timing.LossAfter <= requirement.DetectWithin && timing.Lease >= 3 * timing.Interval);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    [Trait("Requirement", "CL-3")]
    public void Derived_times_keep_the_false_alarms_in_a_trial(int roundTripMs)
    {
        // Frequent alarms allowed, so that a trial can count them: 2,000 a day on a path that loses every fifth signal.
        var requirement = new SignalRequirement(TimeSpan.FromSeconds(3), 2000);
        var quality = new SignalQuality(TimeSpan.FromMilliseconds(5), 0.2, TimeSpan.FromMilliseconds(roundTripMs));
        var timing = Assert.IsType<DerivedTiming.Meets>(SignalTimingPlan.Derive(requirement, quality, Assumptions)).Timing;
        var random = new Prng(3);
        var (alarms, lastRoundTrip, interval) = (0, 0L, timing.Interval.Ticks);
        var end = TimeSpan.FromDays(20).Ticks;
        var isMuted = false;
        for (var now = 0L; now < end; now += interval)
        {
            if (now - lastRoundTrip - interval > (timing.Lease - quality.RoundTrip).Ticks && !isMuted) (alarms, isMuted) = (alarms + 1, true);
            if (!random.Chance(20) && !random.Chance(20)) (lastRoundTrip, isMuted) = (now, false);
        }
        Assert.True(alarms / 20.0 <= requirement.FalseAlarmsPerDay, $"{alarms / 20.0} false alarms a day");
    }

    [Fact]
    public void A_requirement_beyond_the_network_is_refused_with_what_can_be_had()
    {
        var requirement = new SignalRequirement(TimeSpan.FromMilliseconds(100), 0.0001);
        var quality = new SignalQuality(TimeSpan.FromMilliseconds(20), 0.3);
        var refused = Assert.IsType<DerivedTiming.CannotMeet>(SignalTimingPlan.Derive(requirement, quality, Assumptions));
        Assert.True(refused.DetectWithin > requirement.DetectWithin);
        Assert.IsType<DerivedTiming.Meets>(
            SignalTimingPlan.Derive(requirement with { DetectWithin = refused.DetectWithin!.Value }, quality, Assumptions));
    }

    [Fact]
    [Trait("Requirement", "CL-3")]
    public void Only_the_orchestrator_puts_other_times_in_force_and_only_those_that_keep_the_requirement()
    {
        var (self, other) = (SignalViews.Key("a"), SignalViews.Key("b"));
        var view = SignalViews.Of(4, (self, 1), (other, 2)) with { Orchestrator = new(3, self) };
        var quality = new SignalQuality(TimeSpan.FromMilliseconds(1), 0.01);
        var derived = new SignalTimingDerived(quality, SignalTimingPlan.Derive(new(TimeSpan.FromSeconds(1), 0.1), quality, Assumptions));
        var change = Assert.IsType<ControlChange.SignalTimingChanged>(Assert.Single(SignalTimingDecider.Decide(view, self, derived)!.Changes));
        Assert.Null(SignalTimingDecider.Decide(view, other, derived));
        Assert.Null(SignalTimingDecider.Decide(view, self, derived with { Derived = new DerivedTiming.CannotMeet(null, null) }));
        Assert.Null(SignalTimingDecider.Decide(
            view with { Timing = new SignalTimingSetting(change.Interval, change.Lease, change.LossAfter) }, self, derived));
    }

    [Fact]
    public void More_jitter_never_gives_a_longer_interval()
    {
        var before = TimeSpan.MaxValue;
        for (var jitterMs = 0; jitterMs < 40; jitterMs++)
        {
            var derived = SignalTimingPlan.Derive(
                new SignalRequirement(TimeSpan.FromSeconds(1), 0.1), new SignalQuality(TimeSpan.FromMilliseconds(jitterMs), 0.01), Assumptions);
            if (derived is not DerivedTiming.Meets { Timing: var timing }) return;
            Assert.True(timing.Interval <= before);
            before = timing.Interval;
        }
    }
}
