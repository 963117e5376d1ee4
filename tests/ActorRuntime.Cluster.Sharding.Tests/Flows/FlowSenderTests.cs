using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Flows;

public sealed class FlowSenderTests
{
    private static readonly FlowSettings Settings = new() { WindowItems = 8, BatchItems = 4 };
    private static readonly FlowFence Fence = new(7, 5, 1);

    private readonly List<FlowSenderEffect> _effects = [];
    private MonotonicTime _now = new(0);

    [Fact]
    public void It_goes_on_where_the_receiver_says()
    {
        var sender = Opened(new FlowSender("f", 0, Settings), position: 40, offset: 44);

        var read = Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));
        Assert.Equal(44, read.Offset);
        sender.OnRead(read.Id, [new FlowItem(47, new byte[1])], 48, false, _now, _effects);

        var items = Assert.IsType<FlowMessage.Items>(Assert.IsType<FlowSenderEffect.Send>(Taken()[0]).Message);
        Assert.Equal((41, 47), (items.FirstSequence, items.Batch[0].SourceOffset));
    }

    [Fact]
    public void Nothing_leaves_while_muted_and_nothing_is_lost()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 3);
        Taken();
        sender.OnSwitch(false, _now, _effects);
        _now += TimeSpan.FromSeconds(5);
        sender.OnTime(_now, _effects);
        Assert.Null(sender.Deadline);
        Assert.Empty(Taken());

        sender.OnSwitch(true, _now, _effects);

        Assert.Equal(1, Assert.IsType<FlowMessage.Items>(Sent()[0]).FirstSequence);
    }

    [Fact]
    public void Silence_sends_the_oldest_batch_alone_until_an_answer_comes()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 8);
        Assert.Equal(2, Sent().Count);

        for (var i = 0; i < 3; i++)
        {
            _now = sender.Deadline!.Value;
            sender.OnTime(_now, _effects);
            Assert.Equal(1, Assert.IsType<FlowMessage.Items>(Assert.Single(Sent())).FirstSequence);
        }
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 4, false), _now, _effects);
        Assert.Equal(5, Assert.IsType<FlowMessage.Items>(Assert.Single(Sent())).FirstSequence);
    }

    [Fact]
    public void The_same_gap_told_by_many_batches_rewinds_once()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 8);
        Taken();
        for (var i = 0; i < 5; i++) sender.OnMessage(Refused(FlowRefusal.Gap, Fence, expected: 1), _now, _effects);

        Assert.Equal([1L, 5L], Sent().ConvertAll(message => ((FlowMessage.Items)message).FirstSequence));
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_fenced_sender_falls_silent()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 8);
        sender.OnMessage(Refused(FlowRefusal.Fenced, new FlowFence(9, 1, 1), 1), _now, _effects);

        Assert.Equal((FlowSenderPhase.Idle, null), (sender.Phase, sender.Deadline));
    }

    [Fact]
    public void A_clock_that_stepped_back_costs_one_more_opening()
    {
        var sender = new FlowSender("f", 0, Settings);
        sender.Start(Fence, _now, _effects);
        Taken();
        sender.OnMessage(Refused(FlowRefusal.Fenced, Fence with { Attempt = 99 }, 1), _now, _effects);

        Assert.Equal(100, Assert.IsType<FlowMessage.Open>(Assert.Single(Sent())).Fence.Attempt);
    }

    [Fact]
    public void A_refusal_by_view_is_asked_again_after_a_while_not_at_once()
    {
        var sender = new FlowSender("f", 0, Settings);
        sender.Start(Fence, _now, _effects);
        Taken();
        sender.OnMessage(Refused(FlowRefusal.Muted, Fence, 1), _now, _effects);
        Assert.Empty(Taken());

        _now = sender.Deadline!.Value;
        sender.OnTime(_now, _effects);
        Assert.Equal(Fence with { Attempt = 2 }, Assert.IsType<FlowMessage.Open>(Assert.Single(Sent())).Fence);
    }

    [Fact]
    public void A_program_error_stops_the_sender_and_is_told()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 1);
        Taken();
        sender.OnMessage(Refused(FlowRefusal.Malformed, Fence, 1), _now, _effects);

        Assert.Contains(Taken(), effect => effect is FlowSenderEffect.Fail);
        Assert.Equal(FlowSenderPhase.Idle, sender.Phase);
    }

    [Fact]
    public void End_is_told_after_the_last_acknowledgement()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 2, isEnd: true);
        Taken();
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 2, false), _now, _effects);
        Assert.Equal(2, Assert.IsType<FlowMessage.End>(Assert.Single(Sent())).Count);

        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 2, true), _now, _effects);
        Assert.Equal(FlowSenderPhase.Completed, sender.Phase);
        Assert.Equal(2, Assert.IsType<FlowSenderEffect.Note>(Assert.Single(Taken())).Position);
    }

    [Fact]
    public void An_answer_of_an_earlier_read_is_dropped()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        var read = Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));
        sender.OnMessage(Refused(FlowRefusal.OpenFirst, Fence, 1), _now, _effects);
        Taken();
        sender.OnRead(read.Id, [new FlowItem(0, new byte[1])], 1, false, _now, _effects);

        Assert.Empty(Taken());
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void Answers_to_another_fence_count_for_nothing()
    {
        var other = Fence with { Attempt = 9 };
        var sender = new FlowSender("f", 0, Settings);
        sender.Start(Fence, _now, _effects);
        Taken();
        sender.OnMessage(new FlowMessage.OpenAnswer("f", other, 40, 44, false), _now, _effects);
        Assert.Equal(FlowSenderPhase.Opening, sender.Phase);
        sender.OnMessage(new FlowMessage.OpenAnswer("f", Fence, 0, 0, false), _now, _effects);
        Feed(sender, 8);
        Taken();

        sender.OnMessage(new FlowMessage.Acknowledged("f", other, 8, false), _now, _effects);
        sender.OnMessage(new FlowMessage.OpenAnswer("f", Fence, 40, 44, false), _now, _effects); // Late: it is open.
        sender.OnMessage(new FlowMessage.Refused("f", other, FlowRefusal.Fenced, Fence with { Term = 9 }, 1), _now, _effects);

        Assert.Empty(_effects);
        Assert.Equal((FlowSenderPhase.Streaming, 0, Fence), (sender.Phase, sender.Position, sender.Fence));
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_sender_that_was_stopped_hears_nothing_and_starts_again_only_under_a_higher_fence()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        sender.Start(Fence, _now, _effects);
        sender.Start(Fence with { ShardTerm = 4, Attempt = 9 }, _now, _effects);
        Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken())); // It goes on as it was.
        sender.Start(Fence with { Attempt = 2 }, _now, _effects);
        Assert.Equal(2, Assert.IsType<FlowMessage.Open>(Assert.Single(Sent())).Fence.Attempt);

        sender.Stop(_effects);
        sender.OnMessage(new FlowMessage.OpenAnswer("f", Fence with { Attempt = 2 }, 40, 44, false), _now, _effects);
        sender.OnMessage(Refused(FlowRefusal.OpenFirst, Fence, 1) with { Fence = Fence with { Attempt = 2 } }, _now, _effects);

        Assert.Empty(_effects);
        Assert.Equal((FlowSenderPhase.Idle, null), (sender.Phase, sender.Deadline));
    }

    [Fact]
    public void A_sender_that_stops_notes_how_far_it_got_and_forgets_what_it_read()
    {
        var sender = Opened(new FlowSender("f", 0, Settings), position: 40, offset: 44);
        Assert.Equal(40, sender.Position);
        var read = Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));
        sender.OnRead(read.Id, [new FlowItem(47, default), new FlowItem(50, default)], 60, false, _now, _effects);
        var next = Assert.IsType<FlowSenderEffect.Read>(Taken()[^1]);
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 41, false), _now, _effects);
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 40, false), _now, _effects); // Overtaken.
        Assert.Equal((41, 48), (sender.Position, sender.SourceOffset));
        Assert.Empty(Taken());

        sender.Stop(_effects);

        Assert.Equal([new FlowSenderEffect.Note(7, 41, 48)], Taken());
        Assert.Equal(0, sender.Position);
        sender.OnRead(next.Id, [new FlowItem(60, default)], 61, false, _now, _effects);
        Assert.Empty(Taken());
        sender.Stop(_effects); // Nothing new to note.
        sender.Start(Fence with { Attempt = 2 }, _now, _effects);
        sender.Stop(_effects);
        Assert.IsType<FlowSenderEffect.Send>(Assert.Single(Taken()));
    }

    [Fact]
    public void How_far_it_got_is_noted_now_and_then()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 8);
        Acknowledge(1);
        Assert.Empty(Taken().OfType<FlowSenderEffect.Note>());
        _now += Settings.ProgressEvery;
        Acknowledge(2);
        Acknowledge(3);

        Assert.Equal([new FlowSenderEffect.Note(7, 2, 2)], Taken().OfType<FlowSenderEffect.Note>());

        void Acknowledge(long position) => sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, position, false), _now, _effects);
    }

    [Fact]
    public void A_receiver_that_has_moved_is_asked_at_once_what_is_unanswered()
    {
        var sender = new FlowSender("f", 0, Settings);
        sender.Start(Fence, _now, _effects);
        Taken();
        sender.OnReceiverMoved(_now, _effects);
        Assert.IsType<FlowMessage.Open>(Assert.Single(Sent()));
        sender.OnMessage(new FlowMessage.OpenAnswer("f", Fence, 0, 0, false), _now, _effects);
        var read = Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));
        sender.OnReceiverMoved(_now, _effects);
        Assert.Empty(Taken()); // Nothing is under way.
        sender.OnRead(read.Id, [new FlowItem(0, default)], 1, true, _now, _effects);
        Taken();
        sender.OnReceiverMoved(_now, _effects);
        Assert.Equal(1, Assert.IsType<FlowMessage.Items>(Assert.Single(Sent())).FirstSequence);

        sender.OnSwitch(false, _now, _effects);
        sender.OnReceiverMoved(_now, _effects);
        Assert.Empty(Taken()); // Muted.
        sender.OnSwitch(true, _now, _effects);
        Taken();
        sender.OnSwitch(true, _now, _effects);
        Assert.Empty(Taken()); // It was open.
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 1, false), _now, _effects);
        Taken();
        sender.OnReceiverMoved(_now, _effects);
        Assert.Equal(1, Assert.IsType<FlowMessage.End>(Assert.Single(Sent())).Count);
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_receiver_that_has_more_than_was_sent_is_asked_where_it_stands()
    {
        foreach (var gap in new[] { false, true })
        {
            var sender = Opened(new FlowSender("f", 0, Settings));
            Feed(sender, 2);
            Taken();
            sender.OnMessage(gap ? Refused(FlowRefusal.Gap, Fence, 4) : new FlowMessage.Acknowledged("f", Fence, 3, false), _now, _effects);

            Assert.Equal(Fence with { Attempt = 2 }, Assert.IsType<FlowMessage.Open>(Assert.Single(Sent())).Fence);
            Assert.Equal((FlowSenderPhase.Opening, 0), (sender.Phase, sender.Position));
        }
    }

    [Fact]
    public void A_gap_told_late_sends_nothing_again()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        Feed(sender, 8);
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 4, false), _now, _effects);
        Taken();
        sender.OnMessage(Refused(FlowRefusal.Gap, Fence, 3), _now, _effects);
        Assert.Empty(Taken());
        sender.OnMessage(Refused(FlowRefusal.Gap, Fence, 5), _now, _effects);
        Assert.Equal(5, Assert.IsType<FlowMessage.Items>(Assert.Single(Sent())).FirstSequence);
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 6, false), _now, _effects);
        sender.OnMessage(Refused(FlowRefusal.Gap, Fence, 7), _now, _effects);
        Assert.Equal(7, Assert.IsType<FlowMessage.Items>(Sent()[^1]).FirstSequence);
    }

    [Fact]
    public void A_flow_that_has_ended_is_neither_read_nor_sent()
    {
        var sender = new FlowSender("f", 0, Settings);
        sender.Start(Fence, _now, _effects);
        Taken();
        sender.OnMessage(new FlowMessage.OpenAnswer("f", Fence, 9, 9, true), _now, _effects);
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 9, true), _now, _effects); // Repeated.
        sender.OnReceiverMoved(_now, _effects);

        Assert.Empty(_effects);
        Assert.Equal((FlowSenderPhase.Completed, null, 9), (sender.Phase, sender.Deadline, sender.Position));
    }

    [Fact]
    public void A_source_that_has_nothing_or_fails_is_asked_again_after_a_while()
    {
        var sender = Opened(new FlowSender("f", 0, Settings), offset: 5);
        var read = Next();
        Assert.Equal(5, read.Offset);
        sender.OnRead(read.Id, [], 0, false, _now, _effects);
        read = Poll();
        Assert.Equal(5, read.Offset);
        sender.OnReadFailed(read.Id - 1, _now);
        Assert.Null(sender.Deadline); // The answer to this one is still to come.
        sender.OnReadFailed(read.Id, _now);
        read = Poll();
        sender.OnRead(read.Id, [new FlowItem(6, default)], 7, false, _now, _effects);
        sender.OnRead(read.Id, [new FlowItem(7, default)], 8, false, _now, _effects); // Twice.

        Assert.Equal([1], Sent().ConvertAll(message => ((FlowMessage.Items)message).Batch.Length));

        FlowSenderEffect.Read Next() => Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));

        FlowSenderEffect.Read Poll()
        {
            Assert.Equal(_now + Settings.PollEvery, sender.Deadline);
            sender.OnTime(_now + (Settings.PollEvery - TimeSpan.FromTicks(1)), _effects);
            Assert.Empty(_effects);
            _now += Settings.PollEvery;
            sender.OnTime(_now, _effects);
            return Next();
        }
    }

    [Fact]
    public void The_source_is_read_on_where_it_said_once_half_of_the_window_is_free()
    {
        var sender = Opened(new FlowSender("f", 0, Settings));
        var read = Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));
        Assert.Equal((8, Settings.WindowBytes), (read.ItemsMax, read.BytesMax));
        sender.OnRead(read.Id, [.. Enumerable.Range(0, 5).Select(i => new FlowItem(i, new byte[3]))], 2, false, _now, _effects);
        Assert.Empty(Taken().OfType<FlowSenderEffect.Read>());

        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 1, false), _now, _effects);

        read = Assert.Single(Taken().OfType<FlowSenderEffect.Read>());
        Assert.Equal((5, 4, Settings.WindowBytes - 12), (read.Offset, read.ItemsMax, read.BytesMax));
        sender.OnRead(read.Id, [new FlowItem(5, default)], 20, false, _now, _effects);
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 2, false), _now, _effects);
        read = Assert.Single(Taken().OfType<FlowSenderEffect.Read>());
        Assert.Equal(20, read.Offset);
        Assert.Throws<InvariantException>(() => sender.OnRead(read.Id, [new FlowItem(19, default)], 21, false, _now, _effects));
    }

    [Fact]
    public void Bytes_fill_the_window_and_batches_too()
    {
        var sender = Opened(new FlowSender("f", 0, Settings with { WindowBytes = 4_096, BatchBytes = 1_024 }));
        var read = Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));
        sender.OnRead(read.Id, [Item(0, 512), Item(1, 512), Item(2, 1), Item(3, 1_900)], 4, false, _now, _effects);

        Assert.Empty(_effects.OfType<FlowSenderEffect.Read>()); // More than half is full.
        Assert.Equal([2, 1, 1], Sent().ConvertAll(message => ((FlowMessage.Items)message).Batch.Length));
        sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, 2, false), _now, _effects);
        Assert.Equal(4_096 - 1_901, Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken())).BytesMax);

        static FlowItem Item(long offset, int bytes) => new(offset, new byte[bytes]);
    }

    [Theory]
    [InlineData(3), InlineData(50), InlineData(333), InlineData(5000), InlineData(200_000)]
    public void Rate_is_kept_over_ten_seconds(int rate)
    {
        var sender = Opened(new FlowSender("f", 0, Settings with { ItemsPerSecond = rate, WindowItems = 65536, BatchItems = 65536 }));
        var (sent, offset) = (0L, 0L);
        var end = _now + TimeSpan.FromSeconds(10);
        while (_now <= end)
        {
            foreach (var effect in Taken())
            {
                if (effect is FlowSenderEffect.Read read)
                {
                    var items = Enumerable.Range(0, read.ItemsMax).Select(i => new FlowItem(offset + i, default)).ToArray();
                    offset += items.Length;
                    sender.OnRead(read.Id, items, offset, false, _now, _effects);
                }
                else if (effect is FlowSenderEffect.Send(FlowMessage.Items items))
                {
                    sent += items.Batch.Length;
                    sender.OnMessage(new FlowMessage.Acknowledged("f", Fence, sent, false), _now, _effects);
                }
            }
            if (_effects.Count > 0) continue;
            Assert.True(sender.Deadline > _now, $"no progress at {_now}");
            _now = sender.Deadline!.Value;
            sender.OnTime(_now, _effects);
        }
        Assert.InRange(sent, rate * 9.8, rate * 10.1 + 2);
    }

    private FlowSender Opened(FlowSender sender, long position = 0, long offset = 0)
    {
        sender.Start(Fence, _now, _effects);
        Taken();
        sender.OnMessage(new FlowMessage.OpenAnswer("f", Fence, position, offset, false), _now, _effects);
        return sender;
    }

    private void Feed(FlowSender sender, int count, bool isEnd = false)
    {
        var read = Assert.IsType<FlowSenderEffect.Read>(Assert.Single(Taken()));
        var items = Enumerable.Range(0, count).Select(i => new FlowItem(i, new byte[] { (byte)i })).ToArray();
        sender.OnRead(read.Id, items, count, isEnd, _now, _effects);
    }

    private List<FlowSenderEffect> Taken()
    {
        var taken = _effects.ToList();
        _effects.Clear();
        return taken;
    }

    private List<FlowMessage> Sent() => [.. Taken().OfType<FlowSenderEffect.Send>().Select(send => send.Message)];

    private static FlowMessage.Refused Refused(FlowRefusal why, FlowFence current, long expected) =>
        new("f", Fence, why, current, expected);
}
