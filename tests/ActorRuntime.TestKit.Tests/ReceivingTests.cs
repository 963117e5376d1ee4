using System.Collections;
using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>Taking messages, one by one and many.</summary>
public sealed class ReceivingTests : KitTest
{
    [Fact]
    public void One_message_or_null_after_the_wait()
    {
        Get("a");
        Assert.Equal("a", Kit.ReceiveOne());
        GetLater(Ms(200), "late");
        Assert.Null(Kit.ReceiveOne(Ms(199)));
        Assert.Equal("late", Kit.ReceiveOne(Ms(1)));
        Assert.Null(Kit.ReceiveOne(TimeSpan.Zero));
        Assert.False(Kit.TryReceiveOne(out _, Ms(1)));
    }

    [Fact]
    public void Envelope_has_message_and_sender()
    {
        var probe = Kit.CreateTestProbe();
        probe.Send(Kit.TestActor, "a");
        Assert.True(Kit.TryReceiveOne(out var envelope));
        Assert.Equal(("a", probe.Ref), (envelope.Message, envelope.Sender));
    }

    [Fact]
    public async Task Peeked_message_stays_the_next()
    {
        Get("a");
        Assert.Equal("a", Kit.PeekOne());
        Assert.Equal("a", await Kit.PeekOneAsync());
        Kit.ExpectMsg("a");
        Assert.Null(Kit.PeekOne(Ms(10)));
    }

    [Fact]
    public async Task N_messages_in_order_or_a_failure_that_says_how_many_came()
    {
        Get(1, 2, 3, 4, 5);
        Assert.Equal([1, 2], Kit.ReceiveN(2));
        var got = new List<object>();
        await foreach (var message in Kit.ReceiveNAsync(2)) got.Add(message);
        Assert.Equal([3, 4], got);
        Failing.With(["expected 2 messages within 1 s; got 1"], () => Kit.ReceiveN(2, Ms(1000)));
    }

    [Fact]
    public void N_messages_share_one_wait()
    {
        GetLater(Ms(600), 1);
        GetLater(Ms(1200), 2);
        Failing.With(["got 1"], () => Kit.ReceiveN(2, Ms(1000)));
    }

    [Fact]
    public void While_a_filter_makes_something_and_the_message_that_ends_it_stays()
    {
        Get(1, 2, "end", 3);
        Assert.Equal(["1", "2"], Kit.ReceiveWhile(m => m is int n ? $"{n}" : null));
        Kit.ExpectMsg("end");
        Assert.Equal(["3"], Kit.ReceiveWhile<string>(Ms(50), m => $"{m}"));
    }

    [Fact]
    public void While_a_predicate_holds_and_other_types_are_skipped_or_end_it()
    {
        Get(1, "skipped", 2, 9, "kept");
        Assert.Equal([1, 2], Kit.ReceiveWhile<int>(n => n < 5));
        Kit.ExpectMsg(9);
        Assert.Empty(Kit.ReceiveWhile<int>(_ => true, shouldIgnoreOtherMessageTypes: false));
        Kit.ExpectMsg("kept");
    }

    [Fact]
    public async Task While_ends_at_a_count_at_its_time_and_at_idleness()
    {
        Get(1, 2, 3);
        Assert.Equal([1, 2], Kit.ReceiveWhile<int>(_ => true, msgs: 2));
        GetLater(Ms(100), 4);
        GetLater(Ms(900), 5);
        var got = new List<int>();
        await foreach (var n in Kit.ReceiveWhileAsync<int>(_ => true, idle: Ms(500))) got.Add(n);
        Assert.Equal([3, 4], got);
        Assert.Empty(Kit.ReceiveWhile<int>(_ => true, max: Ms(100)));
        Kit.ExpectMsg(5);
    }

    [Fact]
    public async Task Fishing_skips_until_one_fits_and_collects_what_it_skipped()
    {
        Get("a", 1, "b", 2, "c");
        Assert.Equal(1, Kit.FishForMessage<int>(_ => true));
        var skipped = new ArrayList { "left over" };
        Assert.Equal("c", await Kit.FishForMessageAsync<string>(text => text == "c", skipped));
        Assert.Equal(["b", 2], skipped.Cast<object>());
    }

    [Fact]
    public async Task Fishing_ends_in_its_time_however_much_comes()
    {
        Kit.Sys.Scheduler.ScheduleTellRepeatedly(Ms(10), Ms(10), Kit.TestActor, "tick", ActorRefs.NoSender);
        Failing.With(["the fish: ", "expected a Int32 that fits within 1 s; none came"], () => Kit.FishForMessage<int>(_ => true, Ms(1000), "the fish"));
        await Failing.WithAsync(() => Kit.FishUntilMessageAsync<int>(Ms(100)));
        await Kit.FishUntilMessageAsync<string>();
    }

    [Fact]
    public async Task Radio_silence_starts_anew_with_each_message()
    {
        GetLater(Ms(80), 1);
        GetLater(Ms(160), 2);
        GetLater(Ms(400), 3);
        Assert.Equal([1, 2], await Kit.WaitForRadioSilenceAsync(Ms(100)));
        Kit.ExpectMsg(3);
        Get(4, 5);
        Assert.Contains("one more came", await Failing.WithAsync(() => Kit.WaitForRadioSilenceAsync(Ms(100), 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Ignored_messages_are_not_seen_from_then_on()
    {
        Get("before");
        Kit.IgnoreMessages<string>();
        Get("ignored", 1);
        Kit.ExpectMsg("before");
        Kit.ExpectMsg(1);
        Kit.IgnoreMessages<int>(n => n < 0);
        Get(-1, "seen again");
        Kit.ExpectMsg("seen again");
        Kit.IgnoreMessages(message => message is "x");
        Get("x", -1);
        Kit.ExpectMsg(-1);
        Kit.IgnoreNoMessages();
        Get("x");
        Kit.ExpectMsg("x");
    }
}
