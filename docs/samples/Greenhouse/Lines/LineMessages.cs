using ActorRuntime.Actor;

namespace Greenhouse.Lines;

// Between a line and the radio that reaches its device. Both live on the node that the radio is plugged into, so nothing here crosses the wire.

/// <summary>Asks the radio for a channel to a device. Answer: <see cref="ChannelOpened"/>, or nothing.</summary>
public sealed record OpenChannel(string DeviceId);

/// <summary>The device can be heard.</summary>
public sealed record ChannelOpened;

/// <summary>The channel is not needed any more.</summary>
public sealed record CloseChannel;

/// <summary>What the device measured.</summary>
/// <param name="Sequence">Its number: 1, 2, 3 …</param>
/// <param name="Celsius">The temperature.</param>
public sealed record Measurement(long Sequence, double Celsius);

/// <summary>State of the connection to a device.</summary>
public enum LineState
{
    /// <summary>No connection; the next attempt is due later.</summary>
    Offline,

    /// <summary>The radio was asked for a channel.</summary>
    Dialing,

    /// <summary>Measurements come.</summary>
    Online,

    /// <summary>None came for a while; the line is given up if that goes on.</summary>
    Silent,
}

/// <summary>Published on the event stream when a line changes its state.</summary>
public sealed record LineChanged(string DeviceId, LineState From, LineState To);

/// <summary>Asks a line for <see cref="LineStatus"/>.</summary>
public sealed record GetLineStatus;

/// <summary>How a line is doing.</summary>
/// <param name="Waiting">Measurements that are not known to be stored yet.</param>
/// <param name="Lost">Measurements that were dropped because too many waited.</param>
public sealed record LineStatus(string DeviceId, LineState State, int Waiting, long Lost);

/// <summary>Connects the gateway to a device. Answer: <see cref="DeviceAttached"/>.</summary>
/// <param name="DeviceId">Id of the device.</param>
/// <param name="Radio">Reaches the device; several may share one.</param>
public sealed record AttachDevice(string DeviceId, IActorRef Radio);

/// <summary>The gateway keeps a line to the device.</summary>
public sealed record DeviceAttached(string DeviceId, IActorRef Line);

/// <summary>Ends the line to a device.</summary>
public sealed record DetachDevice(string DeviceId);

/// <summary>Asks the gateway for <see cref="GatewayStatus"/>.</summary>
public sealed record GetGatewayStatus;

/// <summary>All lines of a gateway by device.</summary>
/// <param name="Lines">Those that answered.</param>
/// <param name="NotAnswering">Devices whose line did not answer in time, or ended meanwhile.</param>
public sealed record GatewayStatus(IReadOnlyDictionary<string, LineStatus> Lines, IReadOnlyList<string> NotAnswering);
