using ActorRuntime.Actor;

namespace ActorRuntime.Persistence.Tests;

/// <summary>A unit of the tests whose state is apart from it: a mutable list, which an event that fails midway leaves half changed.</summary>
public sealed class Tally : StatePersistentActor<Pages>
{
    private readonly IActorRef _observer;
    private readonly TallyScript _script;

    public Tally(string id, IActorRef observer, TallyScript script)
    {
        (PersistenceId, _observer, _script) = (id, observer, script);
        Number = ++script.Instances;
        Recover<RecoveryCompleted>(_ => OnComplete());
        Recover<Entry>(_ => script.Replayed++);
        Command<Do>(act => act.Action(this));
        CommandAsync<DoAsync>(act => act.Action(this));
        Command<SaveSnapshotSuccess>(saved => Observe($"saved {saved.Metadata.SequenceNr}"));
    }

    public override string PersistenceId { get; }

    /// <summary>Which instance of the script's unit this is, from 1.</summary>
    public int Number { get; }

    public string Texts => string.Join(',', State.Texts);

    protected override Pages InitialState => new(new List<string>());

    public void Observe(string what) => _observer.Tell(what, Self);

    public void Answer(string what) => Sender.Tell(what, Self);

    public IActorRef StartChild(Props props) => Context.ActorOf(props, "child-" + Number);

    protected override Pages Apply(Pages state, object @event)
    {
        var texts = (List<string>)state.Texts;
        texts.Add("half of " + ((Entry)@event).Text);
        if (!IsRecovering) _script.Applying?.Invoke((Entry)@event);
        texts[^1] = ((Entry)@event).Text;
        return state;
    }

    protected override void PreRestart(Exception reason, object? message)
    {
        Observe($"instance {Number} ends by {reason.Message} in {message?.GetType().Name} from {Sender.Path.Name}");
        base.PreRestart(reason, message);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Observe(reason.Message);

    private void OnComplete()
    {
        if (State.Texts.Count != LastSequenceNr) _script.Violation ??= $"{State.Texts.Count} events in the state, {LastSequenceNr} in the log: {Texts}";
        Observe($"instance {Number} at {LastSequenceNr}: {Texts}");
        _script.Completing?.Invoke(this);
    }

    public sealed record Do(Action<Tally> Action);

    public sealed record DoAsync(Func<Tally, Task> Action);
}

/// <summary>What the instances of one unit share: what to do to them, and what they noticed.</summary>
public sealed class TallyScript
{
    public Action<Entry>? Applying { get; set; }

    public Action<Tally>? Completing { get; set; }

    public int Instances { get; set; }

    public int Replayed { get; set; }

    public string? Violation { get; set; }
}
