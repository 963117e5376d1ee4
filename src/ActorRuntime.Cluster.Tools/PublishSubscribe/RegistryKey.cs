namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>What is registered, as one text: a path, a topic, or a group of a topic.</summary>
internal static class RegistryKey
{
    private const string Paths = "path:";
    private const string Topics = "topic:";
    private const string Groups = "group:";

    public static string OfPath(string path) => Paths + path;

    /// <summary>Subscribers with a group are registered apart from those without: each kind gets the messages meant for it.</summary>
    public static string Of(string topic, string? group) =>
        group is null ? Topics + Uri.EscapeDataString(topic) : GroupsOf(topic) + Uri.EscapeDataString(group);

    /// <summary>How the keys of all groups of a topic begin.</summary>
    public static string GroupsOf(string topic) => Groups + Uri.EscapeDataString(topic) + "/";

    /// <summary>The topic of a key; null for a path.</summary>
    public static string? TopicOf(string key)
    {
        if (key.StartsWith(Topics, StringComparison.Ordinal)) return Uri.UnescapeDataString(key[Topics.Length..]);
        if (!key.StartsWith(Groups, StringComparison.Ordinal)) return null;
        return Uri.UnescapeDataString(key[Groups.Length..key.IndexOf('/', StringComparison.Ordinal)]);
    }
}
