using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Tests.Nodes;
using ActorRuntime.Cluster.Tools.PublishSubscribe;
using ActorRuntime.Event;
using ActorRuntime.TestKit;

namespace ActorRuntime.Cluster.Tools.Tests.PublishSubscribe;

/// <summary>The mediator on one node under virtual time.</summary>
public sealed class MediatorTests : IDisposable
{
    private readonly LoneNode _node = new();
    private readonly IActorRef _mediator;
    private readonly TestProbe _a, _b, _letters;

    public MediatorTests()
    {
        _node.Cluster.Lead("none", 1); // This node alone is a member.
        _mediator = DistributedPubSub.Get(_node.System).Mediator;
        (_a, _b, _letters) = (new TestProbe(_node.System), new TestProbe(_node.System), new TestProbe(_node.System));
        _node.System.EventStream.Subscribe(_letters.Ref, typeof(DeadLetter));
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _letters.Dispose();
        _node.Dispose();
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Subscribers_get_what_is_published_until_they_unsubscribe()
    {
        Subscribe(_a, "news");
        Subscribe(_b, "news");
        Tell(new Publish("news", "1"));
        Assert.Equal(("1", "1"), (Heard(_a), Heard(_b)));

        var unsubscribe = new Unsubscribe("news", _a.Ref);
        Tell(unsubscribe, _a);
        Assert.Equal(new UnsubscribeAck(unsubscribe), _a.ExpectMsg<UnsubscribeAck>(TimeSpan.Zero));
        Tell(new Publish("news", "2"));
        Assert.Equal("2", Heard(_b));
        _a.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Subscribing_twice_is_answered_twice_and_counts_once()
    {
        Subscribe(_a, "news");
        Subscribe(_a, "news");
        Tell(new Publish("news", "1"));
        Assert.Equal("1", Heard(_a));
        _a.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void One_of_each_group_gets_a_message_for_groups_and_none_without()
    {
        using var other = new TestProbe(_node.System);
        using var loose = new TestProbe(_node.System);
        Subscribe(_a, "jobs", "g/1");
        Subscribe(_b, "jobs", "g/1");
        Subscribe(other, "jobs", "g/2");
        Subscribe(loose, "jobs");
        for (var i = 0; i < 50; i++) Tell(new Publish("jobs", "job", SendOneMessageToEachGroup: true));
        var (first, second) = (Count(_a), Count(_b));
        Assert.Equal(50, first + second);
        Assert.True(first > 0 && second > 0, $"{first} and {second}");
        Assert.Equal(50, Count(other));
        loose.ExpectNoMsg(TimeSpan.Zero);

        Tell(new Publish("jobs", "for all"));
        Assert.Equal("for all", Heard(loose));
        Assert.Equal(0, Count(_a) + Count(_b) + Count(other));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void What_nobody_listens_to_becomes_a_dead_letter()
    {
        Tell(new Publish("news", "1"));
        Tell(new Publish("news", "1", SendOneMessageToEachGroup: true));
        Tell(new Send("/user/nobody", "2"));
        Tell(new SendToAll("/user/nobody", "3"));
        for (var i = 0; i < 4; i++) _letters.ExpectMsg<DeadLetter>(TimeSpan.Zero);
        _letters.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_subscriber_that_ends_is_forgotten()
    {
        var actor = _node.System.ActorOf(Props.CreateBy(() => new Echo(_a.Ref)), "service");
        Tell(new Subscribe("news", actor), _a);
        _a.ExpectMsg<SubscribeAck>(TimeSpan.Zero);
        Tell(new Put(actor));
        Assert.Equal(["news"], Topics());
        _node.System.Stop(actor);
        _node.Environment.RunUntilIdle();
        Assert.Empty(Topics());
        Tell(new Publish("news", "1"));
        Tell(new Send("/user/service", "2", LocalAffinity: true));
        for (var i = 0; i < 2; i++) _letters.ExpectMsg<DeadLetter>(TimeSpan.Zero);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void An_actor_put_under_its_path_is_found_by_it_until_it_is_removed()
    {
        Tell(new Put(_node.System.ActorOf(Props.CreateBy(() => new Echo(_a.Ref)), "service")));
        Tell(new Send("/user/service", "1"));
        Tell(new SendToAll("/user/service", "2"));
        Assert.Equal(("1", "2"), (Heard(_a), Heard(_a)));
        Tell(new SendToAll("/user/service", "3", ExcludeSelf: true));
        _letters.ExpectMsg<DeadLetter>(TimeSpan.Zero);

        Tell(new Remove("/user/service"));
        Tell(new Send("/user/service", "4"));
        _letters.ExpectMsg<DeadLetter>(TimeSpan.Zero);
        _a.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Settings_come_from_the_configuration_and_all_broken_ones_are_told()
    {
        var config = Configuration.ConfigurationFactory.ParseString(
            "{ routing-logic = nearest, gossip-interval = 1h, removed-time-to-live = 1ms, max-delta-elements = 0, registrations-max = 0 }");
        Assert.Equal(5, Assert.Throws<Util.OptionsException>(() => DistributedPubSubSettings.Create(config)).Errors.Count);
    }

    private string[] Topics() =>
        [.. _node.Ask<CurrentTopics>(_mediator, GetTopics.Instance)!.Topics.Order(StringComparer.Ordinal)];

    private void Subscribe(TestProbe probe, string topic, string? group = null)
    {
        var subscribe = new Subscribe(topic, probe.Ref, group);
        Tell(subscribe, probe);
        Assert.Equal(new SubscribeAck(subscribe), probe.ExpectMsg<SubscribeAck>(TimeSpan.Zero));
    }

    private void Tell(object message, TestProbe? sender = null)
    {
        _mediator.Tell(message, sender?.Ref ?? ActorRefs.NoSender);
        _node.Environment.RunUntilIdle();
    }

    private static string Heard(TestProbe probe) => probe.ExpectMsg<string>(TimeSpan.Zero);

    private static int Count(TestProbe probe)
    {
        var count = 0;
        while (probe.ReceiveOne(TimeSpan.Zero) is not null) count++;
        return count;
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo(IActorRef listener) => ReceiveAny(listener.Forward);
    }
}
