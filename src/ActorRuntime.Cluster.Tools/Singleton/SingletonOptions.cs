using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Settings of singletons and their proxies, read from <c>actor-runtime.cluster.singleton</c> and
/// <c>actor-runtime.cluster.singleton-proxy</c>.</summary>
public sealed record SingletonOptions
{
    /// <summary>Most messages a proxy can be told to hold.</summary>
    public const int BufferSizeMax = 1_000_000;

    internal const string ManagerPath = "actor-runtime.cluster.singleton";
    internal const string ProxyPath = "actor-runtime.cluster.singleton-proxy";

    /// <summary>Name of the singleton below its manager. Default <c>singleton</c> (as Akka.NET).</summary>
    public string SingletonName { get; init; } = "singleton";

    /// <summary>Only nodes with this role run singletons; null, in the file empty: all nodes.</summary>
    public string? Role { get; init; }

    /// <summary>Time between two questions to a predecessor whether it has stopped, and before a singleton that ended is started again.
    /// 10 ms to 1 min, default 500 ms.</summary>
    public TimeSpan HandOverRetryInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the singleton has for its termination message when it moves. 0 to 10 min, default 2 s; 0 stops it at once.</summary>
    public TimeSpan HandOffTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Messages a proxy holds while no node runs the singleton; one more drops the oldest. 0 (none) to 1,000,000, default 1,000 (as
    /// Akka.NET).</summary>
    public int BufferSize { get; init; } = 1_000;

    /// <summary>How often a proxy that holds messages looks for the singleton besides being told of changes. 10 ms to 1 min, default 1 s (as
    /// Akka.NET).</summary>
    public TimeSpan SingletonIdentificationInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Reads the settings.</summary>
    /// <param name="config">The whole configuration.</param>
    /// <exception cref="ConfigurationException">A value has the wrong type.</exception>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public static SingletonOptions FromConfig(Config config)
    {
        var (manager, proxy, defaults) = (config.GetConfig(ManagerPath), config.GetConfig(ProxyPath), new SingletonOptions());
        return new SingletonOptions
        {
            SingletonName = manager.GetString("singleton-name", defaults.SingletonName),
            Role = manager.GetString("role", "") is { Length: > 0 } role ? role : null,
            HandOverRetryInterval = manager.GetTimeSpan("hand-over-retry-interval", defaults.HandOverRetryInterval),
            HandOffTimeout = manager.GetTimeSpan("hand-off-timeout", defaults.HandOffTimeout),
            BufferSize = proxy.GetInt("buffer-size", defaults.BufferSize),
            SingletonIdentificationInterval = proxy.GetTimeSpan("singleton-identification-interval", defaults.SingletonIdentificationInterval),
        }.Validated();
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule, not only the first.</exception>
    public SingletonOptions Validated()
    {
        new OptionErrors("actor-runtime.cluster")
            .Require(ActorPath.IsValidPathElement(SingletonName), "singleton.singleton-name: must be a path element")
            .Require(IsWait(HandOverRetryInterval), "singleton.hand-over-retry-interval: must be 10 ms to 1 min")
            .Require(HandOffTimeout >= TimeSpan.Zero && HandOffTimeout <= TimeSpan.FromMinutes(10), "singleton.hand-off-timeout: must be 0 to 10 min")
            .Require(BufferSize is >= 0 and <= BufferSizeMax, "singleton-proxy.buffer-size: must be 0 to 1000000")
            .Require(IsWait(SingletonIdentificationInterval), "singleton-proxy.singleton-identification-interval: must be 10 ms to 1 min")
            .ThrowIfAny();
        return this;
    }

    private static bool IsWait(TimeSpan time) => time >= TimeSpan.FromMilliseconds(10) && time <= TimeSpan.FromMinutes(1);
}
