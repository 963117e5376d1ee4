using System.Text.Json;
using System.Text.Json.Serialization;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>The text form of <see cref="FlowSettings"/> in the flow table.</summary>
internal static class FlowSettingsJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip, // written by a newer version
    };

    public static string Write(FlowSettings settings) => JsonSerializer.Serialize(settings, Options);

    /// <exception cref="FormatException">The text is no settings, or they break a rule.</exception>
    public static FlowSettings Read(string text)
    {
        try
        {
            return (JsonSerializer.Deserialize<FlowSettings>(text, Options) ?? throw new FormatException("the settings are empty")).Validated();
        }
        catch (Exception e) when (e is JsonException or OptionsException)
        {
            throw new FormatException($"settings of the flow: {e.Message}", e);
        }
    }
}
