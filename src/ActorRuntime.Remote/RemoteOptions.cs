using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Remote;

/// <summary>Settings of remoting, read from <c>actor-runtime.remote</c>.</summary>
public sealed record RemoteOptions
{
    private const string Path = "actor-runtime.remote";

    /// <summary>Name or IP address other nodes use for this one. Default 127.0.0.1.</summary>
    public string Hostname { get; init; } = "127.0.0.1";

    /// <summary>Port other nodes use; 0 takes a free one. 0 to 65535, default 0.</summary>
    public int Port { get; init; }

    /// <summary>Address the listener binds to; empty binds <see cref="Hostname"/> when it is an IP address, else all interfaces. Default empty.</summary>
    public string BindHostname { get; init; } = "";

    /// <summary>Ordinary messages that may wait for one lane; more go to dead letters. 16 to 1,048,576, default 16,384.</summary>
    public int OutboundQueueSize { get; init; } = 16_384;

    /// <summary>Control messages, and as many system messages, that may wait for one peer; more quarantine it. 16 to 1,048,576, default 65,536.</summary>
    public int ControlQueueSize { get; init; } = 65_536;

    /// <summary>Connections for ordinary messages per peer; recipients are spread over them. 1 to 16, default 1.</summary>
    public int DataLanes { get; init; } = 1;

    /// <summary>Largest serialized message, in bytes; equal on all nodes. 4 KiB to 1 GiB, default 16 MiB: an item of a flow
    /// (8 MiB at most by default) fits.</summary>
    public long MaximumFrameSize { get; init; } = 16 << 20;

    /// <summary>Incoming connections held at once; more are closed at once. 2 to 65,536, default 1,024.</summary>
    public int InboundConnectionsMax { get; init; } = 1024;

    /// <summary>Peers known at once; more are refused. 2 to 1,048,576, default 4,096.</summary>
    public int PeersMax { get; init; } = 4096;

    /// <summary>Ordinary messages wait so long for a peer that cannot be reached, then go to dead letters. 0 or more, default 10 s.</summary>
    public TimeSpan UnreachableBufferTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for a connection to be made. 10 ms to 5 min, default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time a fresh connection has to introduce itself. 10 ms to 5 min, default 5 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Wait before the first re-connection; doubles up to <see cref="ReconnectDelayMax"/>. 1 ms to 1 min, default 50 ms.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest wait between re-connections. At least <see cref="ReconnectDelayMin"/>, default 2 s.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A peer out of reach for so long while system messages wait for it, or its actors are watched, is quarantined and watches on it fire. 1 s or more,
    /// default 30 s; infinite switches it off, as the cluster layer does, which knows better who is gone.
    /// </summary>
    public TimeSpan QuarantineAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time an orderly end may take to send what waits and to say goodbye to every peer. 0 to 1 min, default 2 s.</summary>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>At most one log line per cause and peer in this time; the counters miss nothing. 0 or more, default 10 s.</summary>
    public TimeSpan LogWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule, not only the first.</exception>
    public RemoteOptions Validated()
    {
        var (tenMs, fiveMinutes, minute) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1));
        new OptionErrors(Path)
            .Require(Hostname.Length > 0, "hostname: must not be empty; other nodes connect to it")
            .Require(Port is >= 0 and <= 65_535, "port: must be 0 to 65535")
            .Require(OutboundQueueSize is >= 16 and <= 1 << 20, "outbound-queue-size: must be 16 to 1048576")
            .Require(ControlQueueSize is >= 16 and <= 1 << 20, "control-queue-size: must be 16 to 1048576")
            .Require(DataLanes is >= 1 and <= 16, "data-lanes: must be 1 to 16")
            .Require(MaximumFrameSize is >= 4096 and <= 1 << 30, "maximum-frame-size: must be 4 KiB to 1 GiB")
            .Require(InboundConnectionsMax is >= 2 and <= 65_536, "inbound-connections-max: must be 2 to 65536")
            .Require(PeersMax is >= 2 and <= 1 << 20, "peers-max: must be 2 to 1048576")
            .Require(UnreachableBufferTime >= TimeSpan.Zero, "unreachable-buffer-time: must not be negative")
            .Require(ConnectTimeout >= tenMs && ConnectTimeout <= fiveMinutes, "connect-timeout: must be 10 ms to 5 min")
            .Require(HandshakeTimeout >= tenMs && HandshakeTimeout <= fiveMinutes, "handshake-timeout: must be 10 ms to 5 min")
            .Require(ReconnectDelayMin >= TimeSpan.FromMilliseconds(1) && ReconnectDelayMin <= minute, "reconnect-delay-min: must be 1 ms to 1 min")
            .Require(ReconnectDelayMax >= ReconnectDelayMin, "reconnect-delay-max: must be at least reconnect-delay-min")
            .Require(QuarantineAfter == Timeout.InfiniteTimeSpan || QuarantineAfter >= TimeSpan.FromSeconds(1), "quarantine-after: must be 1 s or more, or infinite")
            .Require(FlushTimeout >= TimeSpan.Zero && FlushTimeout <= minute, "flush-timeout: must be 0 to 1 min")
            .Require(LogWindow >= TimeSpan.Zero, "log-window: must not be negative")
            .ThrowIfAny();
        return this;
    }

    /// <summary>Reads the settings; keys that are missing keep their defaults.</summary>
    public static RemoteOptions FromConfig(Config config)
    {
        var defaults = new RemoteOptions();
        if (!config.HasPath(Path)) return defaults;
        var remote = config.GetConfig(Path);
        return new RemoteOptions
        {
            Hostname = remote.GetString("hostname", defaults.Hostname)!,
            Port = remote.GetInt("port", defaults.Port),
            BindHostname = remote.GetString("bind-hostname", defaults.BindHostname)!,
            OutboundQueueSize = remote.GetInt("outbound-queue-size", defaults.OutboundQueueSize),
            ControlQueueSize = remote.GetInt("control-queue-size", defaults.ControlQueueSize),
            DataLanes = remote.GetInt("data-lanes", defaults.DataLanes),
            MaximumFrameSize = remote.GetByteSize("maximum-frame-size", defaults.MaximumFrameSize),
            InboundConnectionsMax = remote.GetInt("inbound-connections-max", defaults.InboundConnectionsMax),
            PeersMax = remote.GetInt("peers-max", defaults.PeersMax),
            UnreachableBufferTime = remote.GetTimeSpan("unreachable-buffer-time", defaults.UnreachableBufferTime),
            ConnectTimeout = remote.GetTimeSpan("connect-timeout", defaults.ConnectTimeout),
            HandshakeTimeout = remote.GetTimeSpan("handshake-timeout", defaults.HandshakeTimeout),
            ReconnectDelayMin = remote.GetTimeSpan("reconnect-delay-min", defaults.ReconnectDelayMin),
            ReconnectDelayMax = remote.GetTimeSpan("reconnect-delay-max", defaults.ReconnectDelayMax),
            QuarantineAfter = remote.GetTimeSpan("quarantine-after", defaults.QuarantineAfter, allowInfinite: true),
            FlushTimeout = remote.GetTimeSpan("flush-timeout", defaults.FlushTimeout),
            LogWindow = remote.GetTimeSpan("log-window", defaults.LogWindow),
        };
    }
}
