using System.Globalization;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>How far into which control log a node has been: what it remembers across restarts to know a restored backup, a fork or another
/// store when it meets one (SAFETY 1A-3, 1A-4).</summary>
/// <remarks>Never ahead of the store: it names an entry that was read from it, or that it has acknowledged as durable.</remarks>
/// <param name="StoreId">Which log.</param>
/// <param name="Version">Newest entry applied.</param>
/// <param name="Digest">SHA-256 over its text.</param>
public sealed record LogMark(ulong StoreId, long Version, string Digest)
{
    private const string Title = "control-log-mark 1";

    /// <summary>The text form, four lines.</summary>
    public override string ToString() => $"{Title}\nstore {StoreId:x16}\nversion {Version}\ndigest {Digest}\n";

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">Damaged, or written by a newer version.</exception>
    public static LogMark Parse(string text)
    {
        if (text.Split('\n') is [Title, var store, var version, var digest, ""]
            && store.StartsWith("store ", StringComparison.Ordinal) && version.StartsWith("version ", StringComparison.Ordinal)
            && digest.StartsWith("digest ", StringComparison.Ordinal) && digest.Length == "digest ".Length + 64
            && ulong.TryParse(store.AsSpan(6), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var storeId)
            && long.TryParse(version.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return new LogMark(storeId, number, digest[7..]);
        }
        throw new FormatException($"is not '{Title}' with a store, a version and a digest");
    }
}

/// <summary>What a node knows of the control log when it starts.</summary>
/// <param name="StoreId">The log that is configured now.</param>
/// <param name="Mark">How far this node has been; null when it remembers nothing.</param>
/// <param name="Path">Where it remembers that, for messages; empty when nowhere.</param>
/// <param name="Adopts">An operator's word: go on with the log that is there, even if it is younger, forked or another one.</param>
/// <param name="TermMax">Highest term a journal has seen, or 0; an adopted log goes on above it.</param>
internal sealed record LogMemory(ulong StoreId, LogMark? Mark = null, string Path = "", bool Adopts = false, long TermMax = 0)
{
    /// <summary>Reads the mark; blocks for as long as a small file takes.</summary>
    /// <exception cref="IOException">There is one that cannot be read.</exception>
    public static LogMemory Recall(IDurableFiles files, string path, ulong storeId, ClusterSetup setup)
    {
        try
        {
            var mark = path.Length > 0 && files.Read(path) is { } text ? LogMark.Parse(text) : null;
            return new LogMemory(storeId, mark, path, setup.AdoptsLog, setup.TermMax);
        }
        catch (FormatException e)
        {
            throw new IOException($"{path} {e.Message}. It says how far this node has read the control log; delete it if you are sure that the "
                + "store is the right one and no older copy.", e);
        }
    }
}
