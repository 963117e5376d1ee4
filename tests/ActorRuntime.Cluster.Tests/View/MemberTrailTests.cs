using System.Collections.Immutable;
using System.Net;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.View;

/// <summary>
/// Goal: who follows views by what changed ends where who looks at everybody ends.
/// Method: random histories of members; views are skipped, and forgotten the way decoding forgets them.
/// </summary>
public sealed class MemberTrailTests
{
    private const int Seeds = 25, Steps = 300, Names = 12;
    private static readonly NodeKey Self = new("n3", 1_000_000);
    private static readonly MonotonicTime Now = new(0);

    [Fact]
    public void What_changed_is_what_differs()
    {
        var trodden = 0;
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var random = new Prng(seed);
            var history = History(random);
            for (var at = 0; at < history.Length; at++)
            {
                var (old, view) = (history[Math.Max(0, at - (int)(random.Next() % 90))], history[at]);
                var expected = old.Members.Keys.Union(view.Members.Keys).Order(StringComparer.Ordinal)
                    .Select(name => (old.Members.GetValueOrDefault(name), view.Members.GetValueOrDefault(name))).Where(pair => !ReferenceEquals(pair.Item1, pair.Item2));
                Assert.Equal(expected, MemberTrail.Between(old, view));
                Assert.Equal(view.Members.Values.OrderBy(member => member.JoinedAt).Select(member => member.Name), MemberTrail.JoinOrder(view));
                if (view.Trail is not null) trodden++;
            }
        }
        Assert.True(trodden > Seeds * Steps / 2, "the short way is hardly taken");
    }

    [Fact]
    public void Links_that_follow_what_changed_are_those_of_the_last_view()
    {
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var random = new Prng(seed);
            var following = new LinkTable(Self, new SilentList());
            foreach (var view in History(random))
            {
                if (random.Chance(40)) continue;
                var fresh = new LinkTable(Self, new SilentList());
                foreach (var table in (LinkTable[])[following, fresh]) table.Update(view, EndPoints(view), new SignalOptions().Timing, Now);

                Assert.Equal(Told(fresh), Told(following));
                Assert.Equal(fresh.Names.OrderBy(name => name.Key), following.Names.OrderBy(name => name.Key));
            }
        }
    }

    private static string Told(LinkTable table) => string.Join('\n', table.Links.Select(
        link => $"{link.Peer} {link.EndPoint} {link.PeerEpoch} {link.Detector is not null} {link.IsTarget} {table.Observed.Contains(link)} {table.Signalled.Contains(link)}"));

    private static SortedDictionary<NodeKey, IPEndPoint> EndPoints(ClusterView view) =>
        new(view.Members.Values.ToDictionary(member => member.Key, member => new IPEndPoint(IPAddress.Loopback, member.Facts.SignalPort)));

    private static ImmutableArray<ClusterView> History(Prng random)
    {
        var (view, history) = (ClusterView.Empty, ImmutableArray.CreateBuilder<ClusterView>());
        for (var step = 1; step <= Steps; step++)
        {
            view = view with { Version = step };
            for (var changes = random.Next() % 3; changes > 0; changes--) view = Changed(view, $"n{random.Next() % Names}", random);
            if (random.Chance(3)) view = view with { Trail = null }; // As after a checkpoint.
            if (random.Chance(5) && view.Members.Count > 0) view = view with { Orchestrator = new(step, view.Members.Values.First().Key) };
            history.Add(view);
        }
        return history.ToImmutable();
    }

    private static ClusterView Changed(ClusterView view, string name, Prng random)
    {
        if (!view.Members.TryGetValue(name, out var member) || random.Chance(10))
        {
            var key = new NodeKey(name, name == Self.Name && random.Chance(70) ? Self.Incarnation : random.Next() | 1);
            if (view.Lost.ContainsKey(key) || member?.Key == key) return view;
            if (member is not null) view = Lost(view, member);
            var facts = new NodeFacts(key, "test", "127.0.0.1", 1, 1 + (int)(random.Next() % 60_000), "", "", [], "");
            return MemberTrail.With(view, name, new Member(facts, MemberStatus.Joining, view.Version, view.Version, [], null));
        }
        switch (random.Next() % 4)
        {
            case 0:
                return MemberTrail.With(Lost(view, member), name, null);
            case 1:
                return MemberTrail.With(Lost(view, member), name, member with { Status = MemberStatus.Down, Since = view.Version });
            default:
                var observers = view.Members.Values.Where(other => other.Name != name && random.Chance(50)).Select(other => other.Key).ToImmutableArray();
                return member.Status == MemberStatus.Down ? view
                    : MemberTrail.With(view, name, member with { Status = MemberStatus.Up, ObserverSets = [new ObserverSet(view.Version, observers, false)] });
        }
    }

    private static ClusterView Lost(ClusterView view, Member member) => view with
    {
        Lost = view.Lost.SetItem(member.Key, new LostNode(view.Version, new LossEvidence(LossKind.Operator, [], null, null, null, ""), member.ObserverSets)),
    };
}
