using ActorRuntime.Cluster.Signal;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

[Trait("Requirement", "CL-4")]
[Trait("Requirement", "CL-9")]
public sealed class FailureDetectorTests
{
    private static readonly SignalTiming Timing = new SignalOptions().Timing;
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(500);
    private readonly FailureDetector _detector = new(At(0));

    [Fact]
    public void Silence_is_suspected_probed_and_supported_in_this_order()
    {
        var steps = RunTo(599);
        Assert.Equal(DetectorStep.Suspect, steps[0].Step);
        Assert.Equal(300, steps[0].Ms);
        Assert.Equal(10, steps.Count(s => s.Step == DetectorStep.Probe));
        Assert.DoesNotContain(steps, s => s.Step == DetectorStep.Support);
        Assert.Equal([(600, DetectorStep.Support)], RunTo(601, 600));
        Assert.Empty(RunTo(5000, 602));
    }

    [Fact]
    public void A_new_observer_supports_nothing_before_a_full_loss_after() => Assert.DoesNotContain(RunTo(599), s => s.Step == DetectorStep.Support);

    [Fact]
    public void A_longer_lease_asked_for_is_waited_out()
    {
        _detector.OnHeard(TimeSpan.FromSeconds(2), false, Timing, At(0));
        Assert.DoesNotContain(RunTo(2053), s => s.Step == DetectorStep.Support);
        Assert.Equal((2054, DetectorStep.Support), Assert.Single(RunTo(2060, 2054)));
    }

    [Fact]
    public void A_signal_restores_quietly()
    {
        RunTo(400);
        Assert.Equal(DetectorStep.Restore, _detector.OnHeard(Lease, false, Timing, At(401)));
        Assert.Equal(401, _detector.LastSilence.TotalMilliseconds);
        Assert.Equal(300, RunTo(1100, 402)[0].Ms - 401);
    }

