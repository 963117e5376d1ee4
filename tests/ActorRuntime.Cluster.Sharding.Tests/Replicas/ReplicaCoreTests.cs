using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>What a replica must refuse, one by one: the schedules in which it matters are rare (<see cref="ReplicaModelTests"/> draws them).</summary>
public sealed class ReplicaCoreTests
{
    private static readonly ReplicaLimits Limits = new(4, 1 << 20, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), KeepBlocks: 0, CatchUpBlocks: 0);
    private static readonly ReplicaId OnA = new("a", 1), OnB = new("b", 2);

    private readonly InMemoryBlockLog _disk = new(1, default);
    private readonly ReplicaCore _core;
    private readonly List<ReplicaEffect> _effects = [];
    private MonotonicTime _now = new(1_000_000);

    public ReplicaCoreTests() => _core = new ReplicaCore("a", _disk, Limits);

    [Fact, Trait("Requirement", "AR-5")]
    public void A_lower_term_truncates_nothing_and_is_told_the_newer_one()
    {
        Follow(term: 7);
        var mine = Block.Create(1, 7, default, [7]);
        Hear(new AppendBlocks(7, Place(mine), [mine], default, 0));

        var late = Block.Create(1, 5, default, [5]);
        Hear(new AppendBlocks(5, Place(late), [late], Place(late), 0));

        Assert.Equal(mine.Digest, _disk.DigestAt(1));
        Assert.Equal(0, _core.Committed);
        Assert.Equal(new TermRefused(7), Assert.IsType<ReplicaEffect.Send>(_effects[^1]).Message);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_newer_term_deposes_and_is_recorded_first()
    {
        Lead(term: 7);

        Hear(new AppendBlocks(9, default, [], default, 0));

        Assert.Equal(9, _disk.Term);
        Assert.Null(_core.Leading);
        Assert.Contains(new ReplicaEffect.Deposed(7), _effects);
    }

    [Theory, Trait("Requirement", "AR-5")]
    [InlineData(7, 2, true)]
    [InlineData(6, 2, false)] // Of another term.
    [InlineData(7, 3, false)] // Of another log than the one in the set.
    public void Only_what_is_said_in_this_term_of_the_log_in_the_set_counts(long term, ulong storeId, bool counts)
    {
        Lead(term: 7);

        Hear(new BlocksHeld(term, storeId, _core.Head, 0));

        Assert.Equal(counts, _core.IsOpen);
        Assert.Equal(counts ? _core.Head.Height : 0, _core.Committed);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_place_with_another_digest_counts_for_nothing()
    {
        Lead(term: 7);

        Hear(new BlocksHeld(7, 2, new BlockPlace(1, BlockDigest.Of([1])), 0));

        Assert.False(_core.IsOpen);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_term_the_log_knows_already_is_not_led()
    {
        _disk.RecordTerm(7);

        Lead(term: 7);

        Assert.Null(_core.Leading);
        Assert.Equal(0, _core.Head.Height);
    }

    [Fact]
    public void Nothing_is_acknowledged_before_the_control_log_was_read()
    {
        Hear(new AppendBlocks(7, default, [], default, 0));

        Assert.Empty(_effects);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_removal_that_is_only_asked_for_does_not_count()
    {
        Lead(term: 7);
        Hear(new BlocksHeld(7, 2, _core.Head, 0));
        _core.OnView(Placement(term: 7, isLeader: true, version: 8, minimum: 1), _now, _effects);
        _core.Form([1], _now, _effects);
        Flush();
        _now += TimeSpan.FromSeconds(2);
        _core.OnTime(_now, _effects);

        Assert.Contains(_effects, effect => effect is ReplicaEffect.Propose { IsAdded: false, Replica.Node: "b" });
        Assert.Equal(_core.Head.Height - 1, _core.Committed);
    }

    private static BlockPlace Place(Block block) => new(block.Height, block.Digest);

    private static ReplicaPlacement Placement(long term, bool isLeader, long version, int minimum = 2) => new(
        version, term, isLeader, new ReplicaSet(term, [OnA, OnB], ImmutableArray<ReplicaId>.Empty, [], minimum, IsMinimumInForce: true), _ => 1);

    private void Follow(long term) => _core.OnView(Placement(term, isLeader: false, version: term), _now, _effects);

    private void Lead(long term)
    {
        _core.OnView(Placement(term, isLeader: true, version: term), _now, _effects);
        Flush();
    }

    private void Hear(ReplicaMessage message)
    {
        _core.OnMessage("b", message, _now, _effects);
        Flush();
    }

    private void Flush()
    {
        while (_effects.Remove(ReplicaEffect.Flush.Instance)) _core.OnFlushed(_now, _effects);
    }
}
