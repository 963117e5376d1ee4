using ActorRuntime.Actor;
using ActorRuntime.Util;
using Greenhouse.Lines;

namespace Greenhouse;

/// <summary>Stands in for a radio with devices around it: each measures a temperature that swings about its mean, and now and then one cannot be heard.</summary>
public sealed class SimulatedRadioActor : ReceiveActor, IWithTimers
{
    private const int UnheardPercent = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time = Context.System.Environment.Time;
    private readonly Prng _random = Context.System.Environment.Random("radio");

    public SimulatedRadioActor()
    {
        Receive<OpenChannel>(open =>
        {
            if (_random.Chance(UnheardPercent)) return;
            Sender.Tell(new ChannelOpened());
            Timers.StartPeriodicTimer(open.DeviceId, new Measure(open.DeviceId, Sender), Interval);
        });
        Receive<Measure>(measure =>
        {
            // By the clock, so that numbers still grow when the simulation begins anew, as those of a real device would.
            var sequence = _time.GetUtcNow().ToUnixTimeMilliseconds() / (long)Interval.TotalMilliseconds;
            measure.Line.Tell(new Measurement(sequence, 20 + (8 * Math.Sin(sequence / 10.0))));
        });
        Receive<CloseChannel>(_ => { });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Measure(string DeviceId, IActorRef Line);
}
