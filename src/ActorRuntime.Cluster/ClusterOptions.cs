using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster;

/// <summary>Settings of a node's membership, read from <c>actor-runtime.cluster</c>.</summary>
public sealed record ClusterOptions
{
    private const string Path = "actor-runtime.cluster";

    /// <summary>Name of this node, the same across restarts and unique in the cluster: letters, digits, <c>-</c>, <c>_</c>, <c>.</c>; at most
    /// 64. No default.</summary>
    public string Name { get; init; } = "";

    /// <summary>Local directory for the lock file <c>&lt;name&gt;.lock</c>, held for life. Must exist. Empty: no lock file, so that the end of this
    /// process can only be concluded from silence.</summary>
    public string DataDir { get; init; } = "";

    /// <summary>Roles of this node. Default none.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Address the signal channel binds to: an IP address. Default 0.0.0.0.</summary>
    public string SignalBindAddress { get; init; } = "0.0.0.0";

    /// <summary>UDP port of the signal channel; 0 takes a free one. 0 to 65535, default 0.</summary>
    public int SignalPort { get; init; }

    /// <summary>How long a start waits for the store, and for an older process under the same name to be known to be gone. 1 s to 1 h, default
    /// 30 s.</summary>
    public TimeSpan JoinTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an orderly stop waits until its shards have moved; then the node just stops. 100 ms to 10 min, default 4 s: below the
    /// time-out of a phase of the coordinated shutdown.</summary>
    public TimeSpan LeaveTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Access to the control log.</summary>
    public LogOptions ControlLog { get; init; } = new();

    /// <summary>Deciding.</summary>
    public OrchestratorOptions Orchestrator { get; init; } = new();

    /// <summary>The signal channel.</summary>
    public SignalOptions Signal { get; init; } = new();

    /// <summary>Absolute path of this node's file of that kind; empty without a data-dir.</summary>
    internal string InDataDir(string suffix) =>
        DataDir.Length == 0 ? "" : System.IO.Path.GetFullPath(System.IO.Path.Combine(DataDir, Name + suffix));

    /// <summary>Returns this instance once every rule holds, those of its parts included.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public ClusterOptions Validated()
    {
        new OptionErrors(Path)
            .Require(ViewLimits.IsNodeName(Name), $"name: 1 to {ViewLimits.NodeNameLengthMax} letters, digits, '-', '_', '.'; '{Name}' is not")
            .Require(Roles.All(ViewLimits.IsName) && Roles.Length <= ViewLimits.ObserversMax, $"roles: at most {ViewLimits.ObserversMax}, none empty")
            .Require(System.Net.IPAddress.TryParse(SignalBindAddress, out _), "signal-bind-address: an IP address")
            .Require(SignalPort is >= 0 and <= 65_535, "signal-port: 0 to 65535")
            .Require(JoinTimeout >= TimeSpan.FromSeconds(1) && JoinTimeout <= TimeSpan.FromHours(1), "join-timeout: 1 s to 1 h")
            .Require(LeaveTimeout >= TimeSpan.FromMilliseconds(100) && LeaveTimeout <= TimeSpan.FromMinutes(10), "leave-timeout: 100 ms to 10 min")
            .ThrowIfAny();
        ControlLog.Validated();
        Orchestrator.Validated();
        Signal.Validated();
        return this;
    }

    /// <summary>Reads the settings; keys that are missing keep their defaults.</summary>
    /// <param name="config">The whole configuration.</param>
    public static ClusterOptions FromConfig(Config config)
    {
        var defaults = new ClusterOptions();
        if (!config.HasPath(Path)) return defaults;
        var cluster = config.GetConfig(Path);
        return new ClusterOptions
        {
            Name = cluster.GetString("name", defaults.Name)!,
            DataDir = cluster.GetString("data-dir", defaults.DataDir)!,
            Roles = [.. cluster.GetStringList("roles", [])],
            SignalBindAddress = cluster.GetString("signal-bind-address", defaults.SignalBindAddress)!,
            SignalPort = cluster.GetInt("signal-port", defaults.SignalPort),
            JoinTimeout = cluster.GetTimeSpan("join-timeout", defaults.JoinTimeout),
            LeaveTimeout = cluster.GetTimeSpan("leave-timeout", defaults.LeaveTimeout),
            ControlLog = LogOptions.FromConfig(cluster.GetConfig("control-log")),
            Orchestrator = OrchestratorOptions.FromConfig(cluster.GetConfig("orchestrator")),
            Signal = SignalOptions.FromConfig(config),
        };
    }
}
