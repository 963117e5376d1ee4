using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>What the leader of a term counts, sends and asks for: a leads, b and c are in sync or learn.</summary>
public sealed class LeaderTermTests
{
    private static readonly ReplicaLimits Limits = new(4, 300, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), KeepBlocks: 1, CatchUpBlocks: 3);
    private static readonly ReplicaId OnA = new("a", 1), OnB = new("b", 2), OnC = new("c", 3);

    private readonly InMemoryBlockLog _disk = new(1, default);
    private readonly Dictionary<string, ulong> _lives = new(StringComparer.Ordinal) { ["a"] = 1, ["b"] = 1, ["c"] = 1 };
    private readonly List<ReplicaEffect> _effects = [];
    private readonly ReplicaCore _core;
    private MonotonicTime _now = new(1_000_000);
    private long _version = 6;

    public LeaderTermTests() => _core = new ReplicaCore("a", _disk, Limits);

    [Fact, Trait("Requirement", "AR-5")]
    public void Nothing_is_committed_that_is_not_flushed_here_and_held_by_everybody_in_sync()
    {
        Lead([OnA, OnB, OnC], minimum: 2);
        Hold(OnB, 1);
        Hold(OnC, 1);
        Assert.Equal((0, false), (_core.Committed, _core.IsOpen)); // Not on its own disk yet.
        Flush();
        Assert.Equal([new ReplicaEffect.Committed(1), new ReplicaEffect.Opened(7)], Took<ReplicaEffect>().TakeLast(2));
        Form();
        Flush();
        Hold(OnB, 2);
        Assert.Equal(1, _core.Committed);
        Hold(OnC, 2);
        Assert.Equal(2, _core.Committed);
        Assert.Empty(Took<ReplicaEffect.Opened>()); // It was open.
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void What_was_there_before_is_committed_with_the_block_that_opens_the_term_and_not_sooner()
    {
        var tail = Block.Create(1, 5, default, [5]);
        _disk.RecordTerm(5);
        _disk.Append(tail);
        var core = new ReplicaCore("a", _disk, Limits);
        core.OnView(Placement([OnA, OnB], [], 2), _now, _effects);
        while (_effects.Remove(ReplicaEffect.Flush.Instance)) core.OnFlushed(_now, _effects);

        core.OnMessage("b", new BlocksHeld(7, 2, new BlockPlace(1, tail.Digest), 0), _now, _effects);
        Assert.Equal((0, false), (core.Committed, core.IsOpen));
        core.OnMessage("b", new BlocksHeld(7, 2, core.Head, 0), _now, _effects);
        Assert.Equal((2, true), (core.Committed, core.IsOpen));
        Assert.Equal(tail.Digest, _disk.DigestAt(1)); // As it was.
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Below_the_minimum_nothing_is_committed_and_whoever_has_everything_is_added()
    {
        Lead([OnA], minimum: 2, learners: ["b"]);
        Flush();
        Assert.Equal((0, true, false), (_core.Committed, _core.IsBelowMinimum, _core.IsOpen));
        Assert.Empty(Took<ReplicaEffect.Propose>());

        Hold(OnB, 1);

        var asked = Assert.Single(Took<ReplicaEffect.Propose>());
        Assert.Equal((7L, _version, OnB, true), (asked.Term, asked.PreviousReplicas, asked.Replica, asked.IsAdded));
        Assert.Equal(0, _core.Committed);
        See([OnA, OnB], minimum: 2);
        Assert.Equal((1, false, true), (_core.Committed, _core.IsBelowMinimum, _core.IsOpen));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Whom_it_asked_to_add_counts_until_the_control_log_says_what_became_of_it()
    {
        Lead([OnA], minimum: 1, learners: ["b", "c"]);
        Flush();
        Hold(OnB, 0);
        Assert.Empty(Took<ReplicaEffect.Propose>()); // Lacks what is committed.
        Hold(OnB, 1);
        Hold(OnC, 1);
        Assert.Equal(OnB, Assert.Single(Took<ReplicaEffect.Propose>()).Replica); // One at a time.
        Form();
        Flush();
        Assert.Equal(1, _core.Committed);

        _core.OnProposalSettled(6, _version, _now, _effects); // Of an earlier term.
        Assert.Equal(1, _core.Committed);
        _core.OnProposalSettled(7, _version + 1, _now, _effects); // The view that knows is still to come.
        Assert.Equal(1, _core.Committed);
        See([OnA], minimum: 1, learners: ["b", "c"]); // It came to nothing.
        Assert.Equal(2, _core.Committed);
    }

    [Fact]
    public void A_proposal_that_the_view_knows_already_is_settled_at_once()
    {
        Lead([OnA], minimum: 1, learners: ["b"]);
        Flush();
        Hold(OnB, 1);
        Form();
        Flush();
        Hold(OnB, 2);
        Assert.Equal(2, _core.Committed);
        Took<ReplicaEffect>();

        _core.OnProposalSettled(7, _version, _now, _effects);

        Assert.Equal(OnB, Assert.Single(Took<ReplicaEffect.Propose>()).Replica); // It is not in the set: asked for anew.
    }

    [Fact]
    public void A_log_that_was_never_founded_is_founded_by_its_leader_and_commits_nothing_before()
    {
        Lead([], minimum: 1);
        Flush();

        var asked = Assert.Single(Took<ReplicaEffect.Propose>());
        Assert.Equal((OnA, true, 0L), (asked.Replica, asked.IsAdded, _core.Committed));
        See([OnA], minimum: 1);
        Assert.Equal(1, _core.Committed);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Another_life_or_another_log_of_a_node_has_said_nothing_yet()
    {
        Lead([OnA, OnB], minimum: 2);
        Flush();
        Hold(OnB, 1);
        Form();
        Flush();
        _lives["b"] = 2;
        See([OnA, OnB], minimum: 2);
        Assert.Empty(Assert.IsType<AppendBlocks>(Took<ReplicaEffect.Send>()[^1].Message).Blocks); // Compared, not fed.
        Hold(OnB with { StoreId = 9 }, 2);
        Assert.Equal(1, _core.Committed);
        Hold(OnB, 1);
        Hold(OnB with { StoreId = 9 }, 2);
        Assert.Equal(1, _core.Committed);
        Hold(OnB, 2);
        Assert.Equal(2, _core.Committed);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Who_holds_up_the_others_is_asked_to_leave_as_long_as_enough_are_left()
    {
        Lead([OnA, OnB, OnC], minimum: 2);
        Flush();
        Hold(OnB, 1);
        Hold(OnC, 1);
        Pass(2_000);
        Assert.Empty(Took<ReplicaEffect.Propose>()); // They have everything.
        Form();
        Flush();
        Hold(OnC, 2);
        Pass(999);
        Assert.Empty(Took<ReplicaEffect.Propose>());
        Pass(1);
        var asked = Assert.Single(Took<ReplicaEffect.Propose>());
        Assert.Equal((OnB, false), (asked.Replica, asked.IsAdded));
        Pass(2_000);
        Assert.Empty(Took<ReplicaEffect.Propose>()); // Asked already.

        See([OnA, OnC], minimum: 2, learners: ["b"], settled: true);
        Assert.Equal(2, _core.Committed);
        Form();
        Flush();
        Pass(2_000);
        Assert.Empty(Took<ReplicaEffect.Propose>()); // Nobody can be spared.
    }

    [Fact]
    public void No_more_blocks_are_formed_than_the_window_has_room_for()
    {
        Lead([OnA, OnB], minimum: 2);
        Assert.Throws<InvariantException>(Form);
        Flush();
        Hold(OnB, 1);
        for (var i = 0; i < Limits.WindowBlocks; i++) Form();
        Assert.False(_core.MayForm);
        Assert.Throws<InvariantException>(Form);
        Flush();
        Hold(OnB, 2);
        Assert.True(_core.MayForm);
    }

    [Fact]
    public void Who_says_nothing_is_asked_again_after_a_while_and_who_has_everything_is_left_alone()
    {
        Lead([OnA, OnB], minimum: 2);
        Flush();
        Assert.Equal(_now + Limits.ResendAfter, _core.Deadline);
        Took<ReplicaEffect>();
        Pass(199);
        Assert.Empty(_effects);
        Pass(1);
        Assert.Equal(_core.Head, Assert.IsType<AppendBlocks>(Assert.Single(Took<ReplicaEffect.Send>()).Message).Place);
        Hold(OnB, 0);
        Took<ReplicaEffect>();
        Pass(200);
        Assert.Equal([1], Sent("b").Select(block => block.Height)); // What was on its way may be lost.

        Hold(OnB, 1);
        Took<ReplicaEffect>();
        Pass(200);
        Assert.Equal(1, Assert.IsType<AppendBlocks>(Assert.Single(Took<ReplicaEffect.Send>()).Message).Committed.Height); // It is not told yet.
        Hold(OnB, 1, committed: 1);
        Assert.Null(_core.Deadline);
        Pass(10_000);
        Assert.Empty(_effects);
    }

    [Fact]
    public void What_a_follower_lacks_is_sent_in_portions()
    {
        Lead([OnA], minimum: 1);
        Flush();
        for (var i = 0; i < 7; i++)
        {
            Form(i == 3 ? 400 : 100);
            Flush();
        }
        See([OnA], minimum: 1, learners: ["b"]);
        Took<ReplicaEffect>();

        Hold(OnB, 0);

        // The opening block and one more have 198 bytes, three would have 347; a large one goes alone; no more than the window on its way.
        Assert.Equal([2, 2], Portions());
        Hold(OnB, 2);
        Assert.Equal([1, 2], Portions());
        Hold(OnB, 1);
        Assert.Empty(Took<ReplicaEffect.Send>()); // Overtaken by the one before.
        Pass(200);
        Assert.Equal(3, Sent("b")[0].Height); // What is acknowledged is not sent again.

        int[] Portions() => [.. Took<ReplicaEffect.Send>().Select(send => ((AppendBlocks)send.Message).Blocks.Length)];
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_follower_with_other_blocks_is_compared_in_growing_steps_down_to_the_last_common_one()
    {
        Lead([OnA, OnB], minimum: 2);
        See([OnA], minimum: 1, learners: ["b"]);
        Flush();
        for (var i = 0; i < 9; i++)
        {
            Form();
            Flush();
        }
        Took<ReplicaEffect>();
        var other = new BlockPlace(10, BlockDigest.Of([1]));

        Assert.Equal([9, 8, 6, 2], [Compared(10), Compared(10), Compared(10), Compared(10)]);
        Hold(OnB, 2);
        Assert.Equal([3], Sent("b").Select(block => block.Height).Take(1));
        Hear("b", new BlocksHeld(7, 2, other, 0)); // Late: it is known where they agree.
        Assert.Empty(Took<ReplicaEffect.Send>());

        long Compared(long height)
        {
            Hear("b", new BlocksHeld(7, 2, other with { Height = height }, 0));
            return Assert.IsType<AppendBlocks>(Assert.Single(Took<ReplicaEffect.Send>()).Message).Place.Height;
        }
    }

    [Fact]
    public void Blocks_are_given_up_below_the_store_except_those_that_are_kept_or_still_needed()
    {
        Lead([OnA], minimum: 1, learners: ["b"]);
        Flush();
        for (var i = 0; i < 3; i++)
        {
            Form();
            Flush();
        }
        Hold(OnB, 1);
        Assert.Throws<InvariantException>(() => _core.OnWrittenBehind(5, _now)); // Not committed.
        _core.OnWrittenBehind(3, _now);
        Assert.Equal((3, 1), (_core.Behind, _core.Start.Height)); // b needs 2 to 4.
        _now += Limits.InSyncTimeout;
        _core.OnWrittenBehind(4, _now);
        Assert.Equal((4, 3), (_core.Behind, _core.Start.Height)); // It does not move on; one is kept.
        Took<ReplicaEffect>();

        Pass(200);

        Assert.Equal(new LogBegins(7, new BlockPlace(4, _disk.DigestAt(4))), Assert.Single(Took<ReplicaEffect.Send>()).Message);
    }

    [Fact]
    public void A_block_is_flushed_and_sent_as_soon_as_it_is_formed_to_those_who_left_below_the_minimum_too()
    {
        _core.OnView(Placement([OnA], [], 1) with { Set = new ReplicaSet(_version, [OnA], [OnC], ["b"], 1, true) }, _now, _effects);
        Assert.Equal(["c", "b"], Took<ReplicaEffect.Send>().Select(send => send.Node));
        Flush();
        Hold(OnB, 1);
        Took<ReplicaEffect>();
        Form();
        Assert.Equal([2], Sent("b").Select(block => block.Height)); // c has said nothing yet: it is asked first.
        Form();
        Assert.Single(_effects, ReplicaEffect.Flush.Instance); // One at a time,
        _effects.Clear();
        _core.OnFlushed(_now, _effects);
        Assert.Single(_effects, ReplicaEffect.Flush.Instance); // and then the rest.
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Who_is_slow_but_moves_on_stays_in_the_set_and_who_says_the_same_again_does_not()
    {
        Lead([OnA, OnB, OnC], minimum: 2);
        Flush();
        foreach (var copy in new[] { OnB, OnC }) Hold(copy, 1);
        for (var i = 0; i < 3; i++) Form();
        Flush();
        for (var height = 2; height <= 4; height++)
        {
            Pass(600);
            foreach (var copy in new[] { OnB, OnC }) Hold(copy, height);
        }
        Assert.Empty(Took<ReplicaEffect.Propose>());
        Form();
        Flush();
        Hold(OnC, 5);
        Pass(600);
        Hold(OnB, 4);
        Pass(400);
        Assert.Equal((OnB, false), Took<ReplicaEffect.Propose>().Select(asked => (asked.Replica, asked.IsAdded)).Single());
    }

    [Fact]
    public void Who_has_less_than_the_log_still_has_is_told_where_it_begins_and_who_is_too_far_behind_holds_nothing_up()
    {
        Lead([OnA], minimum: 1, learners: ["b"]);
        Flush();
        for (var i = 0; i < 5; i++)
        {
            Form();
            Flush();
        }
        Hold(OnB, 1); // Five behind; three are kept for it.
        _core.OnWrittenBehind(4, _now);
        Assert.Equal(3, _core.Start.Height);
        Took<ReplicaEffect>();

        Hear("b", new BlocksHeld(7, 9, default, 0)); // Another log there, an empty one.

        Assert.Equal(new LogBegins(7, PlaceAt(4)), Assert.Single(Took<ReplicaEffect.Send>()).Message);
    }

    private BlockPlace PlaceAt(long height) => new(height, _disk.DigestAt(height));

    private ReplicaPlacement Placement(ReplicaId[] inSync, string[] learners, int minimum) => new(
        ++_version, 7, true, new ReplicaSet(_version, [.. inSync], ImmutableArray<ReplicaId>.Empty, [.. learners], minimum, IsMinimumInForce: true),
        name => _lives.GetValueOrDefault(name));

    /// <summary>Its opening block is not flushed yet.</summary>
    private void Lead(ReplicaId[] inSync, int minimum, string[]? learners = null) => See(inSync, minimum, learners);

    private void See(ReplicaId[] inSync, int minimum, string[]? learners = null, bool settled = false)
    {
        if (settled) _core.OnProposalSettled(7, _version + 1, _now, _effects);
        _core.OnView(Placement(inSync, learners ?? [], minimum), _now, _effects);
    }

    private void Hold(ReplicaId copy, long height, long committed = 0) =>
        Hear(copy.Node, new BlocksHeld(7, copy.StoreId, PlaceAt(height), committed));

    private void Hear(string from, ReplicaMessage message) => _core.OnMessage(from, message, _now, _effects);

    private void Form() => Form(1);

    private void Form(int bytes) => _core.Form(new byte[bytes], _now, _effects);

    private void Flush()
    {
        while (_effects.Remove(ReplicaEffect.Flush.Instance)) _core.OnFlushed(_now, _effects);
    }

    private void Pass(int milliseconds)
    {
        _now += TimeSpan.FromMilliseconds(milliseconds);
        _core.OnTime(_now, _effects);
    }

    private Block[] Sent(string to) => [.. Took<ReplicaEffect.Send>().Where(send => send.Node == to).SelectMany(send => ((AppendBlocks)send.Message).Blocks)];

    private T[] Took<T>()
    {
        T[] taken = [.. _effects.OfType<T>()];
        _effects.RemoveAll(static effect => effect is not ReplicaEffect.Flush);
        return taken;
    }
}
