using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Actor;

/// <summary>The configuration of a system.</summary>
public sealed class BootstrapSetup : Setup.Setup
{
    private BootstrapSetup()
    {
    }

    private BootstrapSetup(BootstrapSetup other) => Config = other.Config;

    /// <summary>The configuration, if one was given.</summary>
    public Option<Config> Config { get; private init; }

    /// <summary>Without configuration.</summary>
    public static BootstrapSetup Create() => new();

    /// <summary>With <paramref name="config"/>.</summary>
    public BootstrapSetup WithConfig(Config config) => new(this) { Config = new Option<Config>(config) };

    /// <summary>With <paramref name="config"/> below what is there.</summary>
    public BootstrapSetup WithConfigFallback(Config config) => WithConfig(Config.HasValue ? Config.Value.WithFallback(config) : config);
}
