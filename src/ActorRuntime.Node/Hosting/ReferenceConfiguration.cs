using ActorRuntime.Configuration;

namespace ActorRuntime.Node.Hosting;

/// <summary>All keys that exist, with their defaults: the commented files of <c>hocon/</c>, carried by the executable.</summary>
internal static class ReferenceConfiguration
{
    private const string Prefix = "reference/";

    /// <summary>One configuration of all of them.</summary>
    public static Config Load()
    {
        var assembly = typeof(ReferenceConfiguration).Assembly;
        var config = Config.Empty;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order())
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            config = config.WithFallback(ConfigurationFactory.ParseString(reader.ReadToEnd(), $"hocon/{name[Prefix.Length..]}"));
        }
        return config;
    }
}
