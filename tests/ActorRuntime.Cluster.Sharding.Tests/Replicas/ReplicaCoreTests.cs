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
        Assert.Contains(new ReplicaEffect.Pull(9), _effects); // The control log says who leads.
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

    [Fact, Trait("Requirement", "AR-5")]
    public void A_block_is_acknowledged_once_it_is_flushed_with_the_log_it_is_in()
    {
        Follow(term: 7);
        var (first, second) = (Block.Create(1, 7, default, [1]), Block.Create(2, 7, Block.Create(1, 7, default, [1]).Digest, [2]));
        _core.OnMessage("b", new AppendBlocks(7, Place(first), [first], default, 0), _now, _effects);
        Assert.Equal([ReplicaEffect.Flush.Instance, Held(0)], _effects); // It has come, and nothing of it is safe.
        _effects.Clear();
        _core.OnMessage("b", new AppendBlocks(7, Place(second), [second], Place(first), 0), _now, _effects);
        Assert.Equal([new ReplicaEffect.Committed(1), Held(0, committed: 1)], _effects); // One flush at a time.
        _effects.Clear();
        _core.OnFlushed(_now, _effects);
        Assert.Equal([ReplicaEffect.Flush.Instance, Held(1, committed: 1)], _effects);
        _effects.Clear();
        _core.OnFlushed(_now, _effects);
        Assert.Equal([Held(2, committed: 1)], _effects);
        _effects.Clear();
        _core.OnFlushed(_now, _effects);
        Assert.Empty(_effects); // Said.
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_block_that_is_held_already_truncates_nothing_and_another_one_in_its_place_does()
    {
        Follow(term: 7);
        var (first, second) = (Block.Create(1, 7, default, [1]), Block.Create(2, 7, Block.Create(1, 7, default, [1]).Digest, [2]));
        Hear(new AppendBlocks(7, Place(second), [first, second], default, 0));
        Hear(new AppendBlocks(7, Place(first), [first], default, 0)); // Overtaken.
        Assert.Equal(Place(second), _core.Head);
        Assert.Equal(Held(1), _effects[^1]);

        var other = Block.Create(2, 9, first.Digest, [9]);
        _effects.Clear();
        _core.OnMessage("b", new AppendBlocks(9, Place(other), [other], default, 0), _now, _effects);
        Assert.Equal(Place(other), _core.Head);
        Assert.Equal(Held(1, term: 9), _effects[^1]); // What was safe there is gone, what is there now is not safe yet.
        Flush();
        Assert.Equal(Held(2, term: 9), _effects[^1]);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_flush_that_began_before_a_truncation_makes_nothing_safe_that_came_after_it()
    {
        Follow(term: 7);
        var first = Block.Create(1, 7, default, [1]);
        _core.OnMessage("b", new AppendBlocks(7, Place(first), [first], default, 0), _now, _effects);
        var other = Block.Create(1, 9, default, [9]);
        _core.OnMessage("b", new AppendBlocks(9, Place(other), [other], default, 0), _now, _effects);
        _effects.Clear();

        _core.OnFlushed(_now, _effects);

        Assert.Equal([ReplicaEffect.Flush.Instance], _effects);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_committed_height_is_taken_with_the_very_block_and_then_never_truncated()
    {
        Follow(term: 7);
        var mine = Block.Create(1, 7, default, [1]);
        Hear(new AppendBlocks(7, Place(mine), [mine], new BlockPlace(1, BlockDigest.Of([1])), 0));
        Assert.Equal(0, _core.Committed);
        Hear(new AppendBlocks(7, Place(mine), [], new BlockPlace(2, mine.Digest), 0));
        Assert.Equal(0, _core.Committed);
        Hear(new AppendBlocks(7, Place(mine), [], Place(mine), 0));
        Assert.Equal(1, _core.Committed);

        var other = Block.Create(1, 9, default, [9]);
        Assert.Throws<InvariantException>(() => Hear(new AppendBlocks(9, Place(other), [other], default, 0)));
        Assert.Equal(Place(mine), _core.Head);
    }

    [Fact]
    public void Blocks_that_follow_nothing_held_here_are_not_taken_and_not_acknowledged()
    {
        Follow(term: 7);
        var first = Block.Create(1, 7, default, [1]);
        var (second, third) = (Block.Create(2, 7, first.Digest, [2]), Block.Create(3, 7, Block.Create(2, 7, first.Digest, [2]).Digest, [3]));
        Hear(new AppendBlocks(7, Place(third), [first, third], default, 0));
        Assert.Equal((Place(first), Held(1)), (_core.Head, _effects[^1]));
        Hear(new AppendBlocks(7, Place(third), [third, second], default, 0));
        Assert.Equal((Place(first), Held(1)), (_core.Head, _effects[^1]));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_higher_term_ends_leadership_whoever_says_it_and_a_lower_one_does_not()
    {
        Lead(term: 7);
        Hear(new TermRefused(7));
        Hear(new AppendBlocks(7, default, [], default, 0)); // Two leaders of one term there are not.
        _core.OnView(Placement(term: 9, isLeader: false, version: 7), _now, _effects); // Not newer than the view it knows.
        Assert.Equal(7, _core.Leading);
        _effects.Clear();

        Hear(new TermRefused(9));

        Assert.Equal([new ReplicaEffect.Deposed(7), new ReplicaEffect.Pull(9)], _effects);
        Assert.Equal((null, 9), (_core.Leading, _disk.Term));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_view_of_a_newer_term_ends_leadership_and_begins_it()
    {
        Lead(term: 7);
        _effects.Clear();
        _core.OnView(Placement(term: 9, isLeader: true, version: 9), _now, _effects);

        Assert.Equal(new ReplicaEffect.Deposed(7), _effects[0]);
        Assert.Equal((9, 9, 2), (_core.Leading, _disk.Term, _core.Head.Height));
        _core.OnView(Placement(term: 11, isLeader: false, version: 11), _now, _effects);
        Assert.Equal((null, 11), (_core.Leading, _disk.Term));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_log_the_set_does_not_name_is_neither_led_nor_kept_quiet_about()
    {
        var lost = new ReplicaId("a", 9);
        _core.OnView(Placement(term: 7, isLeader: true, version: 7, inSync: [lost]), _now, _effects);
        Assert.Empty(_effects); // The last log: only an operator can give it up.

        _core.OnView(Placement(term: 7, isLeader: true, version: 8, inSync: [lost, OnB]), _now, _effects);
        _core.OnView(Placement(term: 7, isLeader: true, version: 9, inSync: [lost, OnB]), _now, _effects);
        var asked = Assert.IsType<ReplicaEffect.Propose>(Assert.Single(_effects));
        Assert.Equal((0L, 8L, lost, false), (asked.Term, asked.PreviousReplicas, asked.Replica, asked.IsAdded));
        Assert.Null(_core.Leading);
        _core.OnProposalSettled(7, 9, _now, _effects);
        _core.OnView(Placement(term: 7, isLeader: true, version: 10, inSync: [lost, OnB]), _now, _effects);
        Assert.Single(_effects);
        _core.OnProposalSettled(0, 9, _now, _effects);
        _core.OnView(Placement(term: 7, isLeader: true, version: 11, inSync: [lost, OnB]), _now, _effects);
        Assert.Equal(2, _effects.Count); // It came to nothing, and is asked anew.
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Where_the_leaders_log_begins_above_it_a_learner_begins_anew_and_a_member_does_not()
    {
        var start = new BlockPlace(5, BlockDigest.Of([5]));
        Follow(term: 7);
        Hear(new LogBegins(7, start));
        Assert.Empty(_effects); // It is in sync: something is wrong, and nothing is thrown away.

        _core.OnView(Placement(term: 7, isLeader: false, version: 8, inSync: [OnB]), _now, _effects);
        Hear(new LogBegins(6, start));
        Assert.Equal(new TermRefused(7), Assert.IsType<ReplicaEffect.Send>(Assert.Single(_effects)).Message);
        Hear(new LogBegins(7, start));
        Assert.Equal(new ReplicaEffect.BeginAnew(start, 7, "b"), _effects[^1]);

        var mine = Block.Create(1, 7, default, [1]);
        Hear(new AppendBlocks(7, Place(mine), [mine], Place(mine), 0));
        _effects.Clear();
        Hear(new LogBegins(7, Place(mine)));
        Assert.Equal(Held(1, committed: 1), _effects[^1]); // It has that place, and goes on from there.
        _effects.Clear();
        Hear(new LogBegins(7, new BlockPlace(1, BlockDigest.Of([1]))));
        Assert.Empty(_effects); // Another block is committed there.
    }

    [Fact]
    public void A_log_that_was_begun_anew_says_so_once_it_knows_the_control_log()
    {
        var start = new BlockPlace(5, BlockDigest.Of([5]));
        var disk = new InMemoryBlockLog(1, start);
        disk.RecordTerm(7);
        var core = new ReplicaCore("a", disk, Limits);
        core.OnBegun("b", _effects);
        Assert.Empty(_effects);
        core.OnView(Placement(term: 7, isLeader: false, version: 7), _now, _effects);
        core.OnBegun("b", _effects);

        Assert.Equal(new BlocksHeld(7, 1, start, 5), Assert.IsType<ReplicaEffect.Send>(Assert.Single(_effects)).Message);
        _effects.Clear();
        core.OnMessage("b", new LogBegins(7, new BlockPlace(3, default)), _now, _effects); // Late: it has gone on since.
        Assert.Equal(new BlocksHeld(7, 1, start, 5), Assert.IsType<ReplicaEffect.Send>(Assert.Single(_effects)).Message);
    }

    [Fact]
    public void A_follower_gives_up_what_is_in_the_store_but_not_what_it_has_not_flushed_or_what_is_kept()
    {
        var core = new ReplicaCore("a", _disk, Limits with { KeepBlocks = 1 });
        core.OnView(Placement(term: 7, isLeader: false, version: 7), _now, _effects);
        List<Block> blocks = [];
        for (var height = 1; height <= 4; height++) blocks.Add(Block.Create(height, 7, height == 1 ? default : blocks[^1].Digest, [1]));
        core.OnMessage("b", new AppendBlocks(7, Place(blocks[3]), [.. blocks], Place(blocks[3]), 0), _now, _effects);
        core.OnMessage("b", new AppendBlocks(7, Place(blocks[3]), [], Place(blocks[3]), 2), _now, _effects);
        Assert.Equal((2, 0), (core.Behind, core.Start.Height));
        core.OnFlushed(_now, _effects);
        core.OnMessage("b", new AppendBlocks(7, Place(blocks[3]), [], Place(blocks[3]), 3), _now, _effects);
        Assert.Equal((3, 2), (core.Behind, core.Start.Height));
        core.OnMessage("b", new AppendBlocks(7, Place(blocks[3]), [], Place(blocks[3]), 2), _now, _effects); // Late.
        Assert.Equal(3, core.Behind);

        core.OnMessage("b", new AppendBlocks(7, Place(blocks[0]), [blocks[0]], default, 3), _now, _effects);
        Assert.Equal(2, Assert.IsType<BlocksHeld>(Assert.IsType<ReplicaEffect.Send>(_effects[^1]).Message).Holds.Height); // Given up, so it was committed.
    }

    private ReplicaEffect.Send Held(long height, long committed = 0, long term = 7) =>
        new("b", new BlocksHeld(term, 1, new BlockPlace(height, _disk.DigestAt(height)), committed));

    [Theory, Trait("Requirement", "CL-10")]
    [InlineData(1, true)]
    [InlineData(0, false)] // Lost: the control log would refuse, and be asked again at once, for as long as the node is away.
    public void Log_that_has_everything_is_added_while_its_node_lives(ulong incarnation, bool isAdded)
    {
        var set = new ReplicaSet(7, [OnA], [], ["b"], Minimum: 1, IsMinimumInForce: true);
        _core.OnView(new(7, 7, true, set, _ => incarnation), _now, _effects);
        Flush();
        Hear(new BlocksHeld(7, 2, _core.Head, 0));

        Assert.Equal(isAdded, _effects.Any(effect => effect is ReplicaEffect.Propose { IsAdded: true, Replica.Node: "b" }));
    }

    private static BlockPlace Place(Block block) => new(block.Height, block.Digest);

    private static ReplicaPlacement Placement(long term, bool isLeader, long version, int minimum = 2, ReplicaId[]? inSync = null) => new(
        version, term, isLeader, new ReplicaSet(version, [.. inSync ?? [OnA, OnB]], ImmutableArray<ReplicaId>.Empty, [], minimum, true), _ => 1);

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
