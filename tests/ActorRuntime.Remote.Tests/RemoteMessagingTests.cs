using ActorRuntime.Actor;
using ActorRuntime.Serialization;

namespace ActorRuntime.Remote.Tests;

[Trait("Requirement", "AR-2")]
public sealed class RemoteMessagingTests : RemoteTestBase
{
    [Fact]
    public async Task Ask_is_answered_across_systems()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var echo = SeenFrom(a, b.ActorOf(Props.Create(() => new Echo()), "echo"), b);
        Assert.Equal("hello", await echo.Ask<string>("hello", Patience));
        Assert.Equal(42, await echo.Ask<int>(42, Patience));
        Assert.Equal(new Order("x", 3, null), await echo.Ask<Order>(new Order("x", 3, null), Patience));
    }

    [Fact]
    public async Task An_answer_to_a_question_of_the_life_before_answers_no_question_of_this_one()
    {
        var (before, b) = (StartSystem("a"), StartSystem("b"));
        var (port, there) = (RemoteOf(before).Address.Port!.Value, NewInbox(b, "there"));
        _ = SeenFrom(before, there.Ref, b).Ask<string>("first question", Patience);
        var (_, first) = Take(there.Messages, "the first question");
        await before.Terminate();

        var after = StartSystem("a", new RemoteOptions { Port = port });
        var answer = SeenFrom(after, there.Ref, b).Ask<string>("second question", Patience);
        var (_, second) = Take(there.Messages, "the second question");
        Assert.Equal(first.Path, second.Path); // But for the uid.
        first.Tell("late answer to the first");
        second.Tell("answer to the second");
        Assert.Equal("answer to the second", await answer);
    }

    [Fact]
    public void Sender_and_references_inside_messages_can_be_answered()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var (here, there) = (NewInbox(a, "here"), NewInbox(b, "there"));
        SeenFrom(a, there.Ref, b).Tell(new Order("ref", 1, here.Ref), here.Ref);

        var (message, sender) = Take(there.Messages, "the order");
        Assert.Equal(sender, ((Order)message).ReplyTo);
        Assert.Equal(here.Ref.Path.ToSerializationFormatWithAddress(RemoteOf(a).Address), sender.Path.ToSerializationFormat());
        ((Order)message).ReplyTo!.Tell("answer");
        Assert.Equal("answer", here.Next("the answer"));
    }

    [Fact]
    public void Order_holds_for_each_pair_over_several_lanes()
    {
        const int messages = 20_000;
        var (a, b) = (StartSystem("a", new RemoteOptions { DataLanes = 3, OutboundQueueSize = 1 << 20 }), StartSystem("b"));
        var inboxes = Enumerable.Range(0, 5).Select(i => NewInbox(b, "inbox" + i)).ToArray();
        var seen = inboxes.Select(inbox => SeenFrom(a, inbox.Ref, b)).ToArray();
        for (var i = 0; i < messages; i++) seen[i % seen.Length].Tell(i);
        for (var i = 0; i < messages; i++) Assert.Equal(i, inboxes[i % seen.Length].Next("message " + i));
    }

    [Fact]
    public async Task Selection_and_identify_reach_actors_and_report_nobody()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var inbox = NewInbox(b, "inbox");
        var address = RemoteOf(b).Address;
        a.ActorSelection($"{address}/user/inbox").Tell("by selection");
        Assert.Equal("by selection", inbox.Next("the selection"));
        a.ActorSelection($"{address}/user/in*").Tell("by wildcard");
        Assert.Equal("by wildcard", inbox.Next("the wildcard selection"));

        var found = await a.ActorSelection($"{address}/user/inbox").ResolveOne(Patience);
        Assert.Equal(SeenFrom(a, inbox.Ref, b), found);
        var nobody = await a.ActorSelection($"{address}/user/nobody").Ask<ActorIdentity>(new Identify(7), Patience);
        Assert.Null(nobody.Subject);
        Assert.Equal(7, nobody.MessageId);
    }

    [Fact]
    public async Task Failure_arrives_as_failure()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var failing = SeenFrom(a, b.ActorOf(Props.Create(() => new Failing())), b);
        var failure = await Assert.ThrowsAsync<RemoteFailureException>(() => failing.Ask<string>("x", Patience));
        Assert.Equal("no way", failure.Message);
        Assert.Equal(typeof(InvalidOperationException).FullName, failure.TypeName);
    }

    [Fact]
    public void Unregistered_type_stays_here_as_dead_letter_and_the_connection_lives()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var inbox = NewInbox(b);
        var remote = SeenFrom(a, inbox.Ref, b);
        var dead = Events<Event.DeadLetter>(a);
        remote.Tell("before");
        remote.Tell(new NotOnTheWire());
        remote.Tell("after");
        Assert.Equal("before", inbox.Next("before"));
        Assert.Equal("after", inbox.Next("after"));
        Assert.IsType<NotOnTheWire>(Take(dead, "dead letter").Message);
        Assert.Equal(1, RemoteOf(a).Counters.DroppedOutbound);
    }

    [Fact]
    public void Message_above_the_limit_is_dropped_and_the_next_one_arrives()
    {
        var options = new RemoteOptions { MaximumFrameSize = 100_000 };
        var (a, b) = (StartSystem("a", options), StartSystem("b", options));
        var inbox = NewInbox(b);
        var remote = SeenFrom(a, inbox.Ref, b);
        remote.Tell(new byte[100_001]);
        remote.Tell(new byte[99_000]);
        Assert.Equal(99_000, ((byte[])inbox.Next("the smaller one")).Length);
        Assert.Equal(1, RemoteOf(a).Counters.DroppedOutbound);
    }

    [Fact]
    public void Small_messages_cost_few_bytes_on_the_wire()
    {
        const int messages = 10_000;
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var (here, there) = (NewInbox(a), NewInbox(b));
        var remote = SeenFrom(a, there.Ref, b);
        var payload = new string('x', 64);
        for (var i = 0; i < messages; i++) remote.Tell(payload, here.Ref);
        for (var i = 0; i < messages; i++) there.Next("message");
        Eventually(() => RemoteOf(a).Counters.MessagesOut == messages, "all are counted, after they were written");
        var bytesEach = (double)RemoteOf(a).Counters.BytesOut / messages;
        Assert.InRange(bytesEach, 64, 64 + 20);
    }

    [Fact]
    public async Task Poison_pill_stops_a_remote_actor()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var inbox = NewInbox(b);
        var remote = SeenFrom(a, inbox.Ref, b);
        Assert.True(await remote.GracefulStop(Patience));
        Eventually(() => ((IInternalActorRef)inbox.Ref).IsTerminated, "the actor ends");
    }

    [WireType("test-order")]
    public sealed record Order(string Name, int Count, IActorRef? ReplyTo);

    public sealed record NotOnTheWire;

    private sealed class Failing : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(new Status.Failure(new InvalidOperationException("no way")), Self);
    }
}
