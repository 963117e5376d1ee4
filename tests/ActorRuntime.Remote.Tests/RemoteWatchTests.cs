using ActorRuntime.Actor;

namespace ActorRuntime.Remote.Tests;

[Trait("Requirement", "AR-2")]
public sealed class RemoteWatchTests : RemoteTestBase
{
    [Fact]
    public void End_of_a_watched_remote_actor_is_told()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var (watcher, watched) = (NewInbox(a), NewInbox(b));
        var seen = SeenFrom(a, watched.Ref, b);
        watcher.Ref.Tell(new WatchThis(seen));
        seen.Tell("hello");
        watched.Next("hello");
        b.Stop(watched.Ref);
        var terminated = Assert.IsType<Terminated>(watcher.Next("terminated"));
        Assert.Equal(seen, terminated.ActorRef);
        Assert.False(terminated.AddressTerminated);
    }

    [Fact]
    public void Watch_by_path_alone_is_told_about_the_reference_watched()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var (watcher, watched) = (NewInbox(a), NewInbox(b, "watched"));
        var byPath = ((ExtendedActorSystem)a).Provider.ResolveActorRef($"{RemoteOf(b).Address}/user/watched");
        watcher.Ref.Tell(new WatchThis(byPath));
        Eventually(() => RemoteOf(b).Counters.MessagesIn == 1, "the watch arrives");
        b.Stop(watched.Ref);
        Assert.Equal(byPath, Assert.IsType<Terminated>(watcher.Next("terminated")).ActorRef);
    }

    [Fact]
    public void Watching_somebody_who_never_lived_ends_at_once()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var watcher = NewInbox(a);
        watcher.Ref.Tell(new WatchThis(((ExtendedActorSystem)a).Provider.ResolveActorRef($"{RemoteOf(b).Address}/user/nobody")));
        Assert.False(Assert.IsType<Terminated>(watcher.Next("terminated")).ExistenceConfirmed);
    }

    [Fact]
    public void Unwatched_actor_ends_in_silence()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var (watcher, watched) = (NewInbox(a), NewInbox(b));
        var seen = SeenFrom(a, watched.Ref, b);
        watcher.Ref.Tell(new WatchThis(seen));
        watcher.Ref.Tell(new UnwatchThis(seen));
        Eventually(() => RemoteOf(b).Counters.MessagesIn == 2, "watch and unwatch arrive",
            () => $"in={RemoteOf(b).Counters.MessagesIn} out={RemoteOf(a).Counters.MessagesOut} "
                + $"bad={RemoteOf(b).Counters.BadConnections} drop={RemoteOf(a).Counters.DroppedOutbound}");
        b.Stop(watched.Ref);
        Eventually(() => ((IInternalActorRef)watched.Ref).IsTerminated, "the end");
        watcher.Ref.Tell("marker");
        Assert.Equal("marker", watcher.Next("marker"));
    }

    [Fact]
    public async Task Orderly_end_of_a_system_ends_its_watched_actors_and_the_incarnation()
    {
        var (a, b) = (StartSystem("a"), StartSystem("b"));
        var (watcher, watched) = (NewInbox(a), NewInbox(b));
        var lost = Events<AssociationLost>(a);
        var (address, uid) = (RemoteOf(b).Address, RemoteOf(b).Uid);
        watcher.Ref.Tell(new WatchThis(SeenFrom(a, watched.Ref, b)));
        Eventually(() => RemoteOf(b).Counters.MessagesIn == 1, "the watch arrives");
        await b.Terminate();
        Assert.IsType<Terminated>(watcher.Next("terminated"));
        Assert.Equal((address, uid, AssociationLossReason.Goodbye), Take(lost, "loss") is var l ? (l.Address, l.Uid, l.Reason) : default);
        Assert.True(RemoteOf(a).IsQuarantined(address, uid));
    }

    [Fact]
    public void Unreachable_peer_with_a_watch_pending_is_given_up()
    {
        var a = StartSystem("a", new RemoteOptions { QuarantineAfter = TimeSpan.FromSeconds(1) });
        var watcher = NewInbox(a);
        watcher.Ref.Tell(new WatchThis(((ExtendedActorSystem)a).Provider.ResolveActorRef("actor-runtime.tcp://b@127.0.0.1:1/user/x")));
        Assert.True(Assert.IsType<Terminated>(watcher.Next("terminated")).AddressTerminated);
    }
}
