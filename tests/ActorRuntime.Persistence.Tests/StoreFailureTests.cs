using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Event;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.TestKit;
using Xunit;
using static ActorRuntime.Persistence.Tests.Ledger;

namespace ActorRuntime.Persistence.Tests;

/// <summary>A handler that fails in recovery, and stores that are silent: each actor ends with a word, none waits for ever, none holds up
/// another.</summary>
[Trait("Requirement", "AR-4")]
public sealed class StoreFailureTests : IAsyncLifetime
{
    private readonly InMemoryJournal _journal = new();
    private readonly MuteJournal _mute;
    private readonly ActorSystem _system;
    private readonly TestProbe _observer;
    private readonly TestProbe _user;

    public StoreFailureTests()
    {
        _mute = new MuteJournal(_journal);
        var options = new PersistenceOptions
        {
            RecoveriesMax = 1,
            RecoveryTimeout = Patience.Store,
            WriteTimeout = Patience.Store,
        };
        _system = ActorSystem.Create("failures", PersistenceSetup.Create().WithOptions(options).WithJournal(_ => _mute)
            .WithSnapshotStore(_ => new SilentSnapshotStore(), "silent").And(Patience.Setup));
        (_observer, _user) = (new TestProbe(_system), new TestProbe(_system));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void Recover_handler_that_throws_is_reported_with_its_message_stops_the_actor_and_frees_its_permit()
    {
        var first = Start("a");
        _user.Send(first, new WriteAll("x", "bad", "y"));
        _user.FishForMessage<string>(text => text == "wrote y 3");

        var failing = _system.ActorOf(Props.Create(() => new FailingLedger("a", _observer.Ref)));
        _observer.Watch(failing);

        Assert.Equal("in handler of Entry { Text = bad }, after 2", _observer.ExpectMsg<string>());
        _observer.ExpectTerminated(failing);
        Start("b");
    }

    [Fact]
    public void Journal_that_is_silent_at_recovery_fails_it_and_frees_the_permit()
    {
        _mute.IsSilent = true;
        var actor = _system.ActorOf(Props.Create(() => new Ledger("a", _observer.Ref, Recovery.Default)));
        _observer.Watch(actor);

        Assert.Contains("recovery-timeout", _observer.ExpectMsg<RecoveryTimedOutException>().Message, StringComparison.Ordinal);
        _observer.ExpectTerminated(actor);

        _mute.IsSilent = false;
        Start("a");
    }

    [Fact]
    public void Writes_go_on_while_every_permit_is_taken_by_a_recovery_that_hangs()
    {
        var writer = Start("writer");
        _mute.IsSilent = true;
        for (var i = 0; i < 3; i++) _system.ActorOf(Props.Create(() => new Ledger("hangs", _observer.Ref, Recovery.Default)));

        for (var i = 1; i <= 20; i++)
        {
            _user.Send(writer, new Write("x"));
            _user.ExpectMsg($"wrote x {i}");
        }

        for (var i = 0; i < 3; i++) _observer.ExpectMsg<RecoveryTimedOutException>(); // Each in its turn: none waits for ever.
    }

    [Fact]
    public void Snapshot_store_that_is_silent_at_a_save_or_a_deletion_is_a_failed_one()
    {
        var actor = _system.ActorOf(Props.Create(() => new SnapshotsOnSilentStore("a", _observer.Ref)));
        _observer.ExpectMsg("recovered 0");

        _user.Send(actor, new Do(ledger =>
        {
            ledger.SaveSnapshot(new Pages([]));
            ledger.DeleteSnapshots(SnapshotSelectionCriteria.Latest);
        }));

        Assert.Equal(["DeleteSnapshotsFailure TimeoutException", "SaveSnapshotFailure TimeoutException"],
            new[] { _observer.ExpectMsg<string>(), _observer.ExpectMsg<string>() }.Order());
        _user.Send(actor, new Write("x"));
        _user.ExpectMsg("wrote x 1");
    }

    [Fact]
    public void Commands_stashed_or_waiting_for_a_write_when_the_actor_stops_are_dead_letters()
    {
        using var dead = new TestProbe(_system);
        _system.EventStream.Subscribe(dead.Ref, typeof(DeadLetter));
        var actor = Start("a");
        _user.Send(actor, new Do(ledger => ledger.StashUntilOpened()));
        _user.Send(actor, new Write("stashed"));
        _journal.FailNextAppend(JournalFault.Silent);
        _user.Send(actor, new Do(ledger => ledger.Persist(new Entry("never answered"), _ => { })));
        _user.Send(actor, new Write("waiting"));

        _system.Stop(actor);

        var texts = new List<string>();
        while (texts.Count < 2)
        {
            if (dead.ExpectMsg<DeadLetter>().Message is Write write) texts.Add(write.Text);
        }
        Assert.Equal(["stashed", "waiting"], texts.Order());
        Start("a");
    }

    [Fact]
    public async Task What_a_bounded_mailbox_has_no_room_for_while_the_actor_recovers_is_dropped()
    {
        _mute.IsSilent = true;
        var system = ActorSystem.Create("bounded", PersistenceSetup.Create().WithJournal(_ => _mute).And(BootstrapSetup.Create().WithConfig(
            ConfigurationFactory.ParseString(
                "two { mailbox-type = ActorRuntime.Dispatch.BoundedMailbox, mailbox-capacity = 2, mailbox-push-timeout-time = 0s }").WithFallback(Patience.Config))));
        using var dead = new TestProbe(system);
        system.EventStream.Subscribe(dead.Ref, typeof(AllDeadLetters));
        var actor = system.ActorOf(Props.Create(() => new Ledger("a", _observer.Ref, Recovery.Default)).WithMailbox("two"));
        foreach (var text in (string[])["1", "2", "3", "4"]) actor.Tell(new Write(text), ActorRefs.NoSender);

        Assert.Equal(["3", "4"], [.. dead.ReceiveN(2).Select(dropped => ((Write)((Dropped)dropped).Message).Text)]);
        system.Stop(actor);
        Assert.Equal(["1", "2"], [.. dead.ReceiveN(2).Select(letter => ((Write)((DeadLetter)letter).Message).Text)]);
        await system.Terminate();
    }

    private IActorRef Start(string id)
    {
        var actor = _system.ActorOf(Props.Create(() => new Ledger(id, _observer.Ref, Recovery.Default)));
        _observer.FishForMessage<string>(text => text.StartsWith("recovered", StringComparison.Ordinal));
        return actor;
    }

    private sealed class FailingLedger : Ledger
    {
        private readonly IActorRef _observer;

        public FailingLedger(string id, IActorRef observer)
            : base(id, observer, Recovery.Default) => _observer = observer;

        protected override void Apply(Entry entry)
        {
            if (entry.Text == "bad") throw new InvalidDataException("told to fail");
            base.Apply(entry);
        }

        protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
            _observer.Tell($"in handler of {message}, after {LastSequenceNr}", Self);
    }

    private sealed class SnapshotsOnSilentStore : Ledger
    {
        public SnapshotsOnSilentStore(string id, IActorRef observer)
            : base(id, observer, new Recovery(SnapshotSelectionCriteria.None))
        {
            SnapshotPluginId = "silent";
            Command<DeleteSnapshotsFailure>(failure => observer.Tell($"{nameof(DeleteSnapshotsFailure)} {failure.Cause.GetType().Name}", Self));
        }
    }

    /// <summary>Gives no answer to reads while it is silent.</summary>
    private sealed class MuteJournal(IJournal inner) : IJournal
    {
        private volatile bool _isSilent;

        public bool IsSilent
        {
            get => _isSilent;
            set => _isSilent = value;
        }

        public Task OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

        public Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => inner.RaiseFenceAsync(fence, cancellationToken);

        public Task AppendAsync(IReadOnlyList<JournalEvent> events) => inner.AppendAsync(events);

        public Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks) =>
            inner.AppendCommittedAsync(fence, afterHeight, blocks);

        public IAsyncEnumerable<JournalEvent> ReadAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken) =>
            inner.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, cancellationToken);

        public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
            IsSilent ? new TaskCompletionSource<long>().Task : inner.ReadHighestSequenceNrAsync(persistenceId, cancellationToken);

        public Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr) => inner.DeleteAsync(writer, persistenceId, toSequenceNr);

        public Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken) =>
            inner.ReadPersistenceIdsAsync(afterId, max, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