    [Fact]
    public void A_vote_ends_with_whatever_is_heard()
    {
        RunTo(700);
        Assert.True(_detector.SupportsLoss);
        Assert.Equal(DetectorStep.Restore, _detector.OnHeard(Lease, isProbeReply: true, Timing, At(701)));
        Assert.False(_detector.SupportsLoss);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void More_than_a_quarter_of_the_probes_must_be_answered_to_restore(int replies, bool isRestored)
    {
        RunTo(560);
        for (var i = 0; i < replies; i++) _detector.OnHeard(Lease, isProbeReply: true, Timing, At(561));
        Assert.Equal(isRestored, !_detector.IsSuspected);
        Assert.DoesNotContain(RunTo(1100, 562), s => s.Step == DetectorStep.Support); // Heard at 561: not silent before 1161 in any case.
        Assert.Contains(RunTo(1600, 1100), s => s.Step == DetectorStep.Support);
    }

    [Fact]
    public void A_pause_of_the_observer_restarts_its_observation()
    {
        RunTo(700);
        Assert.Equal(DetectorStep.Restore, _detector.RestartObservation(At(5000)));
        Assert.DoesNotContain(RunTo(5599, 5000), s => s.Step == DetectorStep.Support);
        Assert.Contains(RunTo(5600, 5600), s => s.Step == DetectorStep.Support);
    }

    [Fact]
    public void A_refused_port_supports_after_two_missed_signals_but_is_no_silence_yet()
    {
        _detector.OnHeard(Lease, false, Timing, At(100));
        _detector.OnRefused();
        Assert.DoesNotContain(RunTo(299, 101), s => s.Step == DetectorStep.Support);
        Assert.Contains(RunTo(300, 300), s => s.Step == DetectorStep.Support);
        Assert.Equal(At(700), _detector.SilentAt(Timing));
    }

    [Fact]
    public void A_shorter_lease_asked_for_later_does_not_shorten_the_wait_for_the_longer_one()
    {
        _detector.OnHeard(TimeSpan.FromSeconds(2), false, Timing, At(0));
        _detector.OnHeard(Lease, false, Timing, At(100));
        Assert.Equal(At(0) + Timing.SilenceFor(TimeSpan.FromSeconds(2)), _detector.SilentAt(Timing));
    }

    [Fact]
    public void Probes_are_spread_over_four_fifths_of_the_time_to_support()
    {
        Assert.Equal(Enumerable.Range(0, 10).Select(i => 300 + (24 * i)), RunTo(599).Where(s => s.Step == DetectorStep.Probe).Select(s => s.Ms));
        Assert.Equal(10, _detector.ProbesSent);
    }

    [Fact]
    public void Probes_are_never_less_than_a_millisecond_apart()
    {
        var many = Timing with { Probes = 1_000 };
        while (_detector.OnTime(many, At(300)) != DetectorStep.None) { }
        Assert.Equal(At(301), _detector.Deadline(many));
    }

    [Fact]
    public void Deadline_is_when_there_is_something_to_do()
    {
        Assert.Equal(At(300), _detector.Deadline(Timing));
        RunTo(300);
        Assert.Equal(At(324), _detector.Deadline(Timing));
        RunTo(559, 301);
        Assert.Equal(At(600), _detector.Deadline(Timing));
        for (var i = 0; i < 2; i++) _detector.OnHeard(Lease, isProbeReply: true, Timing, At(560));
        Assert.Equal(At(1160), _detector.Deadline(Timing));
        RunTo(1160, 1160);
        Assert.Equal(new MonotonicTime(long.MaxValue), _detector.Deadline(Timing));
    }

    [Fact]
    public void A_refusal_counts_until_the_peer_is_heard_or_the_observation_starts_anew()
    {
        _detector.OnRefused();
        Assert.Equal(At(0) + 2 * Timing.Interval, _detector.Deadline(Timing));
        _detector.OnHeard(Lease, false, Timing, At(100));
        Assert.Equal(At(400), _detector.Deadline(Timing));

        _detector.OnRefused();
        Assert.Equal(DetectorStep.None, _detector.RestartObservation(At(200))); // Nothing was suspected, nothing is taken back.
        Assert.Equal(At(500), _detector.Deadline(Timing));
        Assert.Equal(TimeSpan.Zero, _detector.LastSilence);
    }

    [Fact]
    public void A_refusal_after_the_suspicion_is_supported_at_once()
    {
        RunTo(310);
        _detector.OnRefused();
        Assert.True(_detector.Deadline(Timing) <= At(310));
        Assert.Equal(DetectorStep.Support, _detector.OnTime(Timing, At(310)));
    }

    [Fact]
    public void Every_suspicion_starts_with_a_burst_of_its_own()
    {
        RunTo(560);
        _detector.OnHeard(Lease, isProbeReply: true, Timing, At(561));
        Assert.Equal((10, 1), (_detector.ProbesSent, _detector.ProbesAnswered));
        _detector.OnHeard(Lease, isProbeReply: false, Timing, At(562));
        Assert.Equal((0, 0, 1), (_detector.ProbesSent, _detector.ProbesAnswered, _detector.LastSilence.TotalMilliseconds));
        Assert.Equal(10, RunTo(1200, 563).Count(s => s.Step == DetectorStep.Probe));
    }

    [Fact]
    public void A_pause_of_the_observer_ends_a_suspicion_and_its_burst()
    {
        RunTo(400);
        Assert.Equal(DetectorStep.Restore, _detector.RestartObservation(At(1000)));
        Assert.Equal((false, 0, 1000), (_detector.IsSuspected, _detector.ProbesSent, _detector.LastSilence.TotalMilliseconds));
        Assert.Equal(At(1000), _detector.HeardAt);
    }

    private static MonotonicTime At(int ms) => new(ms * TimeSpan.TicksPerMillisecond);

    private List<(int Ms, DetectorStep Step)> RunTo(int endMs, int fromMs = 0)
    {
        var steps = new List<(int, DetectorStep)>();
        for (var ms = fromMs; ms <= endMs; ms++)
        {
            while (_detector.OnTime(Timing, At(ms)) is var step and not DetectorStep.None) steps.Add((ms, step));
        }
        return steps;
    }
}
