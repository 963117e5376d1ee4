using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.ControlLog;

/// <summary>Goal: an entry reaches every live member once, whoever commits it, and nobody talks with more than a few. Method: clusters of random sizes, some members down.</summary>
public sealed class PushTreeTests
{
    private const int Seeds = 60;

    [Fact]
    public void Every_live_member_is_told_once_by_few()
    {
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var random = new Prng(seed);
            var count = 2 + (int)(random.Next() % 600);
            var downPercent = random.Chance(50) ? 0 : (int)(random.Next() % 30);
            var view = View(count, random, downPercent);
            var live = view.Members.Values.Where(member => member.Status != MemberStatus.Down).Select(member => member.Key).ToArray();
            if (live.Length == 0) continue;
            var committer = live[random.Next() % (ulong)live.Length];

            var (told, fanOutMax) = Spread(view, committer);

            Assert.Equal(live.Where(key => key != committer).Order(), told.Where(key => key != committer).Distinct().Order());
            Assert.Equal(told.Count, told.Distinct().Count());
            // Whoever stands in for one that is down tells more.
            if (count > ViewLimits.SmallMax && downPercent == 0) Assert.True(fanOutMax <= PushTree.ChildrenMax, $"seed {seed}: {fanOutMax} of {count}");
        }
    }

    [Fact]
    public void A_small_cluster_takes_one_step()
    {
        var view = View(ViewLimits.SmallMax, new Prng(1), downPercent: 0);
        foreach (var member in view.Members.Values)
        {
            Assert.Equal(ViewLimits.SmallMax - 1, PushTree.OfCommitter(view, member.Key).Count);
            Assert.Empty(PushTree.OfOther(view, member.Key));
        }
    }

    [Fact]
    public void A_large_one_has_few_connections_whoever_commits()
    {
        var view = View(1000, new Prng(2), downPercent: 0);
        var partners = view.Members.Values.ToDictionary(member => member.Key, _ => new HashSet<NodeKey>());
        foreach (var committer in partners.Keys) Spread(view, committer, (from, to) => partners[from].Add(to));

        var most = partners.Values.OrderByDescending(to => to.Count).ToArray();
        Assert.All(most, to => Assert.True(to.Count <= PushTree.ChildrenMax + 1, $"{to.Count} connections opened"));
    }

    private static (List<NodeKey> Told, int FanOutMax) Spread(ClusterView view, NodeKey committer, Action<NodeKey, NodeKey>? told = null)
    {
        var (all, waiting, most) = (new List<NodeKey>(), new Queue<(NodeKey From, Member To)>(), 0);
        Say(committer, PushTree.OfCommitter(view, committer));
        while (waiting.TryDequeue(out var next))
        {
            all.Add(next.To.Key);
            told?.Invoke(next.From, next.To.Key);
            Assert.True(all.Count <= 2 * view.Members.Count, "it goes round in circles");
            Say(next.To.Key, PushTree.OfOther(view, next.To.Key));
        }
        return (all, most);

        void Say(NodeKey from, List<Member> to)
        {
            most = Math.Max(most, to.Count);
            foreach (var member in to) waiting.Enqueue((from, member));
        }
    }

    private static ClusterView View(int count, Prng random, int downPercent)
    {
        var view = ClusterView.Empty;
        for (var i = 1; i <= count; i++)
        {
            var key = new NodeKey($"n{random.Next() % 1_000_000}-{i}", (ulong)i);
            var status = random.Chance(downPercent) ? MemberStatus.Down : MemberStatus.Up;
            view = MemberTrail.With(view with { Version = i }, key.Name, new Member(TestLog.Facts(key), status, i, i, [], null));
        }
        return view;
    }
}
