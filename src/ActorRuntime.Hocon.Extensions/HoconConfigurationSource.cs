using Microsoft.Extensions.Configuration;

namespace ActorRuntime.Configuration.Extensions;

/// <summary>A finished configuration as a source.</summary>
public sealed class HoconConfigurationSource(Config config) : IConfigurationSource
{
    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HoconConfigurationProvider(config);
}

/// <summary>A HOCON file as a source.</summary>
public sealed class HoconFileConfigurationSource : FileConfigurationSource
{
    /// <summary>What the text may draw on besides itself. Default nothing.</summary>
    public HoconOptions Options { get; set; } = HoconOptions.None;

    /// <inheritdoc/>
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new HoconFileConfigurationProvider(this);
    }
}

/// <summary>Knows where its values were written.</summary>
internal interface IKnowOrigins
{
    /// <summary>Where the value of <paramref name="key"/> was written; null when there is none.</summary>
    HoconOrigin? Origin(string key);
}

internal sealed class HoconConfigurationProvider(Config config) : ConfigurationProvider, IKnowOrigins
{
    private HoconKeys? _keys;

    public HoconOrigin? Origin(string key) => _keys?.Origin(key);

    public override void Load()
    {
        _keys = new HoconKeys(config);
        Data = _keys.Values;
    }
}

internal sealed class HoconFileConfigurationProvider(HoconFileConfigurationSource source) : FileConfigurationProvider(source), IKnowOrigins
{
    private HoconKeys? _keys;

    public HoconOrigin? Origin(string key) => _keys?.Origin(key);

    /// <summary>Reads the file by its name where it has one, so that it can include others; else the stream.</summary>
    public override void Load(Stream stream)
    {
        var file = Source.FileProvider?.GetFileInfo(Source.Path ?? "").PhysicalPath;
        var config = file is null
            ? ConfigurationFactory.ParseString(HoconFile.Read(stream, Source.Path ?? "stream"), source.Options, Source.Path ?? "stream")
            : ConfigurationFactory.ParseFile(file, source.Options);
        _keys = new HoconKeys(config);
        Data = _keys.Values;
    }
}
