using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Serialization;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Tests.Sessions;

/// <summary>What a client had in progress with an actor is there again after whatever ended the actor, and no request is executed twice.</summary>
[Trait("Requirement", "SR-3")]
public sealed class SessionTests : IAsyncLifetime
{
    private readonly ActorSystem _system;
    private readonly TestProbe _client;
    private Directive _directive = Directive.Restart;
    private IActorRef _order;

    public SessionTests()
    {
        _system = ActorSystem.Create("sessions", PersistenceSetup.Create()
            .WithOptions(new PersistenceOptions { Sessions = new SessionOptions { Max = 2 } })
            .WithJournal(_ => new SlowJournal(new InMemoryJournal())).WithSnapshotStore(_ => new InMemorySnapshotStore()));
        _client = new TestProbe(_system);
        _order = Start();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void A_request_sent_again_is_answered_and_not_executed()
    {
        Assert.Equal("1 in cart", Ask("c", 1, new Put("apple")));
        Assert.Equal("1 in cart", Ask("c", 1, new Put("apple")));

        Assert.Equal("2 in cart", Ask("c", 2, new Put("pear")));
        Assert.Equal("bought apple,pear", Ask("c", 3, new Buy()));
        Assert.Equal("sold apple,pear", Ask("d", 1, new Show()));
    }

    [Theory, InlineData(Directive.Resume), InlineData(Directive.Restart), InlineData(Directive.Stop)]
    public void What_a_client_has_in_progress_survives_a_failure(Directive directive)
    {
        _directive = directive;
        Assert.Equal("1 in cart", Ask("c", 1, new Put("apple")));

        Fail();

        Assert.Equal("1 in cart", Ask("c", 1, new Put("apple")));
        Assert.Equal("bought apple", Ask("c", 2, new Buy()));
        Fail();
        Assert.Equal("bought apple", Ask("c", 2, new Buy()));
        Assert.Equal("sold apple", Ask("c", 3, new Show()));
    }

    [Fact]
    public void Sessions_are_part_of_the_snapshot()
    {
        Ask("c", 1, new Put("apple"));
        Ask("c", 2, new Buy());
        Ask("d", 1, new Put("pear"));
        Assert.Equal("saved", Ask("d", 2, new Snap()));
        _directive = Directive.Stop;

        Fail();

        Assert.Equal("bought apple", Ask("c", 2, new Buy()));
        Assert.Equal("1 in cart", Ask("d", 1, new Put("pear")));
        Assert.Equal("bought pear", Ask("d", 3, new Buy()));
        Assert.Equal("sold apple,pear", Ask("d", 4, new Show()));
    }

    [Fact]
    public void Without_room_a_new_client_is_refused()
    {
        Ask("c", 1, new Put("apple"));
        Ask("d", 1, new Put("pear"));

        _client.Send(_order, new SessionRequest("e", 1, new Put("plum")));

        _client.ExpectMsg(new SessionRefused("e", 1, SessionRefusal.Full));
    }

    [Fact]
    public void A_command_without_a_session_is_answered_as_it_is()
    {
        _client.Send(_order, new Put("apple"));

        _client.ExpectMsg("0 in cart");
    }

    private IActorRef Start() =>
        _system.ActorOf(Props.CreateBy(() => new Supervisor(new OneForOneStrategy(_ => _directive))));

    private string Ask(string session, long number, object command)
    {
        _client.Send(_order, new SessionRequest(session, number, command));
        var reply = _client.ExpectMsg<SessionReply>(TimeSpan.FromSeconds(30));
        Assert.Equal((session, number), (reply.Session, reply.Number));
        return (string)reply.Reply;
    }

    private void Fail()
    {
        _client.Send(_order, new SessionRequest("c", 99, new Break()));
        if (_directive != Directive.Stop) return;
        _client.Watch(_order);
        _system.Stop(_order);
        _client.ExpectTerminated(_order, TimeSpan.FromSeconds(30));
        _order = Start();
    }

    [WireType("test-put")]
    public sealed record Put(string Thing);

    [WireType("test-buy")]
    public sealed record Buy;

    [WireType("test-show")]
    public sealed record Show;

    [WireType("test-snap")]
    public sealed record Snap;

    [WireType("test-break")]
    public sealed record Break;

    [WireType("test-sold")]
    public sealed record Sold(IReadOnlyList<string> Things);

    private sealed class Supervisor : UntypedActor
    {
        private readonly SupervisorStrategy _strategy;
        private readonly IActorRef _order;

        public Supervisor(SupervisorStrategy strategy) =>
            (_strategy, _order) = (strategy, Context.ActorOf(Props.CreateBy(() => new Order())));

        protected override SupervisorStrategy SupervisorStrategy() => _strategy;

        protected override void OnReceive(object message) => _order.Forward(message);
    }

    /// <summary>A shop: what a client has chosen is its conversation, what it bought is the state.</summary>
    private sealed class Order : StatePersistentActor<Pages>
    {
        private IActorRef? _saver;

        public Order()
        {
            Command<Put>(put =>
            {
                var cart = new Pages([.. (Session?.Context as Pages)?.Texts ?? [], put.Thing]);
                AnswerAndKeep($"{(Session is null ? 0 : cart.Texts.Count)} in cart", cart);
            });
            Command<Buy>(_ =>
            {
                var cart = (Pages)Session!.Context!;
                AnswerAndKeep("bought " + string.Join(',', cart.Texts), null, new Sold(cart.Texts));
            });
            Command<Show>(_ => Answer("sold " + string.Join(',', State.Texts)));
            Command<Snap>(_ =>
            {
                _saver = Sender;
                SaveSnapshot();
            });
            Command<SaveSnapshotSuccess>(_ => _saver!.Tell(new SessionReply("d", 2, "saved")));
            Command<Break>(_ => throw new InvalidDataException("told to"));
        }

        public override string PersistenceId => "shop";

        protected override Pages InitialState => new([]);

        protected override Pages Apply(Pages state, object @event) => new([.. state.Texts, .. ((Sold)@event).Things]);
    }
}
