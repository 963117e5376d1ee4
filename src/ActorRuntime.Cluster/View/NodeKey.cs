using System.Globalization;

namespace ActorRuntime.Cluster.View;

/// <summary>One life of one node: its name and the incarnation drawn at its start. Text form <c>name#0123456789abcdef</c>.</summary>
/// <param name="Name">Stable across restarts: letters, digits, <c>-</c>, <c>_</c>, <c>.</c>; at most 64.</param>
/// <param name="Incarnation">Random 64 bits, never 0; also the uid of the node's address in remoting.</param>
public readonly record struct NodeKey(string Name, ulong Incarnation) : IComparable<NodeKey>
{
    public int CompareTo(NodeKey other)
    {
        var byName = string.CompareOrdinal(Name, other.Name);
        return byName != 0 ? byName : Incarnation.CompareTo(other.Incarnation);
    }

    public static bool operator <(NodeKey left, NodeKey right) => left.CompareTo(right) < 0;

    public static bool operator >(NodeKey left, NodeKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(NodeKey left, NodeKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(NodeKey left, NodeKey right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Name}#{Incarnation:x16}";

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">Not of the form <c>name#0123456789abcdef</c>.</exception>
    public static NodeKey Parse(string text)
    {
        var mark = text.LastIndexOf('#');
        if (mark < 1 || !ulong.TryParse(text.AsSpan(mark + 1), NumberStyles.AllowHexSpecifier, null, out var incarnation))
            throw new FormatException($"'{text}' is not a node key (name#incarnation in 16 hexadecimal digits)");
        return new(text[..mark], incarnation);
    }
}
