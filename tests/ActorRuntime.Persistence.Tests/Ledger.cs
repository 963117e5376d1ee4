using ActorRuntime.Actor;
using ActorRuntime.Serialization;

namespace ActorRuntime.Persistence.Tests;

[WireType("test-entry")]
public sealed record Entry(string Text);

[WireType("test-pages")]
public sealed record Pages(IReadOnlyList<string> Texts);

/// <summary>The unit of the tests: stores what it is told and shows what it holds. Everything it notices goes to the observer.</summary>
public class Ledger : ReceivePersistentActor
{
    private readonly IActorRef _observer;

    public Ledger(string id, IActorRef observer, Recovery recovery)
    {
        (PersistenceId, _observer, Recovery) = (id, observer, recovery);
        Recover<SnapshotOffer>(offer => Texts = [.. ((Pages)offer.Snapshot).Texts]);
        Recover<Entry>(Apply);
        Recover<RecoveryCompleted>(_ => _observer.Tell($"recovered {LastSequenceNr}", Self));
        Command<Write>(write => Persist(new Entry(write.Text), entry =>
        {
            Apply(entry);
            Sender.Tell($"wrote {entry.Text} {LastSequenceNr}", Self);
        }));
        Command<WriteAll>(write => PersistAll(write.Texts.Select(text => new Entry(text)), entry =>
        {
            Apply(entry);
            Sender.Tell($"wrote {entry.Text} {LastSequenceNr}", Self);
        }));
        Command<WriteAsync>(write => PersistAsync(new Entry(write.Text), entry =>
        {
            Apply(entry);
            Sender.Tell($"wrote {entry.Text} {LastSequenceNr}", Self);
        }));
        Command<Show>(_ => Sender.Tell(string.Join(',', Texts), Self));
        Command<Snap>(_ => SaveSnapshot(new Pages([.. Texts])));
        Command<Forget>(forget => DeleteMessages(forget.ToSequenceNr));
        Command<SaveSnapshotSuccess>(saved => _observer.Tell(saved, Self));
        Command<SaveSnapshotFailure>(failed => _observer.Tell($"{nameof(SaveSnapshotFailure)} {failed.Cause.GetType().Name}", Self));
        Command<DeleteMessagesSuccess>(deleted => _observer.Tell(deleted, Self));
        Command<DeleteMessagesFailure>(failed => _observer.Tell(failed, Self));
        Command<Do>(act => act.Action(this));
        CommandAsync<DoAsync>(act => act.Action(this));
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery { get; }

    public List<string> Texts { get; private set; } = [];

    public IActorRef From => Sender;

    public void SwitchToEcho() => Become(() => Command<string>(text => Sender.Tell("echo " + text, Self)));

    public void StashUntilOpened() => BecomeStacked(() =>
    {
        Command<Write>(_ => Stash.Stash());
        Command<Do>(act => act.Action(this));
        Command<string>(text => text == "open", _ =>
        {
            UnbecomeStacked();
            Stash.UnstashAll();
        });
    });

    public void Observe(object what) => _observer.Tell(what, Self);

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        _observer.Tell($"failure {((Entry)@event).Text} {sequenceNr} {cause.GetType().Name}", Self);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        _observer.Tell($"rejected {sequenceNr}", Self);

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => _observer.Tell(reason, Self);

    protected override void PreRestart(Exception reason, object? message)
    {
        _observer.Tell($"restart by {message?.GetType().Name}", Self);
        base.PreRestart(reason, message);
    }

    protected virtual void Apply(Entry entry) => Texts.Add(entry.Text);

    public sealed record Write(string Text);

    public sealed record WriteAll(params string[] Texts);

    public sealed record WriteAsync(string Text);

    public sealed record Show;

    public sealed record Snap;

    public sealed record Forget(long ToSequenceNr);

    public sealed record Do(Action<Ledger> Action);

    public sealed record DoAsync(Func<Ledger, Task> Action);
}
