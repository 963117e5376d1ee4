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
