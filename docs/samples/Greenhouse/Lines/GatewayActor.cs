using ActorRuntime.Actor;
using ActorRuntime.Event;

namespace Greenhouse.Lines;

/// <summary>Keeps a line to each device that was attached to it. One per place with radios.</summary>
public sealed class GatewayActor : ReceiveActor
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, IActorRef> _lines = [];
    private readonly IActorRef _devices;
    private readonly LineOptions _options;

    /// <param name="devices">Region of the devices' units.</param>
    /// <param name="options">Settings of the lines.</param>
    public GatewayActor(IActorRef devices, LineOptions options)
    {
        (_devices, _options) = (devices, options);
        Receive<AttachDevice>(Attach);
        Receive<DetachDevice>(detach =>
        {
            if (_lines.TryGetValue(detach.DeviceId, out var line)) Context.Stop(line);
        });
        Receive<LineEnded>(ended => _lines.Remove(ended.DeviceId));
        Receive<GetGatewayStatus>(_ => Context.ActorOf(Props.Create(() => new GatewayStatusActor(new Dictionary<string, IActorRef>(_lines), Sender, AnswerTimeout))));
    }

    // A line that fails begins anew; one that fails again and again is given up, and can be attached again.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(3, TimeSpan.FromMinutes(1), _ => Directive.Restart);

    private void Attach(AttachDevice attach)
    {
        if (!_lines.TryGetValue(attach.DeviceId, out var line))
        {
            // No name: the line to a device that is detached and attached at once may still be there under it.
            line = Context.ActorOf(Props.Create(() => new LineActor(attach.DeviceId, attach.Radio, _devices, _options)));
            Context.WatchWith(line, new LineEnded(attach.DeviceId));
            _lines.Add(attach.DeviceId, line);
        }

        Sender.Tell(new DeviceAttached(attach.DeviceId, line));
    }

    private sealed record LineEnded(string DeviceId);
}

/// <summary>Asks all lines at once, waits for those that answer in time, answers whoever asked, and ends.</summary>
public sealed class GatewayStatusActor : ReceiveActor
{
    private readonly Dictionary<string, LineStatus> _answers = [];
    private readonly SortedSet<string> _waiting;
    private readonly SortedSet<string> _ended = [];
    private readonly IActorRef _asking;

    /// <param name="lines">The lines by device.</param>
    /// <param name="asking">Gets the answer.</param>
    /// <param name="timeout">Longest wait.</param>
    public GatewayStatusActor(Dictionary<string, IActorRef> lines, IActorRef asking, TimeSpan timeout)
    {
        (_asking, _waiting) = (asking, [.. lines.Keys]);
        foreach (var (deviceId, line) in lines)
        {
            Context.WatchWith(line, new Ended(deviceId));
            line.Tell(new GetLineStatus());
        }

        Receive<LineStatus>(status =>
        {
            if (_waiting.Remove(status.DeviceId)) _answers.Add(status.DeviceId, status);
            AnswerWhenDone();
        });
        Receive<Ended>(ended =>
        {
            if (_waiting.Remove(ended.DeviceId)) _ended.Add(ended.DeviceId);
            AnswerWhenDone();
        });
        Receive<TimeIsUp>(_ => Answer());
        Context.System.Scheduler.ScheduleTellOnce(timeout, Self, new TimeIsUp(), Self);
        AnswerWhenDone();
    }

    private void AnswerWhenDone()
    {
        if (_waiting.Count == 0) Answer();
    }

    private void Answer()
    {
        _asking.Tell(new GatewayStatus(_answers, [.. _waiting.Union(_ended).Order(StringComparer.Ordinal)]));
        Context.Stop(Self);
    }

    private sealed record Ended(string DeviceId);

    private sealed record TimeIsUp : IDeadLetterSuppression;
}
