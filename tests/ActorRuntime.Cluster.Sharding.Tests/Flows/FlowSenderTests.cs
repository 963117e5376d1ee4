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
        Assert.IsType<FlowMessage.Open>(Assert.Single(Sent()));
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
