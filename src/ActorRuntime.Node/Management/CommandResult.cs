using System.Text.Json.Nodes;

namespace ActorRuntime.Node.Management;

/// <summary>The three shapes a result may have; <c>arctl</c> draws them without knowing the command.</summary>
internal static class CommandResult
{
    /// <summary><c>{"columns":[…],"rows":[[…]]}</c>. Cells are strings, numbers, booleans or null.</summary>
    public static JsonObject Table(IEnumerable<string> columns, IEnumerable<IReadOnlyList<JsonNode?>> rows) => new()
    {
        ["columns"] = new JsonArray([.. columns.Select(column => (JsonNode)column)]),
        ["rows"] = new JsonArray([.. rows.Select(row => new JsonArray([.. row]))]),
    };

    /// <summary><c>{"fields":{"name":value}}</c>, in the order given.</summary>
    public static JsonObject Fields(params IEnumerable<(string Name, JsonNode? Value)> fields) => new()
    {
        ["fields"] = new JsonObject(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
    };

    /// <summary><c>{"lines":[…]}</c>: text that is printed as it is.</summary>
    public static JsonObject Lines(params IEnumerable<string> lines) => new()
    {
        ["lines"] = new JsonArray([.. lines.Select(line => (JsonNode)line)]),
    };
}
