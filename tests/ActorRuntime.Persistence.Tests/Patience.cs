using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Persistence.Tests;

/// <summary>How long tests in real time wait for what must come: longer than a busy machine takes.</summary>
internal static class Patience
{
    /// <summary>Longer than a healthy write or recovery takes on a busy machine; what is silent is waited for so long.</summary>
    public static readonly TimeSpan Store = TimeSpan.FromSeconds(3);

    /// <summary>For the probes of a system.</summary>
    public static readonly Config Config = ConfigurationFactory.ParseString("actor-runtime.test { single-expect-default = 30s, default-timeout = 30s }");

    public static BootstrapSetup Setup => BootstrapSetup.Create().WithConfig(Config);
}
