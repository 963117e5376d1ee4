namespace ActorRuntime.Cluster.View;

/// <summary>How much one view holds. A change beyond a limit is rejected and recorded like any other; nothing is dropped.</summary>
public static class ViewLimits
{
    /// <summary>Members, whatever their status.</summary>
    public const int MembersMax = 1_000;

    /// <summary>Up to so many members nothing is spared: everybody tells everybody at once. Above, the work and the signals for an entry are kept from growing with the
    /// cluster.</summary>
    public const int SmallMax = 32;

    /// <summary>Observers of one node.</summary>
    public const int ObserversMax = 32;

    /// <summary>Unit types.</summary>
    public const int TypesMax = 256;

    /// <summary>Shards of one type.</summary>
    public const int ShardsMax = 16_384;

    /// <summary>Flows.</summary>
    public const int FlowsMax = 4_096;

    /// <summary>Senders of one flow.</summary>
    public const int SendersMax = 16;

    /// <summary>Characters of a name: type, shard, flow, unit, role, host.</summary>
    public const int NameLengthMax = 255;

    /// <summary>Characters of a node's name.</summary>
    public const int NodeNameLengthMax = 64;

    /// <summary>Characters of a flow's settings.</summary>
    public const int SettingsLengthMax = 65_536;

    /// <summary>True for 1 to <see cref="NameLengthMax"/> characters.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= NameLengthMax;

    /// <summary>True for 1 to <see cref="NodeNameLengthMax"/> letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, beginning with a letter or
    /// digit: the name is part of file names.</summary>
    public static bool IsNodeName(string text) =>
        text.Length is > 0 and <= NodeNameLengthMax && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
