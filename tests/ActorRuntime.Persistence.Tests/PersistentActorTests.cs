using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.TestKit;
using Xunit;
using static ActorRuntime.Persistence.Tests.Ledger;

namespace ActorRuntime.Persistence.Tests;

/// <summary>On a log that answers before the call returns, as the simulator's does.</summary>
public sealed class PersistentActorTests() : PersistentActorBehaviour(journal => journal);

/// <summary>On a log that answers later, from another thread, as disks do.</summary>
public sealed class PersistentActorOnSlowLogTests() : PersistentActorBehaviour(journal => new SlowJournal(journal));

/// <summary>What persistent actors do, whatever the log.</summary>
public abstract class PersistentActorBehaviour : IAsyncLifetime
{
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch;

    private readonly InMemoryJournal _journal = new();
    private readonly IJournal _wrapped;
    private readonly InMemorySnapshotStore _snapshots = new();
    private readonly ActorSystem _system;
    private readonly TestProbe _observer;
    private readonly TestProbe _user;

    protected PersistentActorBehaviour(Func<IJournal, IJournal> wrap)
    {
        _wrapped = wrap(_journal);
        _system = ActorSystem.Create("persistence", PersistenceSetup.Create()
            .WithOptions(new PersistenceOptions { RecoveriesMax = 3, WriteTimeout = Patience.Store })
            .WithJournal(_ => _wrapped).WithSnapshotStore(_ => _snapshots).And(Patience.Setup));
        (_observer, _user) = (new TestProbe(_system), new TestProbe(_system));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact, Trait("Requirement", "AR-4")]
    public void State_is_there_again_after_the_actor_ended()
    {
        var first = Start("a");
        Ask(first, new Write("x"), "wrote x 1");
        Ask(first, new WriteAll("y", "z"), "wrote y 2", "wrote z 3");
        End(first);

        var second = Start("a", recovered: 3);

        Ask(second, new Show(), "x,y,z");
        Ask(second, new Write("w"), "wrote w 4");
    }

