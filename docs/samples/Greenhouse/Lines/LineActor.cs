using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Event;
using Greenhouse.Devices;

namespace Greenhouse.Lines;

/// <summary>What a line remembers besides its state.</summary>
/// <param name="Attempts">Failed attempts to connect since the last success.</param>
/// <param name="Waiting">Measurements that are not known to be stored, by number.</param>
/// <param name="Lost">Measurements dropped because too many waited.</param>
public sealed record LineData(int Attempts, ImmutableSortedDictionary<long, Measurement> Waiting, long Lost)
{
    /// <summary>At the start.</summary>
    public static LineData Empty { get; } = new(0, ImmutableSortedDictionary<long, Measurement>.Empty, 0);
}

/// <summary>The connection to one device: dials until it is there, notices silence, and passes measurements on to the device's unit, each until it is stored.</summary>
public sealed class LineActor : FSM<LineState, LineData>
{
    private const string Due = "due";
    private const string Resend = "resend";

    private readonly string _deviceId;
    private readonly IActorRef _devices;
    private readonly LineOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <param name="deviceId">The device.</param>
    /// <param name="radio">Reaches the device.</param>
    /// <param name="devices">Region of the devices' units.</param>
    /// <param name="options">Settings.</param>
    public LineActor(string deviceId, IActorRef radio, IActorRef devices, LineOptions options)
    {
        (_deviceId, _devices, _options) = (deviceId, devices, options);
        StartWith(LineState.Offline, LineData.Empty);

        When(LineState.Offline, e => e.FsmEvent is Due ? GoTo(LineState.Dialing) : null);

        When(LineState.Dialing, e => e.FsmEvent switch
        {
            ChannelOpened => GoTo(LineState.Online).Using(e.StateData with { Attempts = 0 }),
            Due => GoTo(LineState.Offline).Using(e.StateData with { Attempts = e.StateData.Attempts + 1 }),
            _ => null,
        });

        When(LineState.Online, e => e.FsmEvent switch
        {
            Measurement measurement => Stay().Using(Heard(e.StateData, measurement)),
            Due => GoTo(LineState.Silent),
            _ => null,
        });

        When(LineState.Silent, e => e.FsmEvent switch
        {
            Measurement measurement => GoTo(LineState.Online).Using(Heard(e.StateData, measurement)),
            Due => GoTo(LineState.Offline),
            _ => null,
        });

        // What may come in every state.
        WhenUnhandled(e => e.FsmEvent switch
        {
            ReadingStored stored => Stay().Using(Stored(e.StateData, stored.Sequence)),
            Resend => SendAgain(e.StateData),
            GetLineStatus => Stay().Replying(new LineStatus(_deviceId, StateName, e.StateData.Waiting.Count, e.StateData.Lost)),
            // Not registered yet: it is sent again. And what a radio sends too late concerns nobody.
            DeviceUnknown or ChannelOpened or Measurement => Stay(),
            _ => null,
        });

        OnTransition((from, to) =>
        {
            // A timer of its own rather than a state timeout: answers and questions, which any message is to a state timeout, are no sign of life of the device.
            SetTimer(Due, Due, TimeIn(to, NextStateData));
            if (to == LineState.Dialing) radio.Tell(new OpenChannel(_deviceId));
            if (from == LineState.Silent && to == LineState.Offline) radio.Tell(new CloseChannel());
            Context.System.EventStream.Publish(new LineChanged(_deviceId, from, to));
        });

        OnTermination(_ => radio.Tell(new CloseChannel()));
        SetTimer(Due, Due, TimeSpan.Zero);
        SetTimer(Resend, Resend, options.ResendInterval, repeat: true);
        Initialize();
    }

    private TimeSpan TimeIn(LineState state, LineData data) => state switch
    {
        LineState.Offline => Backoff(data.Attempts),
        LineState.Dialing => _options.DialTimeout,
        LineState.Online => _options.SilentAfter,
        _ => _options.GiveUpAfter,
    };

    private TimeSpan Backoff(int attempts)
    {
        var wait = _options.RedialMin * Math.Pow(2, Math.Clamp(attempts - 1, 0, 30));
        return wait < _options.RedialMax ? wait : _options.RedialMax;
    }

    private LineData Heard(LineData data, Measurement measurement)
    {
        SetTimer(Due, Due, _options.SilentAfter);
        var waiting = data.Waiting.SetItem(measurement.Sequence, measurement);
        if (waiting.Count == 1) Send(measurement);
        if (waiting.Count <= _options.WaitingMax) return data with { Waiting = waiting };
        var oldest = waiting.Keys.First();
        _log.Warning("Measurement {Sequence} of device {DeviceId} is lost: more than {WaitingMax} wait (greenhouse.line.waiting-max)", oldest, _deviceId, _options.WaitingMax);
        return data with { Waiting = waiting.Remove(oldest), Lost = data.Lost + 1 };
    }

    // One after the other: the unit takes what is not newer than the last for a repetition, so nothing may overtake.
    private LineData Stored(LineData data, long sequence)
    {
        if (!data.Waiting.ContainsKey(sequence)) return data;
        var waiting = data.Waiting.Remove(sequence);
        if (waiting.Count > 0) Send(waiting.Values.First());
        return data with { Waiting = waiting };
    }

    private State<LineState, LineData> SendAgain(LineData data)
    {
        if (data.Waiting.Count > 0) Send(data.Waiting.Values.First());
        return Stay();
    }

    private void Send(Measurement measurement) =>
        _devices.Tell(DeviceActor.To(_deviceId, new StoreReading(measurement.Sequence, measurement.Celsius)));
}
