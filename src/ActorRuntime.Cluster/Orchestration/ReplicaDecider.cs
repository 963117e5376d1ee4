using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Which nodes catch up with which shard's log, so that each has as many copies as its type asks for, evenly spread.</summary>
/// <remarks>Only learners: who is in sync says the leader, who knows (SAFETY 1C-17).</remarks>
internal static class ReplicaDecider
{
    /// <summary>Most changes in one entry; the rest follow in the next.</summary>
    private const int ChangesMax = 1_000;

    public static void Assign(Situation s)
    {
        foreach (var type in s.View.Types.Values)
        {
            if (type.Replication is not { } replication || !IsWanting(s, type, replication.Replicas)) continue;
            var hosts = type.Hosts.Where(s.IsUp).Select(host => host.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            var copies = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var host in hosts) copies[host] = type.Shards.Values.Count(state => state.Replicas!.Has(host));
            var assignments = ImmutableArray.CreateBuilder<LearnerAssignment>();
            foreach (var (shard, state) in type.Shards)
            {
                if (assignments.Count >= ChangesMax) break;
                if (state.Replicas is not { IsFounded: true } set) continue;
                var learners = Learners(set, hosts, copies, replication.Replicas);
                if (learners.SequenceEqual(set.Learners, StringComparer.Ordinal)) continue;
                assignments.Add(new LearnerAssignment(shard, set.Version, learners));
                foreach (var learner in learners)
                    if (!set.Learners.Contains(learner, StringComparer.Ordinal)) copies[learner]++;
            }
            if (assignments.Count > 0)
                s.Draft.Add(new ControlChange.LearnersAssigned(type.Name, assignments.ToImmutable()), $"learners of {assignments.Count} shards of {type.Name} assigned");
        }
    }

    /// <summary>Mostly nothing is: looked at before anything is computed.</summary>
    private static bool IsWanting(Situation s, UnitType type, int wanted)
    {
        var hosts = 0;
        foreach (var host in type.Hosts)
            if (s.IsUp(host)) hosts++;
        foreach (var (_, state) in type.Shards)
        {
            if (state.Replicas is not { IsFounded: true } set) continue;
            var live = 0;
            foreach (var copy in set.InSync)
                if (s.View.Members.TryGetValue(copy.Node, out var member) && s.IsUp(member.Key)) live++;
            foreach (var learner in set.Learners)
            {
                if (!s.View.Members.TryGetValue(learner, out var member) || !s.IsUp(member.Key)) return true;
                live++;
            }
            if (live < Math.Min(wanted, hosts)) return true;
        }
        return false;
    }

    /// <summary>Those who learn already go on; more are taken from the nodes with the fewest copies.</summary>
    private static ImmutableArray<string> Learners(ReplicaSet set, string[] hosts, SortedDictionary<string, int> copies, int wanted)
    {
        var kept = hosts.Count(set.IsInSync);
        var learners = set.Learners.Where(hosts.Contains).Take(Math.Max(0, wanted - kept)).ToList();
        while (kept + learners.Count < wanted)
        {
            var next = hosts.Where(host => !learners.Contains(host) && !set.IsInSync(host))
                .OrderBy(host => copies[host]).ThenBy(host => host, StringComparer.Ordinal).FirstOrDefault();
            if (next is null) break;
            learners.Add(next);
        }
        return [.. learners.Order(StringComparer.Ordinal)];
    }
}
