using ActorRuntime.Cluster;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Configuration;
using ActorRuntime.Node.Management;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Local;
using ActorRuntime.Remote;
using ActorRuntime.Util;

namespace ActorRuntime.Node.Hosting;

/// <summary>Everything a node needs to know before it starts, checked.</summary>
/// <param name="Config">The file over the reference: what layers read for themselves.</param>
internal sealed record NodeConfiguration(
    NodeOptions Node, RemoteOptions Remote, ClusterOptions Cluster, ManagementOptions Management, PersistenceOptions Persistence,
    StoreOptions Store, LocalStoreOptions LocalStore, ShardingOptions Sharding, Config Config)
{
    /// <summary>Reads a file and everything it includes, and checks it.</summary>
    /// <exception cref="ConfigurationException">All that is wrong at once, each with file, line and key where it has them.</exception>
    public static NodeConfiguration Load(string file) => Check(Read(file));

    /// <summary>What is written in a file and all it includes; <c>${name}</c> sees the defaults and the environment.</summary>
    /// <exception cref="ConfigurationException">It is not HOCON.</exception>
    public static Config Read(string file) => ConfigurationFactory.ParseFile(
        file, new HoconOptions { Environment = Environment.GetEnvironmentVariable, Fallback = ConfigurationFactory.Default() });

    /// <summary>Reads the settings out of <paramref name="user"/>, what was written, over the defaults.</summary>
    /// <exception cref="ConfigurationException">All that is wrong at once, each with file, line and key where it has them.</exception>
    public static NodeConfiguration Check(Config user)
    {
        var all = user.WithFallback(ConfigurationFactory.Default());
        var errors = new ConfigurationErrors();
        errors.AddRange(ConfigurationErrors.UnknownKeys(user, ConfigurationFactory.Default()));

        var collecting = all.Collecting(errors);
        var node = NodeOptions.FromConfig(collecting);
        var remote = RemoteOptions.FromConfig(collecting);
        var cluster = ClusterOptions.FromConfig(collecting);
        var management = ManagementOptions.FromConfig(collecting);
        var persistence = PersistenceOptions.FromConfig(collecting.GetConfig("actor-runtime.persistence"));
        var store = StoreOptions.FromConfig(collecting.GetConfig("actor-runtime.persistence"), node);
        var local = LocalStoreOptions.FromConfig(collecting.GetConfig("actor-runtime.persistence.local"));
        if (local.Directory.Length == 0 && cluster.DataDir.Length > 0)
            local = local with { Directory = Path.GetFullPath(Path.Combine(cluster.DataDir, cluster.Name + ".blocks")) };
        ShardingOptions? sharding = null;
        foreach (var check in (Action[])
        [
            () => node.Validated(), () => remote.Validated(), () => cluster.Validated(), () => cluster.ControlLog.Validated(),
            () => cluster.Orchestrator.Validated(), () => cluster.Signal.Validated(), () => management.Validated(),
            () => persistence.Validated(), .. store.Checks, () => local.Validated(),
            () => sharding = ShardingOptions.FromConfig(collecting),
        ])
        {
            try
            {
                check();
            }
            catch (OptionsException breaches)
            {
                errors.AddRules(breaches.Errors, all);
            }
        }
        if (remote.Port == management.Port && remote.Port != 0)
            errors.AddRules([$"actor-runtime.management.port: {management.Port} is also actor-runtime.remote.port"], all);
        errors.ThrowIfAny();
        return new(node, remote, cluster, management, persistence, store, local, sharding!, all);
    }
}
