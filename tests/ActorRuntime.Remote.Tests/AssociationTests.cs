using ActorRuntime.Actor;

namespace ActorRuntime.Remote.Tests;

[Trait("Requirement", "AR-2")]
public sealed class AssociationTests : RemoteTestBase
{
    [Fact]
    public async Task Both_sides_hear_of_the_association_and_of_its_loss()
    {
        var (a, b) = (StartSystem("a", uid: 11), StartSystem("b", uid: 22));
        var (openedA, openedB, lostA) = (Events<AssociationOpened>(a), Events<AssociationOpened>(b), Events<AssociationLost>(a));
        RemoteOf(a).Connect(RemoteOf(b).Address);
        Assert.Equal(new AssociationOpened(RemoteOf(b).Address, 22), Take(openedA, "opened at a"));
        Assert.Equal(new AssociationOpened(RemoteOf(a).Address, 11), Take(openedB, "opened at b"));
        RemoteOf(b).Renew(23); // Closes without a goodbye, as the death of a process does.
        var lost = Take(lostA, "loss at a");
        Assert.Equal((RemoteOf(b).Address, 22L), (lost.Address, lost.Uid));
        Assert.NotEqual(AssociationLossReason.Goodbye, lost.Reason);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task System_that_only_ever_received_says_goodbye()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var (lost, inbox, address, uid) = (Events<AssociationLost>(a), NewInbox(b), RemoteOf(b).Address, RemoteOf(b).Uid);
        SeenFrom(a, inbox.Ref, b).Tell("hello");
        inbox.Next("hello");
        await b.Terminate();
        Assert.Equal((address, uid, AssociationLossReason.Goodbye), Take(lost, "loss") is var l ? (l.Address, l.Uid, l.Reason) : default);
        Assert.True(RemoteOf(a).IsQuarantined(address, uid));
    }

    [Fact]
    public async Task New_incarnation_replaces_the_old_one_and_ends_its_watches()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b", uid: 1));
        var (address, watcher, watched) = (RemoteOf(b).Address, NewInbox(a), NewInbox(b, "watched"));
        var seen = SeenFrom(a, watched.Ref, b);
        watcher.Ref.Tell(new WatchThis(seen));
        Eventually(() => RemoteOf(b).Counters.MessagesIn == 1, "the watch arrives");
        var quarantined = Events<PeerQuarantined>(a);

        RemoteOf(b).Renew(2);
        var terminated = Assert.IsType<Terminated>(watcher.Next("terminated"));
        Assert.True(terminated.AddressTerminated);
        Assert.Equal((address, 1L), Take(quarantined, "quarantine") is var q ? (q.Address, q.Uid) : default);
        Assert.True(RemoteOf(a).IsQuarantined(address, 1));

