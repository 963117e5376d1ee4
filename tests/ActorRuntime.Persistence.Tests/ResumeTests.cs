using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.TestKit;
using Xunit;
using static ActorRuntime.Persistence.Tests.Tally;

namespace ActorRuntime.Persistence.Tests;

/// <summary>On a log that answers before the call returns.</summary>
public sealed class ResumeTests() : ResumeBehaviour(journal => journal);

/// <summary>On a log that answers later, from another thread.</summary>
public sealed class ResumeOnSlowLogTests() : ResumeBehaviour(journal => new SlowJournal(journal))
{
    [Fact]
    public void An_instance_that_fails_as_it_starts_is_not_replaced_for_ever()
    {
        var unit = StartWith("x");
        Script.Completing = _ => throw new InvalidDataException("at start");
        Send(unit, _ => throw new InvalidDataException("told to"));
        Observer.ExpectMsg("instance 1 ends by told to in Do from user");
        Observer.ExpectMsg("instance 2 at 1: x");
        Observer.ExpectMsg("instance 3 at 1: x");

        Send(unit, tally => tally.Answer($"{tally.Number}: {tally.Texts}"));

        User.ExpectMsg("3: x");
    }
}

/// <summary>A failed unit goes on with a new instance and the state it had, unless an event was applied in part.</summary>
[Trait("Requirement", "SR-2")]
public abstract class ResumeBehaviour : IAsyncLifetime
{
    private readonly ActorSystem _system;
        private SupervisorStrategy _strategy;
    private Directive _directive = Directive.Resume;

    protected ResumeBehaviour(Func<IJournal, IJournal> wrap)
    {
        _strategy = new OneForOneStrategy(_ => _directive);
        _system = ActorSystem.Create("resume", PersistenceSetup.Create().WithJournal(_ => wrap(new InMemoryJournal())));
        (Observer, User) = (new TestProbe(_system), new TestProbe(_system, "user"));
    }

    protected TestProbe Observer { get; }

    protected TestProbe User { get; }

