using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class FSMTests : ActorTest
{
    private readonly List<string> _log = [];

    private Recorder? _heard;

    private enum Door
    {
        Closed,
        Open,
        Undeclared,
    }

    private Recorder Heard => _heard ??= new Recorder(System);

    [Fact]
    public void A_handler_names_the_next_state_and_data_and_its_replies_keep_their_order()
    {
        var door = Machine(m => m.When(Door.Closed, e => m.GoTo(Door.Open).Using(e.StateData + 1).Replying("first").Replying("second")));
        door.Tell("push", Heard.Ref);
        Run();
        Assert.Equal(["first", "second"], Heard.Drain());
        Assert.Equal("Open 1", Ask(door));
    }

    [Fact]
    public void Handlers_of_a_state_are_tried_in_turn_then_the_one_for_the_unhandled()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, e => e.FsmEvent is 1 ? m.Stay().Replying("first") : null);
            m.When(Door.Closed, e => e.FsmEvent is 1 or 2 ? m.Stay().Replying("second") : null);
            m.WhenUnhandled(e => e.FsmEvent is 3 ? m.Stay().Replying("unhandled") : null);
        });
        foreach (var message in (int[])[1, 2, 3, 4]) door.Tell(message, Heard.Ref);
        Run();
        Assert.Equal(["first", "second", "unhandled"], Heard.Drain());
        Assert.Equal("Closed 0", Ask(door));
    }

    [Fact]
    public void A_subscriber_hears_the_current_state_then_the_transitions_and_nothing_after_unsubscribing()
    {
        var door = Machine(Swinging);
        door.Tell(new FSMBase.SubscribeTransitionCallBack(Heard.Ref));
        door.Tell("go");
        door.Tell("same");
        door.Tell("stay");
        Run();
        Assert.Equal(
            [
                new FSMBase.CurrentState<Door>(door, Door.Closed),
                new FSMBase.Transition<Door>(door, Door.Closed, Door.Open),
                new FSMBase.Transition<Door>(door, Door.Open, Door.Open),
            ],
            Heard.Drain());
        door.Tell(new FSMBase.UnsubscribeTransitionCallBack(Heard.Ref));
        door.Tell("go");
        Run();
        Assert.Empty(Heard.Drain());
    }

    [Fact]
    public void A_subscriber_that_has_ended_is_let_go_and_does_no_harm()
    {
        var lost = new List<object>();
        var door = Machine(Swinging);
        var listener = System.ActorOf(FunctionActor.Props((_, _) => { }));
        door.Tell(new FSMBase.SubscribeTransitionCallBack(listener));
        Run();
        System.Stop(listener);
        Run();
        System.EventStream.Subscribe(System.ActorOf(FunctionActor.Props((m, _) => lost.Add(m))), typeof(ActorRuntime.Event.DeadLetter));
        door.Tell("go");
        Run();
        Assert.Equal("Open 0", Ask(door));
        Assert.Empty(lost);
    }

    [Fact]
    public void Transition_handlers_see_old_and_new_data_and_the_same_state_counts_while_staying_does_not()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, e => e.FsmEvent is "stay" ? m.Stay().Using(9) : m.GoTo(Door.Closed).Using(e.StateData + 1));
            m.OnTransition((from, to) => _log.Add($"{from}->{to} {m.StateData}->{m.Next}"));
            m.OnTransition((_, _) => _log.Add("second"));
        });
        door.Tell("same");
        door.Tell("stay");
        door.Tell("same");
        Run();
        Assert.Equal(["Closed->Closed 0->1", "second", "Closed->Closed 9->10", "second"], _log);
    }

    [Fact]
    public void The_next_data_are_there_in_transition_handlers_only()
    {
        Exception? refusal = null;
        var door = Machine(m => m.When(Door.Closed, _ =>
        {
            refusal = Record.Exception(() => m.Next);
            return m.GoTo(Door.Closed);
        }));
        door.Tell("x");
        Run();
        refusal = null;
        door.Tell("after a transition");
        Run();
        Assert.IsType<InvalidOperationException>(refusal);
    }

    [Fact]
    public void A_state_that_may_last_only_so_long_gets_its_timeout_and_every_message_starts_the_silence_anew()
    {
        var door = Machine(m => m.When(Door.Closed, Logging(m), Ms(100)));
        Run();
        Environment.Advance(Ms(60));
        door.Tell("x");
        Run();
        Environment.Advance(Ms(60));
        door.Tell(new FSMBase.SubscribeTransitionCallBack(Heard.Ref));
        Environment.Advance(Ms(60));
        Assert.Equal(["x@60", "StateTimeout@160"], _log);
    }

    [Fact]
    public void ForMax_replaces_the_timeout_of_one_visit_and_can_switch_it_off()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, e => Logged(e) is TimeSpan limit ? m.GoTo(Door.Open).ForMax(limit) : m.Stay(), Ms(100));
            m.When(Door.Open, e => Logged(e) is FSMBase.StateTimeout ? m.GoTo(Door.Closed).ForMax(Timeout.InfiniteTimeSpan) : m.Stay());
        });
        door.Tell(Ms(20));
        Environment.Advance(Ms(1000));
        Assert.Equal(["00:00:00.0200000@0", "StateTimeout@20"], _log);
        door.Tell("back to the state's own");
        Run();
        Environment.Advance(Ms(100));
        Assert.Equal("StateTimeout@1100", _log[^1]);
    }

    [Fact]
    public void A_state_timeout_that_was_queued_behind_another_message_never_arrives()
    {
        var door = Machine(m => m.When(Door.Closed, Logging(m), Ms(100)));
        Run();
        Suspended(door, () =>
        {
            door.Tell("before");
            Environment.Advance(Ms(150));
        });
        Assert.Equal(["before@150"], _log);
    }

    [Fact]
    public void Named_timers_tick_once_or_again_and_again_and_are_replaced_by_name()
    {
        var door = Machine(m => m.When(Door.Closed, e =>
        {
            if (Logged(e) is "start")
            {
                m.SetTimer("once", "single", Ms(15));
                m.SetTimer("often", "old", Ms(7), repeat: true);
                m.SetTimer("often", "tick", Ms(10), repeat: true);
            }
            else if (e.FsmEvent is "cancel")
            {
                m.CancelTimer("often");
            }

            _log.Add($"{m.IsTimerActive("once")} {m.IsTimerActive("often")}");
            return m.Stay();
        }));
        door.Tell("start");
        Environment.Advance(Ms(25));
        door.Tell("cancel");
        Run();
        Environment.Advance(Ms(100));
        Assert.Equal(
            ["start@0", "True True", "tick@10", "True True", "single@15", "False True", "tick@20", "False True", "cancel@25", "False False"], _log);
    }

    [Fact]
    public void A_tick_in_the_mailbox_is_dropped_when_its_timer_is_cancelled_before_it_is_handled()
    {
        var door = Machine(m => m.When(Door.Closed, e =>
        {
            if (Logged(e) is "start") m.SetTimer("t", "stale", Ms(10));
            if (e.FsmEvent is "cancel") m.CancelTimer("t");
            return m.Stay();
        }));
        door.Tell("start");
        Run();
        Suspended(door, () =>
        {
            door.Tell("cancel");
            Environment.Advance(Ms(50));
        });
        Assert.Equal(["start@0", "cancel@50"], _log);
    }

    [Fact]
    public void Timers_of_all_kinds_end_with_a_restart_which_begins_in_the_first_state()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, e => Logged(e) is "start" ? Started(m) : m.Stay());
            m.When(Door.Open, e => Logged(e) is "fail" ? throw new InvalidOperationException("broken") : m.Stay(), Ms(30));
            m.OnTermination(stop => _log.Add($"{stop.Reason.GetType().Name} {stop.TerminatedState}"));
        });
        door.Tell("start");
        door.Tell("fail");
        Run();
        Environment.Advance(Ms(200));
        Assert.Equal(["start@0", "fail@0", "Shutdown Open"], _log);
        Assert.Equal("Closed 0", Ask(door));

        static FSMBase.State<Door, int> Started(TestMachine m)
        {
            m.SetTimer("t", "tick", Ms(10), repeat: true);
            return m.GoTo(Door.Open).Using(5);
        }
    }

    [Fact]
    public void Stopping_runs_the_termination_handler_once_with_the_last_data_and_ends_the_timers()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, e =>
            {
                m.SetTimer("t", "tick", Ms(10), repeat: true);
                return m.Stop(FSMBase.Normal.Instance, 42).Replying("bye");
            });
            m.OnTermination(stop => _log.Add($"{stop.Reason.GetType().Name} {stop.TerminatedState} {stop.StateData}"));
        });
        Heard.Watch(door);
        door.Tell("end", Heard.Ref);
        Run();
        Environment.Advance(Ms(100));
        Assert.Equal(["Normal Closed 42"], _log);
        Assert.Collection(Heard.Drain(), m => Assert.Equal("bye", m), m => Assert.IsType<Terminated>(m));
    }

    [Fact]
    public void Stopping_the_reference_runs_the_termination_handler_with_shutdown()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, _ => m.Stay());
            m.OnTermination(stop => _log.Add(stop.Reason.GetType().Name));
        });
        Run();
        System.Stop(door);
        Run();
        Assert.Equal(["Shutdown"], _log);
    }

    [Fact]
    public void A_state_that_was_never_declared_ends_the_machine_with_a_failure()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, _ => m.GoTo(Door.Undeclared));
            m.OnTermination(stop => _log.Add(stop.Reason.ToString()!));
        });
        Heard.Watch(door);
        door.Tell("x");
        Run();
        Assert.Equal(["Failure(the state Undeclared was never declared with When)"], _log);
        Assert.IsType<Terminated>(Assert.Single(Heard.Drain()));
    }

    [Fact]
    public void Initialize_without_a_first_state_fails_the_creation()
    {
        var door = System.ActorOf(Props.CreateBy(() => new Shapeless()));
        Heard.Watch(door);
        Run();
        Assert.IsType<Terminated>(Assert.Single(Heard.Drain()));
    }

    [Fact]
    public void A_transformed_handler_may_answer_otherwise_and_null_stays_null()
    {
        var door = Machine(m =>
        {
            m.When(Door.Closed, m.Transform(e => e.FsmEvent is "mine" ? m.Stay() : null).Using(s => s.Using(s.StateData + 7)));
            m.WhenUnhandled(_ => m.Stay().Replying("left"));
        });
        door.Tell("mine", Heard.Ref);
        door.Tell("other", Heard.Ref);
        Run();
        Assert.Equal("Closed 7", Ask(door));
        Assert.Equal(["left"], Heard.Drain());
    }

    [Fact]
    public void A_replaced_state_timeout_holds_from_the_next_entry()
    {
        var door = Machine(m => m.When(Door.Closed, e =>
        {
            if (Logged(e) is "off") m.SetStateTimeout(Door.Closed, null);
            return m.Stay();
        }, Ms(100)));
        door.Tell("off");
        Environment.Advance(Ms(500));
        Assert.Equal(["off@0"], _log);
    }

    [Fact]
    public void A_logging_machine_keeps_only_its_last_events()
    {
        IReadOnlyList<string> history = [];
        var machine = System.ActorOf(Props.CreateBy(() => new Remembering(h => history = h)));
        foreach (var message in (string[])["a", "b", "c", "d"]) machine.Tell(message);
        Run();
        Assert.Equal(["Closed b", "Closed c", "Closed d"], history);
    }

    private static void Swinging(TestMachine m)
    {
        m.When(Door.Closed, _ => m.GoTo(Door.Open));
        m.When(Door.Open, e => e.FsmEvent switch
        {
            "same" => m.GoTo(Door.Open),
            "stay" => m.Stay(),
            _ => m.GoTo(Door.Closed),
        });
    }

    private IActorRef Machine(Action<TestMachine> declare) => System.ActorOf(Props.CreateBy(() => new TestMachine(declare)));

    private FSM<Door, int>.StateFunction Logging(TestMachine m) => e =>
    {
        Logged(e);
        return m.Stay();
    };

    private object Logged(FSMBase.Event<int> e)
    {
        _log.Add($"{(e.FsmEvent is FSMBase.StateTimeout ? "StateTimeout" : e.FsmEvent)}@{System.Uptime.TotalMilliseconds}");
        return e.FsmEvent;
    }

    /// <summary>Holds the machine's user messages back while <paramref name="action"/> runs, so that they queue up.</summary>
    private void Suspended(IActorRef machine, Action action)
    {
        ((IInternalActorRef)machine).SendSystemMessage(new Suspend());
        Run();
        action();
        ((IInternalActorRef)machine).SendSystemMessage(new Resume(afterFailure: false));
        Run();
    }

    private string Ask(IActorRef machine) => Result(machine.Ask<string>(new Describe()));

    private sealed record Describe;

    private sealed class TestMachine : FSM<Door, int>
    {
        private bool _hasUnhandled;

        public TestMachine(Action<TestMachine> declare)
        {
            StartWith(Door.Closed, 0);
            When(Door.Closed, Describing);
            When(Door.Open, Describing);
            declare(this);
            if (!_hasUnhandled) base.WhenUnhandled(_ => null);
            Initialize();
        }

        public int Next => NextStateData;

        public new void When(Door state, StateFunction handler, TimeSpan? timeout = null) => base.When(state, handler, timeout);

        public new State<Door, int> GoTo(Door state) => base.GoTo(state);

        public new State<Door, int> Stay() => base.Stay();

        public new State<Door, int> Stop(Reason reason, int data) => base.Stop(reason, data);

        public new void OnTransition(TransitionHandler handler) => base.OnTransition(handler);

        public new void OnTermination(Action<StopEvent<Door, int>> handler) => base.OnTermination(handler);

        public new TransformHelper Transform(StateFunction handler) => base.Transform(handler);

        public new void SetTimer(string name, object message, TimeSpan timeout, bool repeat = false) => base.SetTimer(name, message, timeout, repeat);

        public new void CancelTimer(string name) => base.CancelTimer(name);

        public new bool IsTimerActive(string name) => base.IsTimerActive(name);

        public new void SetStateTimeout(Door state, TimeSpan? timeout) => base.SetStateTimeout(state, timeout);

        public new void WhenUnhandled(StateFunction handler)
        {
            _hasUnhandled = true;
            base.WhenUnhandled(handler);
        }

        private State<Door, int>? Describing(Event<int> e) => e.FsmEvent is Describe ? Stay().Replying($"{StateName} {StateData}") : null;
    }

    private sealed class Shapeless : FSM<Door, int>
    {
        public Shapeless() => Initialize();
    }

    private sealed class Remembering : LoggingFSM<Door, int>
    {
        public Remembering(Action<IReadOnlyList<string>> tell)
        {
            When(Door.Closed, _ =>
            {
                tell([.. GetLog().Select(entry => $"{entry.StateName} {entry.FsmEvent}")]);
                return Stay();
            });
            StartWith(Door.Closed, 0);
            Initialize();
        }

        protected override int LogDepth => 3;
    }
}