        // The new incarnation is heard at once, both ways.
        var echo = SeenFrom(a, b.ActorOf(Props.Create(() => new Echo())), b);
        Assert.Equal("again", await echo.Ask<string>("again", Patience));
        Assert.Equal(2, RemoteOf(a).UidOf(address));
    }

    [Fact]
    public async Task Quarantined_incarnation_is_refused_and_its_watches_fire_until_it_returns_as_another()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b", uid: 1));
        var (address, watcher) = (RemoteOf(b).Address, NewInbox(a, "watcher"));
        var echo = SeenFrom(a, b.ActorOf(Props.Create(() => new Echo())), b);
        Assert.Equal("before", await echo.Ask<string>("before", Patience));
        watcher.Ref.Tell(new WatchThis(echo));
        Eventually(() => RemoteOf(b).Counters.MessagesIn == 2, "the watch arrives");
        var refused = Events<ThisSystemQuarantined>(b);

        RemoteOf(a).Quarantine(address, 1);
        Assert.True(Assert.IsType<Terminated>(watcher.Next("terminated")).AddressTerminated);
        // The first one may be written to the connection that is just being closed.
        Eventually(() =>
        {
            SeenFrom(b, watcher.Ref, a).Tell("from the grave");
            return refused.Count > 0;
        }, "b learns");
        Assert.Equal(RemoteOf(a).Address, Take(refused, "b learns").Address);
        Assert.True(RemoteOf(a).Counters.RefusedQuarantined > 0);
        var late = NewInbox(a);
        late.Ref.Tell(new WatchThis(echo));
        Assert.True(Assert.IsType<Terminated>(late.Next("terminated for a late watch")).AddressTerminated);
        await Assert.ThrowsAsync<AskTimeoutException>(() => echo.Ask<string>("to the grave", TimeSpan.FromMilliseconds(50)));
        Assert.Empty(watcher.Messages);

        RemoteOf(b).Renew(2);
        RemoteOf(b).Connect(RemoteOf(a).Address);
        Eventually(() => RemoteOf(a).UidOf(address) == 2, "the new incarnation is known");
        Assert.Equal("after", await echo.Ask<string>("after", Patience));
        SeenFrom(b, watcher.Ref, a).Tell("hello again");
        Assert.Equal("hello again", watcher.Next("message of the new incarnation"));
    }

    [Fact]
    public async Task Messages_wait_for_a_peer_that_starts_late()
    {
        var first = StartSystem("b");
        var address = RemoteOf(first).Address;
        await first.Terminate();
        var a = StartSystem("a");
        var late = ((ExtendedActorSystem)a).Provider.ResolveActorRef($"{address}/user/inbox");
        for (var i = 0; i < 100; i++) late.Tell(i);
        var b = StartSystem("b", new RemoteOptions { Port = address.Port!.Value });
        var inbox = NewInbox(b, "inbox");
        late.Tell("end");
        object last;
        do last = inbox.Next("the end");
        while (last is not "end");
    }

    [Fact]
    public void Full_queue_drops_to_dead_letters_and_counts()
    {
        const int size = 16, messages = 100;
        var a = StartSystem("a", new RemoteOptions { OutboundQueueSize = size });
        var dead = Events<Event.DeadLetter>(a);
        var nobody = ((ExtendedActorSystem)a).Provider.ResolveActorRef("actor-runtime.tcp://b@127.0.0.1:1/user/x");
        for (var i = 0; i < messages; i++) nobody.Tell(i);
        Assert.Equal(messages - size, RemoteOf(a).Counters.DroppedOutbound);
        for (var i = size; i < messages; i++) Assert.Equal(i, Take(dead, "dead letter").Message);
    }

    [Fact]
    public void Control_messages_pass_a_blocked_data_lane_and_their_overflow_quarantines()
    {
        var (a, b) = (StartSystem("a", new RemoteOptions { ControlQueueSize = 16 }), StartSystem("b"));
        var inbox = NewInbox(b, "inbox");
        var remote = SeenFrom(a, inbox.Ref, b);
        for (var i = 0; i < 1000; i++) remote.Tell(new byte[10_000]);
        remote.Tell(new Urgent(1));
        var position = 0;
        while (inbox.Next("the urgent message") is not Urgent) position++;
        Assert.True(position <= 1000);

        var quarantined = Events<PeerQuarantined>(a);
        for (var i = 0; i < 100_000 && quarantined.Count == 0; i++) remote.Tell(new Urgent(i));
        Take(quarantined, "quarantine of a peer that does not keep up");
    }

    [Fact]
    public async Task Graceful_end_sends_what_waits()
    {
        const int messages = 20_000;
        var (a, b) = (StartSystem("a", new RemoteOptions { OutboundQueueSize = 1 << 20 }), StartSystem("b"));
        var inbox = NewInbox(b);
        var remote = SeenFrom(a, inbox.Ref, b);
        for (var i = 0; i < messages; i++) remote.Tell(i);
        await a.Terminate();
        for (var i = 0; i < messages; i++) Assert.Equal(i, inbox.Next("message " + i));
    }

    [Fact]
    public void Watches_survive_connections_that_lose_what_they_took_and_system_messages_come_once()
    {
        const int breaks = 20;
        var (a, b) = (StartSystem("a", environment: new BreakableEnvironment(breaks)), StartSystem("b", environment: new BreakableEnvironment(breaks)));
        var watcher = NewInbox(a);
        var watched = Enumerable.Range(0, 50).Select(_ => NewInbox(b).Ref).ToArray();
        foreach (var actor in watched) watcher.Ref.Tell(new WatchThis(SeenFrom(a, actor, b)));
        Eventually(() => RemoteOf(b).Counters.MessagesIn == watched.Length, "all watches arrive, each once");
        foreach (var actor in watched) b.Stop(actor);
        var ended = new HashSet<IActorRef>();
        foreach (var _ in watched) Assert.True(ended.Add(Assert.IsType<Terminated>(watcher.Next("terminated")).ActorRef));
        Assert.True(RemoteOf(a).Counters.ResentSystemMessages > 0);
    }

    [Serialization.WireType("test-urgent")]
    public sealed record Urgent(int Number) : IControlMessage;
}
