using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Flows;

public sealed class FlowReceiverTests
{
    private static readonly FlowSettings Settings = new();
    private static readonly MonotonicTime Now = new(0);
    private static readonly FlowFence First = new(7, 5, 1);
    private static readonly FlowFence Second = new(9, 6, 1);

    private readonly FlowReceiver _receiver = new("f", Settings, FlowReceiverState.Empty);

    [Fact, Trait("Requirement", "CL-6")]
    public void Items_of_a_fence_that_was_not_opened_are_refused_with_open_first() =>
        Assert.Equal(FlowRefusal.OpenFirst, Refusal(Items(First, 1, 1)));

    [Fact, Trait("Requirement", "CL-6"), Trait("Requirement", "AR-5")]
    public void Once_a_higher_fence_is_open_the_lower_one_is_refused_items_and_opening_alike()
    {
        Take(new FlowMessage.Open("f", First, 0));
        Take(Items(First, 1, 9));
        var answer = Assert.IsType<FlowMessage.OpenAnswer>(Take(new FlowMessage.Open("f", Second, 1)));

        Assert.Equal((9, 9), (answer.Position, answer.SourceOffset));
        Assert.Equal(FlowRefusal.Fenced, Refusal(Items(First, 10, 1)));
        Assert.Equal(FlowRefusal.Fenced, Refusal(new FlowMessage.Open("f", First, 0)));
        Assert.Equal(9, _receiver.State.Position);
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void What_the_view_says_is_muted_is_refused_before_anybody_else_has_opened()
    {
        Take(new FlowMessage.Open("f", First, 0));
        _receiver.Rights = new FlowRights(8, 7, null, [true, false]);

        Assert.Equal(FlowRefusal.Muted, Refusal(Items(First, 1, 1)));
    }

    [Fact]
    public void A_term_newer_than_the_view_is_right_because_only_a_committed_entry_grants_terms()
    {
        _receiver.Rights = new FlowRights(8, 7, 0, [false, true]);

        Assert.IsType<FlowMessage.OpenAnswer>(Take(new FlowMessage.Open("f", Second, 1)));
    }

    [Fact]
    public void A_term_the_view_should_know_and_another_sender_are_refused()
    {
        _receiver.Rights = new FlowRights(20, 7, 0, [false, false]);

        Assert.Equal(FlowRefusal.NotActive, Refusal(new FlowMessage.Open("f", new FlowFence(9, 1, 1), 0)));
        Assert.Equal(FlowRefusal.NotActive, Refusal(new FlowMessage.Open("f", First, 1)));
        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.Open("f", First, 2)));
        Assert.Equal(FlowRefusal.Fenced, Refusal(new FlowMessage.Open("f", new FlowFence(3, 1, 1), 0)));
    }

    [Fact]
    public void Duplicates_are_acknowledged_again_overlaps_trimmed_gaps_refused_with_what_is_expected()
    {
        Take(new FlowMessage.Open("f", First, 0));
        Take(Items(First, 1, 4));

        Assert.Null(_receiver.OnMessage(Items(First, 2, 3), Now, 0).Persist);
        Assert.Equal(4, Assert.IsType<FlowMessage.Acknowledged>(Take(Items(First, 1, 4))).Position);
        Assert.Equal(6, Assert.IsType<FlowMessage.Acknowledged>(Take(Items(First, 3, 4))).Position);
        var gap = Assert.IsType<FlowMessage.Refused>(Take(Items(First, 9, 1)));
        Assert.Equal((FlowRefusal.Gap, 7), (gap.Why, gap.Expected));
    }

    [Fact]
    public void Chain_is_the_same_however_items_are_batched_and_differs_when_they_are_swapped()
    {
        Assert.Equal(ChainOf([1, 2], [3]), ChainOf([1], [2, 3]));
        Assert.NotEqual(ChainOf([1, 2], [3]), ChainOf([2, 1], [3]));
    }

    [Fact]
    public void End_is_noted_once_and_later_items_are_refused()
    {
        Take(new FlowMessage.Open("f", First, 0));
        Take(Items(First, 1, 2));

        Assert.Equal(FlowRefusal.Gap, Refusal(new FlowMessage.End("f", First, 0, 3)));
        Assert.True(Assert.IsType<FlowMessage.Acknowledged>(Take(new FlowMessage.End("f", First, 0, 2))).IsCompleted);
        Assert.Null(_receiver.OnMessage(new FlowMessage.End("f", First, 0, 2), Now, 0).Persist);
        Assert.Equal(FlowRefusal.Completed, Refusal(Items(First, 3, 1)));
        Assert.True(Assert.IsType<FlowMessage.OpenAnswer>(Take(new FlowMessage.Open("f", Second, 1))).IsCompleted);
    }

    [Fact]
    public void Malformed_batches_change_nothing()
    {
        Take(new FlowMessage.Open("f", First, 0));
        var disordered = ImmutableArray.Create(new FlowItem(1, new byte[1]), new FlowItem(1, new byte[1]));

        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.Items("f", First, 0, 1, [])));
        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.Items("f", First, 0, 1, default)));
        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.Items("f", First, 0, 0, disordered)));
        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.Items("f", First, 0, 1, disordered)));
        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.Items("f", First, 1, 1, [disordered[0]])));
        Assert.Equal(
            FlowRefusal.Malformed,
            Refusal(new FlowMessage.Items("f", First, 0, 1, [new FlowItem(0, new byte[Settings.ItemBytesMax + 1])])));
        Assert.Equal(0, _receiver.State.Position);
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void Refusals_are_persisted_in_batches_at_a_bounded_rate()
    {
        Take(new FlowMessage.Open("f", Second, 1));
        for (var i = 0; i < 1000; i++) Refusal(Items(First, 1, 3));

        Assert.Null(_receiver.OnTime(Now + (Settings.RefusalsEvery - TimeSpan.FromTicks(1)), 0));
        var refused = Assert.IsType<FlowEvent.ItemsRefused>(_receiver.OnTime(Now + Settings.RefusalsEvery, 42));
        _receiver.Apply(refused);
        Assert.Equal(new FlowEvent.ItemsRefused("f", 42, First.Term, 0, FlowRefusal.Fenced, 1000, 3000), refused);
        Assert.Null(_receiver.OnTime(Now + Settings.RefusalsEvery * 9, 0));
        Assert.Equal((1000, 3000), (_receiver.State.RefusedMessages, _receiver.State.RefusedItems));
    }

    [Fact]
    public void Kinds_of_refusals_are_bounded_and_none_is_lost()
    {
        for (var term = 1; term <= 100; term++) Refusal(Items(new FlowFence(term, 1, 1), 1, 1));

        var facts = 0;
        while (_receiver.OnTime(Now + Settings.RefusalsEvery, 0) is { } fact)
        {
            _receiver.Apply(fact);
            facts++;
        }
        Assert.Equal((16, 100), (facts, _receiver.State.RefusedItems));
    }

    [Fact]
    public void No_message_is_handled_while_an_event_is_under_way()
    {
        _receiver.OnMessage(new FlowMessage.Open("f", First, 0), Now, 0);

        Assert.Throws<InvariantException>(() => _receiver.OnMessage(new FlowMessage.Open("f", First, 0), Now, 0));
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void Items_that_go_back_in_the_source_are_malformed_whatever_their_sequence_says()
    {
        Take(new FlowMessage.Open("f", First, 0));
        Take(Items(First, 1, 4)); // Offsets 0 to 3.

        Assert.Equal(FlowRefusal.Malformed, Refusal(Items(First, 5, [3])));
        Assert.Equal(5, Assert.IsType<FlowMessage.Acknowledged>(Take(Items(First, 5, [4]))).Position);
        Assert.Equal(FlowRefusal.Malformed, Refusal(Items(First, 6, [-1])));
    }

    [Fact]
    public void End_counts_exactly_what_was_applied_and_comes_from_the_sender_that_opened()
    {
        Take(new FlowMessage.Open("f", First, 0));
        Take(Items(First, 1, 2));

        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.End("f", First, 0, 1)));
        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.End("f", First, 1, 2)));
        Assert.Equal(FlowRefusal.OpenFirst, Refusal(new FlowMessage.End("f", Second, 0, 2)));
        _receiver.Rights = new FlowRights(8, 7, 0, [true, false]);
        Assert.Equal(FlowRefusal.Muted, Refusal(new FlowMessage.End("f", First, 0, 2)));
        Assert.False(_receiver.State.IsCompleted);
    }

    [Fact]
    public void After_the_end_what_was_applied_is_acknowledged_again_and_a_new_fence_changes_nothing()
    {
        Take(new FlowMessage.Open("f", First, 0));
        Assert.False(Assert.IsType<FlowMessage.Acknowledged>(Take(Items(First, 1, 2))).IsCompleted);
        Assert.False(Assert.IsType<FlowMessage.Acknowledged>(Take(Items(First, 1, 2))).IsCompleted);
        Take(new FlowMessage.End("f", First, 0, 2));

        Assert.True(Assert.IsType<FlowMessage.Acknowledged>(Take(Items(First, 1, 2))).IsCompleted);
        Assert.Null(_receiver.OnMessage(new FlowMessage.Open("f", Second, 1), Now, 0).Persist);
        Assert.Equal(First, _receiver.State.Fence);
    }

    [Fact]
    public void Batches_and_items_may_be_as_large_as_the_settings_say_and_no_larger()
    {
        var receiver = new FlowReceiver("f", new FlowSettings { BatchItems = 2, ItemBytesMax = 3 }, FlowReceiverState.Empty);
        receiver.Apply(receiver.OnMessage(new FlowMessage.Open("f", First, 0), Now, 0).Persist!);

        Assert.Equal(FlowRefusal.Malformed, Assert.IsType<FlowMessage.Refused>(receiver.OnMessage(Items(First, 1, 3), Now, 0).Reply).Why);
        Assert.NotNull(receiver.OnMessage(
            new FlowMessage.Items("f", First, 0, 1, [new FlowItem(0, new byte[3]), new FlowItem(1, new byte[1])]), Now, 0).Persist);
    }

    [Fact]
    public void Opening_is_persisted_once_per_fence_at_the_position_reached()
    {
        var opened = _receiver.OnMessage(new FlowMessage.Open("f", First, 1), Now, 77).Persist!;
        Assert.Equal(new FlowEvent.FlowOpened("f", 77, First, 1, 0), opened);
        _receiver.Apply(opened);
        Assert.Null(_receiver.OnMessage(new FlowMessage.Open("f", First, 1), Now, 78).Persist);
        Assert.IsType<FlowMessage.OpenAnswer>(Take(new FlowMessage.Open("f", First, 1))); // The answer before may have been lost.
    }

    [Fact]
    public void Messages_that_only_senders_get_are_malformed_and_count_for_no_sender()
    {
        Assert.Equal(FlowRefusal.Malformed, Refusal(new FlowMessage.Acknowledged("f", First, 1, false)));
        Assert.Equal(-1, Assert.Single(Refusals()).Sender);
    }

    [Fact]
    public void Refusals_are_counted_by_kind_from_the_first_on_and_gaps_are_not()
    {
        Take(new FlowMessage.Open("f", First, 0));
        Take(Items(First, 5, 1));
        Assert.Null(_receiver.Deadline);

        var first = Now + TimeSpan.FromSeconds(1);
        _receiver.OnMessage(Items(Second, 1, 2), first, 0);
        _receiver.OnMessage(Items(Second, 1, 3), first + TimeSpan.FromMilliseconds(100), 0);
        _receiver.OnMessage(new FlowMessage.Items("f", First, 1, 1, Items(First, 1, 1).Batch), first, 0);
        _receiver.OnMessage(new FlowMessage.End("f", First, 0, -1), first, 0);
        Assert.Equal(first + Settings.RefusalsEvery, _receiver.Deadline);

        Assert.Equal(
            [
                new FlowEvent.ItemsRefused("f", 42, Second.Term, 0, FlowRefusal.OpenFirst, 2, 5),
                new FlowEvent.ItemsRefused("f", 42, First.Term, 1, FlowRefusal.Malformed, 1, 1),
                new FlowEvent.ItemsRefused("f", 42, First.Term, 0, FlowRefusal.Malformed, 1, 0),
            ],
            Refusals());
        Assert.Null(_receiver.Deadline);
    }

    [Fact]
    public void The_last_kind_counts_for_nobody_in_particular_once_it_stands_for_several()
    {
        for (var term = 1; term <= 17; term++) Refusal(Items(new FlowFence(term, 1, 1), 1, 1));
        Refusal(Items(new FlowFence(1, 1, 1), 1, 1));

        var refusals = Refusals();
        Assert.Equal(2, refusals[0].Messages);
        Assert.All(refusals.Skip(1).Take(14), refusal => Assert.Equal((0, 1L), (refusal.Sender, refusal.Messages)));
        Assert.Equal(new FlowEvent.ItemsRefused("f", 42, 16, -1, FlowRefusal.OpenFirst, 2, 2), refusals[15]);
    }

    [Fact]
    public void Only_the_event_under_way_can_be_applied_and_no_other_starts_before()
    {
        _receiver.OnMessage(new FlowMessage.Open("f", First, 0), Now, 0);

        Assert.Throws<InvariantException>(() => _receiver.OnTime(Now, 0));
        Assert.Throws<InvariantException>(() => _receiver.Apply(new FlowEvent.FlowOpened("f", 0, Second, 0, 0)));
        Assert.Throws<InvariantException>(() => new FlowReceiver("g", Settings, FlowReceiverState.Empty)
            .OnMessage(new FlowMessage.Open("f", First, 0), Now, 0));
    }

    private static FlowMessage.Items Items(FlowFence fence, long first, long[] offsets) =>
        new("f", fence, 0, first, [.. offsets.Select(offset => new FlowItem(offset, new byte[1]))]);

    private List<FlowEvent.ItemsRefused> Refusals()
    {
        var refusals = new List<FlowEvent.ItemsRefused>();
        while (_receiver.OnTime(Now + TimeSpan.FromMinutes(1), 42) is { } fact)
        {
            _receiver.Apply(fact);
            refusals.Add(Assert.IsType<FlowEvent.ItemsRefused>(fact));
        }
        return refusals;
    }

    private static FlowMessage.Items Items(FlowFence fence, long first, int count) => new(
        "f", fence, 0, first, [.. Enumerable.Range(0, count).Select(i => new FlowItem(first - 1 + i, new byte[] { (byte)(first + i) }))]);

    private static string ChainOf(params byte[][] batches)
    {
        var state = FlowReceiverState.Empty.Apply(new FlowEvent.FlowOpened("f", 0, First, 0, 0));
        foreach (var batch in batches)
        {
            var items = batch.Select((one, i) => new FlowItem(state.Position + i, new[] { one })).ToImmutableArray();
            state = state.Apply(new FlowEvent.ItemsApplied("f", 0, First, state.Position + 1, items));
        }
        return Convert.ToHexString(state.Chain.AsSpan());
    }

    private FlowMessage Take(FlowMessage message)
    {
        var step = _receiver.OnMessage(message, Now, 0);
        if (step.Persist is not null) _receiver.Apply(step.Persist);
        return step.Reply;
    }

    private FlowRefusal Refusal(FlowMessage message)
    {
        var step = _receiver.OnMessage(message, Now, 0);
        Assert.Null(step.Persist);
        return Assert.IsType<FlowMessage.Refused>(step.Reply).Why;
    }
}
