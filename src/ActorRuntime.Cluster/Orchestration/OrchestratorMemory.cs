using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>How long things have been as they are, as one node saw it: the third input of <c>Orchestrator.Decide</c>. Immutable.</summary>
/// <remarks>A node that restarts or takes over begins with an empty memory: everything seems new, so whatever waits for time waits once
/// more. Safety never rests on it.</remarks>
/// <param name="Now">Lease clock of this node at the last observation.</param>
/// <param name="Since">When each fact that holds now was first seen to hold.</param>
public sealed record OrchestratorMemory(MonotonicTime Now, ImmutableSortedDictionary<string, MonotonicTime> Since)
{
    public static OrchestratorMemory Empty(MonotonicTime now) =>
        new(now, ImmutableSortedDictionary.Create<string, MonotonicTime>(StringComparer.Ordinal));

    /// <summary>Forgets what no longer holds, and notes the time of what is new.</summary>
    public OrchestratorMemory Observe(ClusterView view, Evidence evidence, MonotonicTime now)
    {
        var since = ImmutableSortedDictionary.CreateBuilder<string, MonotonicTime>(StringComparer.Ordinal);
        foreach (var fact in Facts.Of(view, evidence)) since[fact] = Since.TryGetValue(fact, out var first) ? first : now;
        return new(now, since.ToImmutable());
    }

    /// <summary>True when <paramref name="fact"/> has held for at least <paramref name="time"/>.</summary>
    /// <param name="deadline">Brought forward to when that will be so, if nothing else changes.</param>
    internal bool HasHeld(string fact, TimeSpan time, ref MonotonicTime deadline)
    {
        if (!Since.TryGetValue(fact, out var first)) return false;
        if (Now - first >= time) return true;
        if (first + time < deadline) deadline = first + time;
        return false;
    }
}

/// <summary>The facts whose duration matters. Few: only what is not in its ordinary state is listed.</summary>
internal static class Facts
{
    public static IEnumerable<string> Of(ClusterView view, Evidence evidence)
    {
        foreach (var member in view.Members.Values)
        {
            yield return Status(member);
            if (member.ObserverSets is [var old, var next] && IsReported(evidence, old, next)) yield return ReportedBy(member, next);
        }
        if (Seat.IsVacant(view, evidence)) yield return Vacant(view);
        yield return LostBy(view);
        yield return PlacedBy(view);
        foreach (var type in view.Types.Values)
        foreach (var (shard, state) in type.Shards)
            if (state.Transfer is { } transfer) yield return Asked(type, shard, transfer);
        foreach (var flow in view.Flows.Values)
        foreach (var sender in flow.Senders)
            if ((flow.Active != 0 || sender.Status == SenderStatus.Muted) && Predecessors.ShardOf(view, sender.Unit) is { Leader: not null } shard)
                yield return Led(sender.Unit, shard);
    }

    /// <summary>A member has this status.</summary>
    public static string Status(Member member) => $"status {member.Key} {member.Status}";

    /// <summary>A loss quorum of the older observer set says it has applied the newer one.</summary>
    public static string ReportedBy(Member member, ObserverSet next) => $"reported {member.Key} {next.Epoch}";

    /// <summary>The orchestrator of this term is gone.</summary>
    public static string Vacant(ClusterView view) => $"vacant {view.Orchestrator?.Term ?? 0}";

    /// <summary>No node was lost after this one.</summary>
    public static string LostBy(ClusterView view)
    {
        var newest = 0L;
        foreach (var lost in view.Lost.Values) newest = Math.Max(newest, lost.Version);
        return $"lost {newest}";
    }

    /// <summary>No shard was placed after this entry.</summary>
    public static string PlacedBy(ClusterView view) => $"placed {NewestPlacement(view)}";

    /// <summary>A leader is asked for this transfer.</summary>
    public static string Asked(UnitType type, string shard, ShardTransfer transfer) => $"asked {type.Name}/{shard} {transfer.Version}";

    /// <summary>A sender's shard is led under this term.</summary>
    public static string Led(UnitId unit, ShardState shard) => $"led {unit.Type}/{unit.Id} {shard.Term}";

    public static long NewestPlacement(ClusterView view)
    {
        var newest = 0L;
        foreach (var type in view.Types.Values)
        foreach (var shard in type.Shards.Values)
            newest = Math.Max(newest, shard.Term);
        return newest;
    }

    private static bool IsReported(Evidence evidence, ObserverSet old, ObserverSet next)
    {
        var reports = 0;
        foreach (var observer in old.Observers)
            if (evidence.AppliedBy(observer) >= next.Epoch) reports++;
        return reports >= old.LossQuorum;
    }
}
