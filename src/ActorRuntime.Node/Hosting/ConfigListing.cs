using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorRuntime.Configuration;

namespace ActorRuntime.Node.Hosting;

/// <summary>An effective configuration as operators see it: one line or JSON entry per setting, secrets masked.</summary>
/// <param name="config">What was written, over the defaults.</param>
/// <param name="reference">The defaults.</param>
internal sealed class ConfigListing(Config config, Config reference)
{
    private const string Mask = "******";

    /// <summary>An entry of the reference that stands for any name: it names keys, and sets nothing.</summary>
    private const string AnyName = "*";

    private static readonly string[] SecretWords =
    [
        "password", "passphrase", "secret", "credential", "token", "signingkey", "privatekey", "apikey", "accesskey", "encryptionkey",
        "sharedkey", "connectionstring",
    ];

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, HoconOrigin> _defaults =
        Entries((HoconValue.Object)reference.Root, "").ToDictionary(entry => entry.Key, entry => entry.Value.Origin, StringComparer.Ordinal);

    /// <summary>Whether a key of this name holds what nobody should read over a shoulder or in a ticket.</summary>
    public static bool IsSecret(string key)
    {
        var plain = key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return SecretWords.Any(word => plain.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>HOCON, one setting a line.</summary>
    public void WriteHocon(TextWriter output, bool withOrigins)
    {
        foreach (var (key, value) in Entries(Masked((HoconValue.Object)config.Root, false), ""))
        {
            var origin = !withOrigins ? "" : IsDefault(key, value) ? $"  # default, {value.Origin}" : $"  # {value.Origin}";
            output.WriteLine($"{key} = {Rendered(value)}{origin}");
        }
    }

    /// <summary>JSON: the tree of values, or with origins the list of settings.</summary>
    public void WriteJson(TextWriter output, bool withOrigins)
    {
        var root = Masked((HoconValue.Object)config.Root, false);
        var json = !withOrigins
            ? Json(root)
            : new JsonArray([.. Entries(root, "").Select(entry => new JsonObject
            {
                ["key"] = entry.Key, ["value"] = Json(entry.Value), ["file"] = entry.Value.Origin.File, ["line"] = entry.Value.Origin.Line,
                ["isDefault"] = IsDefault(entry.Key, entry.Value),
            })]);
        output.WriteLine(json!.ToJsonString(Indented));
    }

    private bool IsDefault(string key, HoconValue value) => ReferenceEquals(_defaults.GetValueOrDefault(key), value.Origin);

    /// <summary>All that is no section, and the empty sections, by full key.</summary>
    private static IEnumerable<(string Key, HoconValue Value)> Entries(HoconValue.Object section, string path)
    {
        foreach (var (key, value) in section.Items)
        {
            var full = HoconPath.Join(path, key);
            if (value is not HoconValue.Object { Items.Count: > 0 } below) yield return (full, value);
            else foreach (var entry in Entries(below, full)) yield return entry;
        }
    }

    private static HoconValue.Object Masked(HoconValue.Object section, bool isSecret)
    {
        var items = new OrderedDictionary<string, HoconValue>();
        foreach (var (key, value) in section.Items)
        {
            if (key != AnyName) items.Add(key, Masked(value, isSecret || IsSecret(key)));
        }
        return new HoconValue.Object(items, section.Origin);
    }

    private static HoconValue Masked(HoconValue value, bool isSecret) => value switch
    {
        HoconValue.Object section => Masked(section, isSecret),
        HoconValue.List list when isSecret || list.Items.Any(item => item is not HoconValue.Scalar) =>
            new HoconValue.List([.. list.Items.Select(item => Masked(item, isSecret))], list.Origin),
        HoconValue.Scalar { Text.Length: > 0 } scalar when isSecret => new HoconValue.Scalar(Mask, scalar.Origin),
        _ => value,
    };

    private static string Rendered(HoconValue value) => value is HoconValue.Object ? "{}" : value.ToString();

    private static JsonNode? Json(HoconValue value) => value switch
    {
        HoconValue.Object section => new JsonObject(section.Items.Select(item => KeyValuePair.Create(item.Key, Json(item.Value)))),
        HoconValue.List list => new JsonArray([.. list.Items.Select(Json)]),
        HoconValue.Scalar scalar => Json(scalar.Text),
        _ => null,
    };

    /// <summary>Numbers and booleans that JSON knows stay what they are; everything else is a string.</summary>
    private static JsonNode Json(string text)
    {
        var isLiteral = text is "true" or "false"
            || (text.Length is > 0 and < 20 && (char.IsAsciiDigit(text[0]) || text[0] == '-') && !text.Any(char.IsWhiteSpace));
        if (isLiteral)
        {
            try
            {
                return JsonNode.Parse(text)!;
            }
            catch (JsonException)
            {
                // It only looks like a number, as 10ms does.
            }
        }
        return JsonValue.Create(text);
    }
}
