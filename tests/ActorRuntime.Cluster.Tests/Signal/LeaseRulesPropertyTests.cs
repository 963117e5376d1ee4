using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: lease quorum and loss quorum intersect (SAFETY 1B-8): nobody is declared lost while those who do not support it keep up its
/// lease. Method: any one or two observer sets of a node, any part of the voters echoing it, all the others supporting its loss, through
/// <see cref="LeaseCalculator"/> and <see cref="LossRules"/>. Failures print the smallest case and a seed.</summary>
public sealed class LeaseRulesPropertyTests
{
    private const int OthersMax = 12;

    private static readonly NodeKey Self = SignalViews.Key("self");
    private static readonly NodeKey[] Others = [.. Enumerable.Range(0, OthersMax).Select(i => new NodeKey($"o{i:00}", (ulong)i + 1))];

    /// <summary>As the orchestrator assigns them: from lone nodes and pairs, whose witness votes, to large clusters.</summary>
    private static readonly Gen<Voters> Assigned = Gen.Choose(0, OthersMax).SelectMany(others => Gen.Choose(3, OthersMax).Select(count =>
    {
        var (observers, witness) = ObserverAssignment.For([Self, .. Others[..others]], Self, count);
        return new Voters([.. observers.Select(o => Array.IndexOf(Others, o))], witness);
    }));

    private static readonly Gen<Voters> Anybody = Gen.SubListOf(Enumerable.Range(0, OthersMax))
        .SelectMany(observers => Gen.Elements(true, false).Select(witness => new Voters([.. observers.Order()], witness)));

    private static readonly Arbitrary<Case> Cases = Arb.From(
        from first in Gen.OneOf(Assigned, Anybody)
        from second in Gen.OneOf(Assigned, Anybody)
        from isJoint in Gen.Elements(true, false)
        from echoing in Gen.SubListOf(Enumerable.Range(0, OthersMax))
        from isRenewed in Gen.Elements(true, false)
        select new Case(isJoint ? [first, second] : [first], [.. echoing.Order()], isRenewed),
        @case => @case.Smaller());

    [Fact]
    [Trait("Requirement", "CL-6")]
    [Trait("Requirement", "CL-9")]
    public void Nobody_is_declared_lost_while_the_others_keep_up_its_lease() => Prop.ForAll(Cases, @case =>
    {
        var isLeased = IsLeased(@case);
        var isLost = Refusal(@case) is null;
        Assert.False(isLeased && isLost, "it holds its lease and is declared lost");
        // And of one set, one of the two always goes: nobody is stuck between serving and being replaced.
        if (@case.Sets is [{ Count: > 1 }] && @case.Supporters.Any()) Assert.True(isLeased || isLost, "neither serves nor can be declared lost");
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Fact]
    [Trait("Requirement", "CL-6")]
    public void A_lone_node_keeps_its_lease_and_no_votes_remove_it() => Prop.ForAll(Cases, @case =>
    {
        var lone = @case with { Sets = [new Voters([], IsWitnessed: false)] };
        Assert.True(IsLeased(lone));
        Assert.NotNull(Refusal(lone));
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500));

    private static bool IsLeased(Case @case)
    {
        var lease = new LeaseCalculator(Self);
        lease.OnView(View(@case), At(0));
        foreach (var other in @case.Echoing) lease.OnEcho(Others[other].Incarnation, At(500), @case.Sets.Length, At(0));
        if (@case.IsRenewed) lease.OnWitnessRenewed(At(500), At(0));
        return lease.End > At(0);
    }

    private static string? Refusal(Case @case)
    {
        var view = View(@case);
        var evidence = new LossEvidence(
            LossKind.Quorum, [.. @case.Supporters.Select(other => Others[other])], @case.IsRenewed ? null : 1, null, null, "");
        return LossRules.Refusal(view, view.Find(Self)!, evidence, Others[0]);
    }

    private static ClusterView View(Case @case)
    {
        var view = SignalViews.Of(@case.Sets.Length, [(Self, 1), .. Others.Select(other => (other, 1))]);
        return view.WithSets(Self, view.Version, [.. @case.Sets.Select(
            (set, i) => new ObserverSet(i + 1, [.. set.Observers.Select(other => Others[other])], set.IsWitnessed))]);
    }

    private static MonotonicTime At(int ms) => new(ms * TimeSpan.TicksPerMillisecond);

    private sealed record Voters(ImmutableArray<int> Observers, bool IsWitnessed)
    {
        public int Count => 1 + Observers.Length + (IsWitnessed ? 1 : 0);

        public override string ToString() => $"{{{string.Join(' ', Observers)}{(IsWitnessed ? " witness" : "")}}}";
    }

    private sealed record Case(ImmutableArray<Voters> Sets, ImmutableArray<int> Echoing, bool IsRenewed)
    {
        /// <summary>Whoever observes and does not echo.</summary>
        public IEnumerable<int> Supporters => Sets.SelectMany(set => set.Observers).Distinct().Except(Echoing).Order();

        public IEnumerable<Case> Smaller()
        {
            if (Sets is [var first, var second])
            {
                yield return this with { Sets = [first] };
                yield return this with { Sets = [second] };
            }
            for (var i = 0; i < Sets.Length; i++)
            {
                if (Sets[i].IsWitnessed) yield return this with { Sets = Sets.SetItem(i, Sets[i] with { IsWitnessed = false }) };
                foreach (var observer in Sets[i].Observers)
                    yield return this with { Sets = Sets.SetItem(i, Sets[i] with { Observers = Sets[i].Observers.Remove(observer) }) };
            }
            foreach (var other in Echoing) yield return this with { Echoing = Echoing.Remove(other) };
            if (IsRenewed) yield return this with { IsRenewed = false };
        }

        public override string ToString() =>
            $"observed by {string.Join(" and ", Sets)}; echoed by {{{string.Join(' ', Echoing)}}}{(IsRenewed ? ", its witness row renewed" : "")}";
    }
}