    [Fact, Trait("Requirement", "AR-4")]
    public void Recovery_begins_with_the_snapshot_and_replays_what_follows()
    {
        var first = Start("a");
        Ask(first, new WriteAll("x", "y"), "wrote x 1", "wrote y 2");
        _user.Send(first, new Snap());
        Assert.Equal(2, _observer.ExpectMsg<SaveSnapshotSuccess>().Metadata.SequenceNr);
        Ask(first, new Write("z"), "wrote z 3");
        _user.Send(first, new Forget(2));
        Assert.Equal(2, _observer.ExpectMsg<DeleteMessagesSuccess>().ToSequenceNr);
        End(first);

        Ask(Start("a", recovered: 3), new Show(), "x,y,z");
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_former_self_that_wakes_late_deletes_no_snapshot_of_its_successor()
    {
        var zombie = Start("a");
        Ask(zombie, new WriteAll("x", "y"), "wrote x 1", "wrote y 2");
        var successor = Start("a", recovered: 2);
        Ask(successor, new Write("z"), "wrote z 3");
        _user.Send(successor, new Snap());
        _observer.ExpectMsg<SaveSnapshotSuccess>();
        _user.Send(successor, new Forget(3));
        _observer.ExpectMsg<DeleteMessagesSuccess>();
        _user.Send(zombie, new Do(unit =>
        {
            unit.DeleteSnapshots(SnapshotSelectionCriteria.Latest);
            unit.DeleteSnapshot(3);
        }));
        Ask(zombie, new Show(), "x,y");
        End(successor);

        Ask(Start("a", recovered: 3), new Show(), "x,y,z");
    }

    [Fact]
    public void Recovery_none_gives_only_its_completion_and_goes_on_after_the_last_event()
    {
        Write("a", 1, "x", "y");

        var actor = Start("a", recovered: 2, recovery: Recovery.None);

        Ask(actor, new Show(), "");
        Ask(actor, new Write("z"), "wrote z 3");
    }

    [Fact]
    public void Recovery_up_to_a_number_stops_there()
    {
        Write("a", 1, "x", "y", "z");

        Ask(Start("a", recovered: 3, recovery: new Recovery(SnapshotSelectionCriteria.Latest, 2)), new Show(), "x,y");
    }

    [Fact]
    public void Deleting_all_replays_nothing_afterwards_and_numbers_go_on()
    {
        var first = Start("a");
        Ask(first, new WriteAll("x", "y"), "wrote x 1", "wrote y 2");
        _user.Send(first, new Forget(long.MaxValue));
        _observer.ExpectMsg<DeleteMessagesSuccess>();
        _user.Send(first, new Forget(99));
        _observer.ExpectMsg<DeleteMessagesFailure>();
        End(first);

        var second = Start("a", recovered: 2);

        Ask(second, new Show(), "");
        Ask(second, new Write("z"), "wrote z 3");
    }

    [Fact]
    public void Several_persists_in_one_command_keep_their_order_nested_ones_come_after()
    {
        var actor = Start("a");

        _user.Send(actor, new Do(ledger =>
        {
            foreach (var outer in new[] { "o1", "o2" })
            {
                ledger.Persist(outer, _ =>
                {
                    ledger.Observe(outer);
                    ledger.Persist(outer + "-inner", inner => ledger.Observe(inner));
                });
            }
        }));
        _user.Send(actor, new Do(ledger => ledger.Observe("next command")));

        foreach (var expected in new[] { "o1", "o2", "o1-inner", "o2-inner", "next command" }) _observer.ExpectMsg(expected);
    }

    [Fact]
    public void Deferred_handler_runs_after_earlier_events_and_at_once_without_any()
    {
        var actor = Start("a");

        _user.Send(actor, new Do(ledger =>
        {
            ledger.DeferAsync("first", deferred => ledger.Observe(deferred));
            ledger.PersistAsync("event", stored => ledger.Observe(stored));
            ledger.DeferAsync("last", deferred => ledger.Observe(deferred));
            ledger.Observe("end of command");
        }));

        foreach (var expected in new[] { "first", "end of command", "event", "last" }) _observer.ExpectMsg(expected);
        Ask(actor, new Write("x"), "wrote x 2");
    }

    [Fact]
    public void Behaviour_changed_in_an_event_handler_takes_the_next_command()
    {
        var actor = Start("a");

        _user.Send(actor, new Do(ledger => ledger.Persist("event", _ => ledger.SwitchToEcho())));
        _user.Send(actor, "hello");

        Assert.Equal("echo hello", _user.ExpectMsg<string>());
    }

    [Fact]
    public void Async_command_persists_before_the_next_command()
    {
        var actor = Start("a");

        _user.Send(actor, new DoAsync(async ledger =>
        {
            await Task.Yield();
            ledger.Persist("one", stored => ledger.Observe(stored + " for " + (ledger.From == _user.Ref)));
            await Task.Yield();
            ledger.Observe("handler ends");
        }));
        _user.Send(actor, new Do(ledger => ledger.Observe("next command")));

        foreach (var expected in new[] { "handler ends", "one for True", "next command" }) _observer.ExpectMsg(expected);
    }

    [Fact]
    public void Failed_write_is_reported_and_stops_the_actor_although_a_restart_would_be_the_directive()
    {
        var actor = Start("a");
        _observer.Watch(actor);
        _journal.FailNextAppend(JournalFault.Failed);

        _user.Send(actor, new Write("x"));

        _observer.ExpectMsg("failure x 1 JournalException");
        _observer.ExpectTerminated(actor);
        Ask(Start("a", recovered: 0), new Show(), "");
    }

    [Fact]
    public void Write_of_unknown_outcome_stops_the_actor_and_is_settled_by_its_recovery()
    {
        var actor = Start("a");
        _observer.Watch(actor);
        _journal.FailNextAppend(JournalFault.UnknownApplied);

        _user.Send(actor, new Write("x"));
        _observer.ExpectMsg("failure x 1 JournalException");
        _observer.ExpectTerminated(actor);

        Ask(Start("a", recovered: 1), new Show(), "x");
    }

    [Fact]
    public void Silent_log_does_not_hold_the_actor_for_ever()
    {
        var actor = Start("a");
        _observer.Watch(actor);
        _journal.FailNextAppend(JournalFault.Silent);

        _user.Send(actor, new Write("x"));

        _observer.ExpectMsg("failure x 1 TimeoutException");
        _observer.ExpectTerminated(actor);
    }

    [Fact]
    public async Task Silent_snapshot_store_fails_the_recovery()
    {
        await using var system = ActorSystem.Create("silent", PersistenceSetup.Create()
            .WithOptions(new PersistenceOptions { RecoveryTimeout = TimeSpan.FromMilliseconds(100) })
            .WithSnapshotStore(_ => new SilentSnapshotStore(), "silent").And(Patience.Setup));
        using var observer = new TestProbe(system);

        var actor = system.ActorOf(Props.Create(() => new LedgerOnSilentStore("a", observer.Ref)));
        observer.Watch(actor);

        Assert.Contains("recovery-timeout", observer.ExpectMsg<RecoveryTimedOutException>().Message, StringComparison.Ordinal);
        observer.ExpectTerminated(actor);
    }

    [Fact]
    public async Task Actor_stopped_in_recovery_gives_its_permit_back()
    {
        var silent = new SilentSnapshotStore();
        await using var system = ActorSystem.Create("permits", PersistenceSetup.Create()
            .WithOptions(new PersistenceOptions { RecoveriesMax = 1 })
            .WithSnapshotStore(_ => silent, "silent").And(Patience.Setup));
        using var observer = new TestProbe(system);
        var stuck = system.ActorOf(Props.Create(() => new LedgerOnSilentStore("a", observer.Ref)));
        await silent.Asked.Task;
        system.ActorOf(Props.Create(() => new Ledger("b", observer.Ref, Recovery.Default)));
        observer.ExpectNoMsg(TimeSpan.FromMilliseconds(50));

        system.Stop(stuck);

        observer.ExpectMsg("recovered 0");
    }

    [Fact]
    public void Rejected_event_leaves_no_gap_and_the_actor_goes_on()
    {
        var actor = Start("a");
        _journal.FailNextAppend(JournalFault.Rejected);

        _user.Send(actor, new Write("x"));
        _observer.ExpectMsg("rejected 1");
        Ask(actor, new Write("y"), "wrote y 1");
        End(actor);

        Ask(Start("a", recovered: 1), new Show(), "y");
    }

    [Fact]
    public void Event_without_a_wire_name_is_rejected_and_the_actor_goes_on()
    {
        var actor = Start("a");

        _user.Send(actor, new Do(ledger => ledger.Persist(new { Anonymous = true }, _ => ledger.Observe("stored"))));

        _observer.ExpectMsg("rejected 1");
        Ask(actor, new Write("y"), "wrote y 1");
    }

    [Fact]
    public void Exception_after_persist_restarts_the_actor_with_the_event_stored()
    {
        var actor = Start("a");

        _user.Send(actor, new Do(ledger =>
        {
            ledger.Persist(new Entry("x"), _ => { });
            throw new InvalidDataException("after persist");
        }));

        _observer.ExpectMsg("restart by Do");
        _observer.ExpectMsg("recovered 1");
        Ask(actor, new Show(), "x");
    }

    [Fact]
    public void Exception_in_an_event_handler_restarts_the_actor_with_the_event_stored()
    {
        var actor = Start("a");

        _user.Send(actor, new Do(ledger => ledger.Persist(new Entry("x"), _ => throw new InvalidDataException("in handler"))));

        _observer.ExpectMsg("restart by Do");
        _observer.ExpectMsg("recovered 1");
        Ask(actor, new Show(), "x");
    }

    [Fact]
    public void Resumed_actor_runs_the_remaining_handlers_before_the_next_command()
    {
        var resume = new OneForOneStrategy(_ => Directive.Resume);
        var parent = _system.ActorOf(Props.Create(() => new ShardStandIn(resume, "a", _observer.Ref)));
        _observer.ExpectMsg("recovered 0");

        _user.Send(parent, new Do(ledger =>
        {
            ledger.Persist(new Entry("x"), _ => throw new InvalidDataException("in handler"));
            ledger.Persist(new Entry("y"), _ => ledger.Observe("handled y"));
        }));
        _user.Send(parent, new Do(ledger => ledger.Observe("next command")));

        _observer.ExpectMsg("handled y");
        _observer.ExpectMsg("next command");
    }

    [Fact]
    public void Failed_replay_is_reported_and_stops_the_actor()
    {
        Write("a", 1, "x");
        _journal.FailNextRead(new JournalException("told to"));

        var actor = _system.ActorOf(Props.Create(() => new Ledger("a", _observer.Ref, Recovery.Default)));
        _observer.Watch(actor);

        _observer.ExpectMsg<JournalException>();
        _observer.ExpectTerminated(actor);
    }

    [Fact]
    public void Unreadable_event_is_named_with_id_number_and_manifest()
    {
        Write("a", 1, "x");
        Append(new JournalEvent("a", 2, "no-such-type@1", 2, new byte[] { 1 }, Time, WriterFence.None));

        _ = _system.ActorOf(Props.Create(() => new Ledger("a", _observer.Ref, Recovery.Default)));

        var failure = _observer.ExpectMsg<RecoveryFailedException>();
        Assert.Contains("a: event 2 (manifest 'no-such-type@1'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void History_with_a_hole_is_refused()
    {
        Write("a", 1, "x");
        Write("a", 3, "z");

        _ = _system.ActorOf(Props.Create(() => new Ledger("a", _observer.Ref, Recovery.Default)));

        Assert.Contains("events 2 to 2 are missing", _observer.ExpectMsg<RecoveryFailedException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_snapshot_falls_back_to_the_older_one()
    {
        Write("a", 1, "x", "y", "z");
        Save(1, new Pages(["older"]));
        Save(2, null);

        Ask(Start("a", recovered: 3), new Show(), "older,y,z");
    }

    [Fact]
    public void Actor_whose_snapshots_are_all_unreadable_stops()
    {
        Write("a", 1, "x", "y");
        Save(2, null);

        _ = _system.ActorOf(Props.Create(() => new Ledger("a", _observer.Ref, Recovery.Default)));

        Assert.Contains("no snapshot can be read", _observer.ExpectMsg<RecoveryFailedException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Older_snapshot_is_not_used_over_events_that_were_deleted_since()
    {
        Write("a", 1, "x", "y", "z");
        Save(1, new Pages(["older"]));
        Save(2, null);
        Succeed(_journal.DeleteAsync(WriterFence.None, "a", 2));

        _ = _system.ActorOf(Props.Create(() => new Ledger("a", _observer.Ref, Recovery.Default)));

        Assert.Contains("events 2 to 2 are missing", _observer.ExpectMsg<RecoveryFailedException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_recoveries_than_permits_all_finish()
    {
        for (var i = 0; i < 100; i++) Write($"unit-{i}", 1, "x");

        for (var i = 0; i < 100; i++)
        {
            var id = $"unit-{i}";
            _system.ActorOf(Props.Create(() => new Ledger(id, _observer.Ref, Recovery.Default)));
        }

        for (var i = 0; i < 100; i++) _observer.ExpectMsg("recovered 1");
    }

    [Fact]
    public void Stashed_commands_come_back_in_order()
    {
        var actor = Start("a");
        _user.Send(actor, new Do(ledger => ledger.StashUntilOpened()));
        foreach (var text in new[] { "x", "y", "z" }) _user.Send(actor, new Write(text));

        _user.Send(actor, "open");

        foreach (var expected in new[] { "wrote x 1", "wrote y 2", "wrote z 3" }) _user.ExpectMsg(expected);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Actor_below_a_bound_shard_writes_under_its_term_and_stops_when_a_newer_one_took_over()
    {
        var (old, now) = (new WriterFence("receiver/7", 5), new WriterFence("receiver/7", 6));
        var shard = _system.ActorOf(Props.Create(() => new ShardStandIn(SupervisorStrategy.DefaultStrategy, "a", _observer.Ref, old, _wrapped)));
        _observer.ExpectMsg("recovered 0");
        Ask(shard, new Write("x"), "wrote x 1");

        Succeed(_journal.RaiseFenceAsync(now, default));
        _user.Send(shard, new Write("y"));

        _observer.ExpectMsg("failure y 2 FencedException");
        var stored = Assert.Single(_journal.ReadAsync("a", 1, 9, default).ToBlockingEnumerable());
        Assert.Equal(old, stored.Writer);
    }

    private IActorRef Start(string id, long recovered = 0, Recovery? recovery = null)
    {
        var actor = _system.ActorOf(Props.Create(() => new Ledger(id, _observer.Ref, recovery ?? Recovery.Default)));
        _observer.ExpectMsg($"recovered {recovered}");
        return actor;
    }

    private void End(IActorRef actor)
    {
        _observer.Watch(actor);
        _system.Stop(actor);
        _observer.ExpectTerminated(actor);
    }

    private void Ask(IActorRef actor, object message, params string[] answers)
    {
        _user.Send(actor, message);
        foreach (var answer in answers) _user.ExpectMsg(answer);
    }

    private void Write(string id, long from, params string[] texts)
    {
        foreach (var text in texts)
        {
            var writer = new System.Buffers.ArrayBufferWriter<byte>();
            var (serializerId, manifest) = _system.Serialization.Serialize(new Entry(text), writer);
            Append(new JournalEvent(id, from++, manifest, serializerId, writer.WrittenMemory, Time, WriterFence.None));
        }
    }

    private void Append(JournalEvent stored) => Succeed(_journal.AppendAsync([stored]));

    private void Save(long sequenceNr, Pages? readable)
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        var (serializerId, manifest) = _system.Serialization.Serialize(readable ?? new Pages([]), writer);
        var metadata = new SnapshotMetadata("a", sequenceNr, Time.UtcDateTime);
        Succeed(_snapshots.SaveAsync(WriterFence.None, new StoredSnapshot(metadata, readable is null ? "no-such-type@1" : manifest, serializerId, writer.WrittenMemory)));
    }

    /// <summary>The stores of these tests answer before they return.</summary>
    private static void Succeed(Task task) => Assert.True(task.IsCompletedSuccessfully);

    private sealed class LedgerOnSilentStore : Ledger
    {
        public LedgerOnSilentStore(string id, IActorRef observer)
            : base(id, observer, Recovery.Default) => SnapshotPluginId = "silent";
    }
}
