using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>What a log is to a node that has applied an entry of it before. Pure.</summary>
internal enum LogStanding
{
    /// <summary>The same history, as far or further.</summary>
    Same,

    /// <summary>It ends before that entry: an older copy.</summary>
    Younger,

    /// <summary>It has another entry there.</summary>
    Forked,

    /// <summary>An operator adopted a shorter log, and its versions jump over that entry.</summary>
    Skipped,

    /// <summary>It is so much longer that it keeps nothing of that time.</summary>
    Forgotten,

    /// <summary>It is another log altogether.</summary>
    Foreign,
}

/// <summary>Judges what the store holds, and says it to people: what, where, what to do.</summary>
internal static class LogJudge
{
    /// <param name="known">Version the node has applied, 0 for none.</param>
    /// <param name="digest">Digest of that entry.</param>
    public static LogStanding Judge(long known, string digest, ControlLogBase found) =>
        known == 0 || found.KnownDigest == digest ? LogStanding.Same
        : found.KnownDigest is not null ? LogStanding.Forked
        : found.Head < known ? LogStanding.Younger
        : found.IsSkipped ? LogStanding.Skipped
        : LogStanding.Forgotten;

    /// <summary>Why a node does not start on this log.</summary>
    public static string AtStart(LogStanding standing, LogMemory memory, long head)
    {
        var mark = memory.Mark!;
        var what = standing switch
        {
            LogStanding.Younger => $"ends at version {head}: it is an older copy (a restored backup?)",
            LogStanding.Forked => $"has another entry {mark.Version}: it is another history (a failover that lost entries?)",
            LogStanding.Forgotten => $"is at version {head} and keeps nothing of that time to compare",
            _ => $"is another one (store {memory.StoreId:x16}, version {head})",
        };
        return $"The control log {what}. This node has applied version {mark.Version} of store {mark.StoreId:x16}, remembered in {memory.Path}. "
            + "Nothing was written. Bring the right store back; or, if it is gone for good, stop all nodes and start this one once with --adopt-log.";
    }

    /// <summary>The log ends before what this node has applied while it runs.</summary>
    public static string Younger(ClusterView view, long head) =>
        $"The control log ends at version {head}, this node has applied version {view.Version}: the store was replaced by an older copy. This node "
        + "serves while its lease holds and decides nothing until the newer store is back; if that is gone for good, stop all nodes and start "
        + "one with --adopt-log.";

    /// <summary>The log has another entry where this node has applied one while it runs.</summary>
    public static string Forked(ClusterView view) =>
        $"The control log has another entry {view.Version} than the one this node has applied, or was adopted without it: the store lost a "
        + "committed entry (a failover without synchronous replication, a restored backup?). Terms may have been granted twice, so this node is muted "
        + "and ends; start it again on the right history, or with --adopt-log.";

    /// <summary>An entry is missing.</summary>
    public static string Gap(ClusterView view, long version) =>
        $"The control log has entry {version} where entry {view.Version + 1} belongs, and no checkpoint that leads there: it is damaged. This node "
        + "decides nothing more; restore the control log.";

    /// <summary>An entry or checkpoint is of another build.</summary>
    public static string Unreadable(string what, ClusterView view, EntryUnreadableException e) =>
        $"{what} cannot be read: {e.Message}. This node keeps its view of version {view.Version} and decides nothing more: upgrade it"
        + (e.IsNewer ? "." : ", or restore the control log.");
}
