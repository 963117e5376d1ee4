using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Event;
using ActorRuntime.Serialization;
using ActorRuntime.TestKit;
using ActorRuntime.Util;
using Xunit;
using static ActorRuntime.Persistence.PersistenceSettings;

namespace ActorRuntime.Persistence.Tests.Delivery;

/// <summary>Messages that are sent until they are confirmed, under virtual time.</summary>
[Trait("Requirement", "AR-4")]
public sealed class AtLeastOnceDeliveryTests : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly AtLeastOnceDeliverySettings Settings = new(
        Interval, RedeliveryBurstLimit: 5, WarnAfterNumberOfUnconfirmedAttempts: 3, MaxUnconfirmedMessages: 100);

    private readonly ManualEnvironment _environment = new();
    private readonly ActorSystem _system;
    private readonly List<Letter> _arrived = [];
    private readonly List<UnconfirmedWarning> _warnings = [];
    private readonly List<Exception> _refusals = [];
    private Func<Letter, bool> _confirms = _ => true;

    public AtLeastOnceDeliveryTests()
    {
        var options = new PersistenceOptions { AtLeastOnceDelivery = Settings };
        _system = ActorSystem.Create("t", ActorSystemSetup.Create(
            new EnvironmentSetup(_environment), PersistenceSetup.Create().WithOptions(options)));
        _system.ActorOf(Props.CreateBy(() => new Receiver(_arrived, letter => _confirms(letter))), "receiver");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        var end = _system.Terminate();
        _environment.RunUntil(() => end.IsCompleted, TimeSpan.FromMinutes(1));
        return end;
    }

    [Fact]
    public void Messages_arrive_in_order_and_once_when_they_are_confirmed()
    {
        var sender = Start();

        Send(sender, "a", "b", "c");
        _environment.Advance(Interval * 5);

        Assert.Equal([new Letter(1, "a"), new Letter(2, "b"), new Letter(3, "c")], _arrived);
    }

    [Fact]
    public void Unconfirmed_message_is_sent_again_after_the_interval_with_its_id_until_it_is_confirmed()
    {
        _confirms = letter => letter.Text != "b";
        var sender = Start();
        Send(sender, "a", "b", "c");

        _environment.Advance(Interval - TimeSpan.FromMilliseconds(1));
        Assert.Equal(3, _arrived.Count);
        _environment.Advance(Interval);
        Assert.Equal([new Letter(2, "b")], _arrived.Skip(3));

        _confirms = _ => true;
        _environment.Advance(Interval * 2);
        var count = _arrived.Count;
        _environment.Advance(Interval * 5);
        Assert.Equal(count, _arrived.Count);
    }

    [Fact]
    public void After_a_crash_what_was_not_confirmed_is_sent_again_in_order_at_once_and_ids_go_on()
    {
        _confirms = letter => letter.Text == "b";
        var sender = Start();
        Send(sender, "a", "b", "c");
        Stop(sender);
        _arrived.Clear();

        var again = Start();
        Assert.Equal([new Letter(1, "a"), new Letter(3, "c")], _arrived);
        Send(again, "d");
        Assert.Equal(new Letter(4, "d"), _arrived[^1]);
    }

    [Fact]
    public void Restart_by_the_supervisor_sends_again_and_no_reminder_outlives_the_actor()
    {
        var dead = new List<object>();
        var listener = _system.ActorOf(Props.CreateBy(() => new Listener(dead)));
        _system.EventStream.Subscribe(listener, typeof(DeadLetter));
        _confirms = _ => false;
        var sender = Start();
        Send(sender, "a");

        sender.Tell(new Fail(), ActorRefs.NoSender);
        _environment.RunUntilIdle();

        Assert.Equal(2, _arrived.Count);
        Stop(sender);
        dead.Clear();
        _environment.Advance(Interval * 3);
        Assert.Equal(2, _arrived.Count);
        Assert.Empty(dead);
    }

    [Fact]
    public void Burst_limit_bounds_what_is_sent_again_in_one_go_and_none_is_forgotten()
    {
        _confirms = _ => false;
        var sender = Start();
        Send(sender, [.. Enumerable.Range(1, 12).Select(number => $"{number}")]);
        Stop(sender);
        _arrived.Clear();

        Start();
        Assert.Equal(Enumerable.Range(1, 5).Select(id => (long)id), _arrived.Select(letter => letter.Id));
        _environment.Advance(Interval / 2);
        Assert.Equal(10, _arrived.Count);
        _environment.Advance(Interval / 2);

        Assert.Equal(12, _arrived.Select(letter => letter.Id).Distinct().Count());
    }

    [Fact]
    public void Warning_comes_once_after_the_attempts_and_sending_goes_on()
    {
        _confirms = letter => letter.Text == "fine";
        var sender = Start();
        Send(sender, "lost", "fine");

        _environment.Advance(Interval * 2.5);
        Assert.Empty(_warnings);
        _environment.Advance(Interval);

        var warned = Assert.Single(Assert.Single(_warnings).UnconfirmedDeliveries);
        Assert.Equal((1L, new Letter(1, "lost")), (warned.DeliveryId, warned.Message));
        var count = _arrived.Count;
        _environment.Advance(Interval * 3);
        Assert.Single(_warnings);
        Assert.Equal(count + 3, _arrived.Count);
    }

    [Fact]
    public void One_message_too_many_is_refused_and_there_is_room_again_after_a_confirmation()
    {
        _confirms = letter => letter.Text == "fits again";
        var sender = Start(Settings.WithMaxUnconfirmedMessages(2));

        Send(sender, "a", "b", "too many");
        Assert.Contains("max-unconfirmed-messages = 2", Assert.IsType<MaxUnconfirmedMessagesExceededException>(Assert.Single(_refusals)).Message,
            StringComparison.Ordinal);
        Assert.Equal(["a", "b"], _arrived.Select(letter => letter.Text));

        sender.Tell(new Arrived(1), ActorRefs.NoSender);
        Send(sender, "fits again");
        Assert.Equal("fits again", _arrived[^1].Text);
    }

    [Fact]
    public void Selection_of_many_is_refused_and_of_one_is_as_good_as_its_path()
    {
        var sender = Start();

        sender.Tell(new ToSelection("/user/rec*"), ActorRefs.NoSender);
        sender.Tell(new ToSelection("/user/receiver"), ActorRefs.NoSender);
        _environment.RunUntilIdle();

        Assert.IsType<NotSupportedException>(Assert.Single(_refusals));
        Assert.Equal([new Letter(1, "selected")], _arrived);
    }

    [Fact]
    public void State_of_the_deliveries_comes_back_with_the_snapshot_when_the_events_are_gone()
    {
        _confirms = letter => letter.Text == "b";
        var sender = Start();
        Send(sender, "a", "b", "c");
        sender.Tell(new SaveAndForget(), ActorRefs.NoSender);
        _environment.RunUntilIdle();
        Stop(sender);
        _arrived.Clear();

        var again = Start();
        Assert.Equal([new Letter(1, "a"), new Letter(3, "c")], _arrived);
        Send(again, "d");
        Assert.Equal(new Letter(4, "d"), _arrived[^1]);
    }

    [Fact]
    public void Receiver_that_lives_later_under_the_path_gets_the_message()
    {
        var sender = Start(to: "/user/late");
        Send(sender, "a");
        Assert.Empty(_arrived);

        _system.ActorOf(Props.CreateBy(() => new Receiver(_arrived, _ => true)), "late");
        _environment.Advance(Interval * 2);

        Assert.Equal([new Letter(1, "a")], _arrived);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    [InlineData(4UL)]
    public void Many_lost_messages_and_confirmations_all_arrive_in_the_end_over_crashes(ulong seed)
    {
        var random = new Prng(seed);
        _confirms = _ => random.Chance(40); // The rest is lost on the way there or back.
        var sender = Start();
        for (var i = 1; i <= 60; i++)
        {
            Send(sender, $"{i}");
            if (!random.Chance(10)) continue;
            Stop(sender);
            sender = Start();
        }

        _confirms = _ => true;
        _environment.Advance(Interval * 40);

        Assert.Equal((seed, 60), (seed, _arrived.Select(letter => letter.Id).Distinct().Count()));
        Assert.All(_arrived, letter => Assert.Equal($"{letter.Id}", letter.Text));
        var count = _arrived.Count;
        _environment.Advance(Interval * 5);
        Assert.Equal((seed, count), (seed, _arrived.Count));
    }

    [Fact]
    public void Settings_out_of_range_are_all_named()
    {
        var failure = Assert.Throws<OptionsException>(() => new AtLeastOnceDeliverySettings(TimeSpan.Zero, 0, 0, 0).Validated());

        foreach (var key in new[] { "redeliver-interval", "redelivery-burst-limit", "warn-after-number-of-unconfirmed-attempts", "max-unconfirmed-messages" })
        {
            Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Base_class_with_one_method_for_all_messages_delivers_likewise()
    {
        _confirms = _ => false;
        var sender = _system.ActorOf(Props.CreateBy(() => new PlainSender(_system.ActorSelection("/user/receiver").Anchor.Path / "user" / "receiver")));
        _environment.RunUntilIdle();

        sender.Tell("a", ActorRefs.NoSender);
        _environment.Advance(PlainSender.Interval * 1.5);

        Assert.Equal([new Letter(1, "a"), new Letter(1, "a")], _arrived);
    }

    private IActorRef Start(AtLeastOnceDeliverySettings? settings = null, string to = "/user/receiver")
    {
        var sender = _system.ActorOf(Props.CreateBy(() => new Sender(to, settings ?? Settings, _warnings, _refusals)));
        _environment.RunUntilIdle();
        return sender;
    }

    private void Send(IActorRef sender, params string[] texts)
    {
        foreach (var text in texts) sender.Tell(text, ActorRefs.NoSender);
        _environment.RunUntilIdle();
    }

    private void Stop(IActorRef sender)
    {
        _system.Stop(sender);
        _environment.RunUntilIdle();
    }

    [WireType("test-letter")]
    public sealed record Letter(long Id, string Text);

    public sealed record Arrived(long Id);

    [WireType("test-letter-sent")]
    public sealed record LetterSent(string Text);

    [WireType("test-letter-confirmed")]
    public sealed record LetterConfirmed(long Id);

    private sealed record Fail;

    private sealed record SaveAndForget;

    private sealed record ToSelection(string Path);

    private sealed class Receiver : ReceiveActor
    {
        public Receiver(List<Letter> arrived, Func<Letter, bool> confirms) => Receive<Letter>(letter =>
        {
            arrived.Add(letter);
            if (confirms(letter)) Sender.Tell(new Arrived(letter.Id), Self);
        });
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(List<object> heard) => ReceiveAny(heard.Add);
    }

    private sealed class Sender : AtLeastOnceDeliveryReceiveActor
    {
        private readonly ActorPath _to;

        public Sender(string to, AtLeastOnceDeliverySettings settings, List<UnconfirmedWarning> warnings, List<Exception> refusals)
            : base(settings)
        {
            _to = to.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(Self.Path.Parent.Parent, (path, element) => path / element);
            Recover<SnapshotOffer>(offer => SetDeliverySnapshot((AtLeastOnceDeliverySnapshot)offer.Snapshot));
            Recover<LetterSent>(Apply);
            Recover<LetterConfirmed>(confirmed => ConfirmDelivery(confirmed.Id));
            Command<string>(text => Persist(new LetterSent(text), sent => Try(refusals, () => Apply(sent))));
            Command<Arrived>(arrived => Persist(new LetterConfirmed(arrived.Id), confirmed => ConfirmDelivery(confirmed.Id)));
            Command<ToSelection>(to => Try(refusals, () => Deliver(Context.ActorSelection(to.Path), id => new Letter(id, "selected"))));
            Command<UnconfirmedWarning>(warnings.Add);
            Command<SaveAndForget>(_ =>
            {
                SaveSnapshot(GetDeliverySnapshot());
                DeleteMessages(LastSequenceNr);
            });
            Command<Fail>(_ => throw new InvalidDataException("told to fail"));
            CommandAny(_ => { });
        }

        public override string PersistenceId => "sender";

        private void Apply(LetterSent sent) => Deliver(_to, id => new Letter(id, sent.Text));

        private static void Try(List<Exception> refusals, Action action)
        {
            try
            {
                action();
            }
            catch (Exception e) when (e is MaxUnconfirmedMessagesExceededException or NotSupportedException)
            {
                refusals.Add(e);
            }
        }
    }

    private sealed class PlainSender(ActorPath to) : AtLeastOnceDeliveryActor(settings => settings.WithRedeliverInterval(Interval))
    {
        public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

        public override string PersistenceId => "plain";

        protected override bool ReceiveRecover(object message) => true;

        protected override bool ReceiveCommand(object message)
        {
            if (message is not string text) return false;
            Persist(new LetterSent(text), sent => Deliver(to, id => new Letter(id, sent.Text)));
            return true;
        }
    }
}
