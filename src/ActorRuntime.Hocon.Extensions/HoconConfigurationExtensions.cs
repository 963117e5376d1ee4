using Microsoft.Extensions.Configuration;

namespace ActorRuntime.Configuration.Extensions;

/// <summary>HOCON among the other sources of a .NET host's configuration, and a host's configuration as settings of the runtime.</summary>
public static class HoconConfigurationExtensions
{
    /// <summary>Adds the HOCON file <paramref name="path"/> and what it includes, over the sources added before.</summary>
    /// <param name="builder">What to add to.</param>
    /// <param name="path">File, relative to the builder's base path.</param>
    /// <param name="optional">Whether the file may be missing.</param>
    /// <param name="reloadOnChange">Whether it is read again when it changes; included files are not watched.</param>
    /// <param name="options">What the text may draw on besides itself, such as the environment; default nothing.</param>
    public static IConfigurationBuilder AddHoconFile(
        this IConfigurationBuilder builder, string path, bool optional = false, bool reloadOnChange = false, HoconOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = new HoconFileConfigurationSource
        {
            Path = path, Optional = optional, ReloadOnChange = reloadOnChange, Options = options ?? HoconOptions.None,
        };
        source.ResolveFileProvider();
        return builder.Add(source);
    }

    /// <summary>Adds <paramref name="config"/>, over the sources added before.</summary>
    public static IConfigurationBuilder AddHocon(this IConfigurationBuilder builder, Config config)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(config);
        return builder.Add(new HoconConfigurationSource(config));
    }

    /// <summary>
    /// All of <paramref name="configuration"/> as settings, from whatever sources it has: what <c>ActorSystem.Create</c> takes. Keys of
    /// ours are found whatever their case, as an environment variable <c>ACTOR-RUNTIME__REMOTE__PORT</c> writes them.
    /// </summary>
    /// <param name="configuration">The whole configuration; of a section, the keys below it become the top.</param>
    /// <exception cref="ConfigurationException">Keys that have both a value and keys below them; all of them.</exception>
    public static Config ToConfig(this IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new ConfigurationReader(configuration).Read();
    }
}