    protected TallyScript Script { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void Resume_attaches_the_state_to_a_new_instance_without_replay()
    {
        var unit = StartWith("x", "y");

        Send(unit, _ => throw new InvalidDataException("told to"));

        Observer.ExpectMsg("instance 1 ends by told to in Do from user");
        Observer.ExpectMsg("instance 2 at 2: x,y");
        Assert.Equal(0, Script.Replayed);
        Send(unit, tally => tally.Persist(new Entry("z"), _ => tally.Answer($"{tally.Number}: {tally.Texts} {tally.LastSequenceNr}")));
        User.ExpectMsg("2: x,y,z 3");
    }

    [Fact]
    public void Restart_replays()
    {
        var unit = StartWith("x", "y");
        _directive = Directive.Restart;

        Send(unit, _ => throw new InvalidDataException("told to"));

        Observer.ExpectMsg("instance 1 ends by told to in Do from user");
        Observer.ExpectMsg("instance 2 at 2: x,y");
        Assert.Equal(2, Script.Replayed);
    }

    [Fact]
    public void What_the_failed_command_asked_to_be_stored_is_handled_before_the_instance_ends()
    {
        var unit = StartWith("x");

        Send(unit, tally =>
        {
            tally.PersistAsync(new Entry("y"), _ => tally.Answer("stored y"));
            tally.PersistAll([new Entry("z"), new Entry("w")], entry => tally.Answer("stored " + entry.Text));
            throw new InvalidDataException("told to");
        });
        Send(unit, tally => tally.Answer($"{tally.Number}: {tally.Texts}"));

        foreach (var answer in new[] { "stored y", "stored z", "stored w", "2: x,y,z,w" }) User.ExpectMsg(answer);
        Observer.ExpectMsg("instance 1 ends by told to in Do from user");
        Observer.ExpectMsg("instance 2 at 4: x,y,z,w");
        Assert.Equal(0, Script.Replayed);
    }

    [Fact]
    public void A_failed_handler_of_an_event_leaves_the_event_applied()
    {
        var unit = StartWith("x");

        Send(unit, tally =>
        {
            tally.Persist(new Entry("y"), _ => throw new InvalidDataException("in handler"));
            tally.Persist(new Entry("z"), _ => tally.Answer("stored z"));
        });

        User.ExpectMsg("stored z");
        Observer.ExpectMsg("instance 1 ends by in handler in Do from user");
        Observer.ExpectMsg("instance 2 at 3: x,y,z");
        Assert.Equal(0, Script.Replayed);
    }

    [Fact]
    public void A_failure_among_the_remaining_handlers_is_one_of_its_own()
    {
        var unit = StartWith();

        Send(unit, tally =>
        {
            foreach (var text in "xyz") tally.Persist(new Entry($"{text}"), entry => throw new InvalidDataException(entry.Text));
        });

        Observer.ExpectMsg("instance 1 ends by z in Do from user");
        Observer.ExpectMsg("instance 2 at 3: x,y,z");
    }

    [Fact]
    public void An_event_applied_in_part_is_replayed()
    {
        var unit = StartWith("x");
        Script.Applying = _ =>
        {
            Script.Applying = null;
            throw new InvalidDataException("midway");
        };

        Send(unit, tally =>
        {
            tally.Persist(new Entry("y"), _ => tally.Answer("never"));
            tally.Persist(new Entry("z"), _ => tally.Answer("never"));
        });

        Observer.ExpectMsg("instance 1 ends by midway in Do from user");
        Assert.StartsWith("instance 2 at ", Observer.ExpectMsg<string>(), StringComparison.Ordinal);
        Send(unit, tally => tally.Answer(tally.Texts));
        User.ExpectMsg("x,y,z");
        Assert.Equal(3, Script.Replayed);
    }

    [Fact]
    public void An_async_command_that_fails_is_resumed_the_same_way()
    {
        var unit = StartWith("x");

        User.Send(unit, new DoAsync(async tally =>
        {
            await Task.Yield();
            tally.Persist(new Entry("y"), _ => tally.Answer("stored y"));
            throw new InvalidDataException("told to");
        }));

        User.ExpectMsg("stored y");
        Observer.ExpectMsg("instance 1 ends by told to in DoAsync from user");
        Observer.ExpectMsg("instance 2 at 2: x,y");
        Assert.Equal(0, Script.Replayed);
    }

    [Fact]
    public void Snapshots_of_the_kept_state_go_on()
    {
        var unit = StartWith("x");
        Send(unit, _ => throw new InvalidDataException("told to"));
        Observer.ExpectMsg("instance 1 ends by told to in Do from user");
        Observer.ExpectMsg("instance 2 at 1: x");
        Send(unit, tally => tally.Persist(new Entry("y"), _ => tally.SaveSnapshot()));
        Observer.ExpectMsg("saved 2");
        Send(unit, tally => tally.Persist(new Entry("z"), _ => tally.Answer("stored")));
        User.ExpectMsg("stored");
        _directive = Directive.Restart;

        Send(unit, _ => throw new InvalidDataException("told to"));

        Observer.ExpectMsg("instance 2 ends by told to in Do from user");
        Observer.ExpectMsg("instance 3 at 3: x,y,z");
        Assert.Equal(1, Script.Replayed);
    }

    [Fact]
    public void A_restart_that_comes_while_the_kept_state_waits_for_children_replays()
    {
        using var mayEnd = new ManualResetEventSlim();
        _strategy = new AllForOneStrategy(cause => cause.Message == TallySupervisor.Sibling ? Directive.Restart : Directive.Resume);
        var unit = StartWith("x");
        Send(unit, tally => tally.StartChild(Props.CreateBy(() => new SlowToEnd(mayEnd))));
        Send(unit, _ => throw new InvalidDataException("told to"));
        Observer.ExpectMsg("instance 1 ends by told to in Do from user");

        User.Send(unit, new TallySupervisor.FailSibling());
        Observer.ExpectMsg("sibling again");
        mayEnd.Set();

        Observer.ExpectMsg("instance 2 at 1: x");
        Assert.Equal(1, Script.Replayed);
    }

    protected IActorRef StartWith(params string[] texts)
    {
        var unit = _system.ActorOf(Props.CreateBy(() => new TallySupervisor(_strategy, "a", Observer.Ref, Script)));
        Observer.ExpectMsg("instance 1 at 0: ");
        foreach (var text in texts)
        {
            Send(unit, tally => tally.Persist(new Entry(text), _ => tally.Answer("stored")));
            User.ExpectMsg("stored");
        }
        return unit;
    }

    protected void Send(IActorRef unit, Action<Tally> action) => User.Send(unit, new Do(action));
}
