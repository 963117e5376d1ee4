using ActorRuntime.Actor;
using ActorRuntime.TestKit.TestActors;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>Expectations of the next message.</summary>
public sealed class ExpectMsgTests : KitTest
{
    [Fact]
    public void Type_value_predicate_and_assertion_take_the_next_message()
    {
        Get("a", "b", 3, "long", "x");
        Assert.Equal("a", Kit.ExpectMsg<string>());
        Assert.Equal("b", Kit.ExpectMsg("b"));
        Assert.Equal(3, Kit.ExpectMsg<int>(n => n > 2));
        Assert.Equal("long", Kit.ExpectMsg<string>(text => Assert.Equal(4, text.Length)));
        Assert.Equal("x", Kit.ExpectMsg("X", (left, right) => left.Equals(right, StringComparison.OrdinalIgnoreCase)));
        Assert.False(Kit.HasMessages);
    }

    [Fact]
    public async Task Async_forms_take_the_next_message()
    {
        Get("a", "b", 3, "long", "x");
        Assert.Equal("a", await Kit.ExpectMsgAsync<string>());
        Assert.Equal("b", await Kit.ExpectMsgAsync("b"));
        Assert.Equal(3, await Kit.ExpectMsgAsync<int>(n => n > 2));
        Assert.Equal("long", await Kit.ExpectMsgAsync<string>(text => Assert.Equal(4, text.Length)));
        Assert.Equal("x", await Kit.ExpectMsgAsync("X", (left, right) => left.Equals(right, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Silence_fails_after_the_time_given_and_says_what_was_expected()
    {
        var text = Failing.With(() => Kit.ExpectMsg<string>(Ms(2500), "the greeting"));
        Assert.StartsWith($"the greeting: {Kit.TestActor.Path}: expected a String within 2.5 s; nothing came", text, StringComparison.Ordinal);
        Assert.Contains("no message came since the test kit started 2.5 s ago", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_type_fails_and_the_newest_messages_are_listed_with_sender_and_time()
    {
        var other = Kit.CreateTestProbe("other");
        GetLater(Ms(250), "first", other);
        GetLater(Ms(500), 42, other);
        GetLater(Ms(500), "third");
        Kit.ExpectMsg("first");
        Failing.With(
            [
                "expected a String; got Int32 42, which is no String",
                $"+0.250 s  String \"first\"  from {other.Path}",
                $"+0.500 s  Int32 42  from {other.Path}\n",
                "String \"third\"  from actor-runtime://test/deadLetters  (not looked at)",
            ],
            () => Kit.ExpectMsg<string>());
    }

    [Fact]
    public void Another_value_fails()
    {
        Get(1, 1, 1, 1);
        Failing.With(["expected Int32 2; got Int32 1, which is not equal"], () => Kit.ExpectMsg(2));
        Failing.With(["expected a Int32 that fits; got Int32 1, which does not fit"], () => Kit.ExpectMsg<int>(n => n > 1));
        Failing.With(["which is not equal"], () => Kit.ExpectMsg(1, (_, _) => false));
        Failing.With(["which does not fit"], () => Kit.ExpectMsg<int>((_, sender) => sender.Equals(ActorRefs.Nobody)));
    }

    [Fact]
    public async Task Async_forms_fail_alike()
    {
        Get(1, 1, 1);
        Assert.Contains("which is not equal", await Failing.WithAsync(async () => await Kit.ExpectMsgAsync(2)), StringComparison.Ordinal);
        Assert.Contains("which does not fit", await Failing.WithAsync(async () => await Kit.ExpectMsgAsync<int>(n => n > 1)), StringComparison.Ordinal);
        Assert.Contains("which is no String", await Failing.WithAsync(async () => await Kit.ExpectMsgAsync<string>()), StringComparison.Ordinal);
        Assert.Contains("nothing came", await Failing.WithAsync(async () => await Kit.ExpectMsgAsync<string>()), StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_assertion_shows_its_own_text_and_keeps_its_exception()
    {
        Get("abc");
        var cause = Assert.Throws<ExpectationException>(() => Kit.ExpectMsg<string>(text => Assert.Equal(4, text.Length)));
        Assert.IsType<Xunit.Sdk.EqualException>(cause.InnerException);
        Assert.Contains("got String \"abc\", which does not: Assert.Equal() Failure", cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sender_is_part_of_what_can_be_expected()
    {
        var (friend, stranger) = (Kit.CreateTestProbe(), Kit.CreateTestProbe());
        friend.Send(Kit.TestActor, "a");
        friend.Send(Kit.TestActor, "b");
        friend.Send(Kit.TestActor, "c");
        stranger.Send(Kit.TestActor, "d");
        Assert.Equal("a", Kit.ExpectMsgFrom<string>(friend));
        Assert.Equal(friend.Ref, Kit.LastSender);
        Assert.Equal("b", Kit.ExpectMsgFrom(friend, "b"));
        Assert.Equal("c", Kit.ExpectMsgFrom<string>(friend, text => text == "c"));
        Failing.With([$"expected String \"d\" from {friend.Path}; got String \"d\", from {stranger.Path}"], () => Kit.ExpectMsgFrom(friend, "d"));
    }

    [Fact]
    public void Any_of_takes_one_of_several_and_fails_on_others()
    {
        Get("b", "z");
        Assert.Equal("b", Kit.ExpectMsgAnyOf("a", "b"));
        Failing.With(["expected one of String \"a\", String \"b\"; got String \"z\""], () => Kit.ExpectMsgAnyOf("a", "b"));
        Failing.With(["nothing came"], () => Kit.ExpectMsgAnyOf("a", "b"));
    }

    [Fact]
    public void All_of_takes_as_many_in_any_order()
    {
        Get("c", "a", "b", "a", "next");
        Assert.Equal(["c", "a", "b", "a"], Kit.ExpectMsgAllOf("a", "a", "b", "c"));
        Kit.ExpectMsg("next");
    }

    [Fact]
    public void All_of_fails_on_an_unexpected_message_on_a_second_one_of_a_kind_and_on_too_few()
    {
        Get("a", "z");
        Failing.With(["one of String \"b\"; got String \"z\", which is none of these"], () => Kit.ExpectMsgAllOf("a", "b"));
        Get("a", "a");
        Failing.With(["got String \"a\", which is none of these"], () => Kit.ExpectMsgAllOf("a", "b"));
        Get("a");
        Failing.With(["expected 3 messages within 0.5 s; still missing: String \"b\", String \"c\""], () => Kit.ExpectMsgAllOf(Ms(500), "a", "b", "c"));
    }

    [Fact]
    public async Task All_of_in_async_form_yields_in_the_order_of_arrival()
    {
        Get("b", "a");
        var got = new List<string>();
        await foreach (var message in Kit.ExpectMsgAllOfAsync(["a", "b"])) got.Add(message);
        Assert.Equal(["b", "a"], got);
        Assert.Contains("still missing", await Failing.WithAsync(async () =>
        {
            await foreach (var message in Kit.ExpectMsgAllOfAsync(["a"])) got.Add(message);
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void Predicates_are_matched_one_by_one_in_any_order()
    {
        Get(5, "a");
        var predicates = new[] { PredicateInfo.Create<string>(text => text.Length == 1), PredicateInfo.Create<int>(n => n > 4) };
        Assert.Equal([5, "a"], Kit.ExpectMsgAllOfMatchingPredicates(predicates));
        Get(3);
        Failing.With(["a String that fits, a Int32 that fits; got Int32 3"], () => Kit.ExpectMsgAllOfMatchingPredicates(predicates));
        Get(5);
        Failing.With(["still missing: a String that fits"], () => Kit.ExpectMsgAllOfMatchingPredicates(predicates));
    }

    [Fact]
    public void No_message_passes_in_silence_and_fails_on_a_message_in_its_time()
    {
        GetLater(Ms(1000), "late");
        Kit.ExpectNoMsg(Ms(999));
        Failing.With(["expected no message for 0.05 s; got String \"late\" from"], () => Kit.ExpectNoMsg(50));
        Kit.ExpectNoMsg();
        Get("at once");
        Failing.With(["got String \"at once\""], () => Kit.ExpectNoMsg(TimeSpan.Zero));
    }

    [Fact]
    public void End_of_an_actor_is_expected_by_its_reference()
    {
        var (one, other) = (Kit.ActorOf(BlackHoleActor.Props), Kit.ActorOf(BlackHoleActor.Props));
        Kit.Watch(one);
        Kit.Sys.Stop(one);
        Assert.Equal(one, Kit.ExpectTerminated(one).ActorRef);
        Kit.Watch(other);
        Kit.Sys.Stop(other);
        Failing.With([$"expected the end of {one.Path}; got", $"which is the end of {other}"], () => Kit.ExpectTerminated(one));
    }

    [Fact]
    public async Task Watch_and_unwatch_hold_when_their_tasks_are_done()
    {
        var (one, other) = (Kit.ActorOf(BlackHoleActor.Props), Kit.ActorOf(BlackHoleActor.Props));
        await Kit.WatchAsync(one);
        await Kit.WatchAsync(other);
        await Kit.UnwatchAsync(other);
        Kit.Sys.Stop(other);
        Kit.Sys.Stop(one);
        await Kit.ExpectTerminatedAsync(one);
        await Kit.ExpectNoMsgAsync();
    }

    [Fact]
    public void List_of_a_failure_is_bounded_and_long_messages_are_cut()
    {
        using var kit = new PlainKit("actor-runtime.test { clock = auto, failure-messages = 2 }");
        kit.Get("one", "two", new string('x', 5000));
        var text = Failing.With(() => kit.ExpectMsg(1));
        Assert.DoesNotContain("\"one\"  from", text, StringComparison.Ordinal);
        Assert.Contains("the last 2 that came", text, StringComparison.Ordinal);
        Assert.True(text.Length < 1500, text);
    }
}
