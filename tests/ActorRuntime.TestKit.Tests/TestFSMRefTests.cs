using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>The state machine behind a reference.</summary>
public sealed class TestFSMRefTests : KitTest
{
    private readonly TestFSMRef<Door, DoorState, int> _door;

    public TestFSMRefTests() => _door = Kit.ActorOfAsTestFSMRef<Door, DoorState, int>("door");

    [Fact]
    public void State_and_data_are_those_of_the_machine()
    {
        Assert.Equal((DoorState.Closed, 0), (_door.StateName, _door.StateData));
        _door.Tell("open");
        Assert.Equal((DoorState.Open, 1), (_door.StateName, _door.StateData));
        Assert.Equal(1, _door.UnderlyingActor.Transitions);
    }

    [Fact]
    public void State_is_set_with_its_transition_and_its_time_out()
    {
        Kit.IgnoreMessages<FSMBase.CurrentState<DoorState>>();
        _door.Tell(new FSMBase.SubscribeTransitionCallBack(Kit.TestActor));
        Assert.False(_door.IsStateTimerActive());
        _door.SetState(DoorState.Open);
        Kit.ExpectMsg(new FSMBase.Transition<DoorState>(_door.Ref, DoorState.Closed, DoorState.Open));
        Assert.True(_door.IsStateTimerActive());
        Kit.Within(Ms(990), Ms(1010), () => Kit.ExpectMsg(new FSMBase.Transition<DoorState>(_door.Ref, DoorState.Open, DoorState.Closed)));
        _door.SetState(DoorState.Open, Ms(100));
        Kit.ExpectMsg<FSMBase.Transition<DoorState>>();
        Kit.Within(Ms(90), Ms(110), () => Kit.ExpectMsg<FSMBase.Transition<DoorState>>());
    }

    [Fact]
    public void Data_are_set_without_a_transition()
    {
        _door.SetStateData(7);
        Assert.Equal((DoorState.Closed, 7, 0), (_door.StateName, _door.StateData, _door.UnderlyingActor.Transitions));
        _door.SetStateTimeout(Ms(50));
        Assert.True(_door.IsStateTimerActive());
        Assert.Equal(7, _door.StateData);
        _door.SetState(DoorState.Open, 8);
        Assert.Equal((DoorState.Open, 8), (_door.StateName, _door.StateData));
    }

    [Fact]
    public void Timers_of_the_machine_are_set_looked_at_and_ended()
    {
        _door.SetTimer("opener", "open", Ms(200));
        Assert.True(_door.IsTimerActive("opener"));
        Assert.False(_door.IsTimerActive("other"));
        Kit.AwaitCondition(() => _door.StateName == DoorState.Open);
        Assert.False(_door.IsTimerActive("opener"));
        _door.SetTimer("again", "count", Ms(10), repeat: true);
        Kit.AwaitCondition(() => _door.StateData > 3);
        _door.CancelTimer("again");
        Assert.False(_door.IsTimerActive("again"));
    }

    [Fact]
    public void Machine_is_ended_with_a_reason()
    {
        Kit.Watch(_door);
        _door.SetState(DoorState.Open, 1, stopReason: FSMBase.Normal.Instance);
        Kit.ExpectTerminated(_door);
    }

    private enum DoorState
    {
        Closed,
        Open,
    }

    private sealed class Door : FSM<DoorState, int>
    {
        public Door()
        {
            StartWith(DoorState.Closed, 0);
            When(DoorState.Closed, e => e.FsmEvent is "open" ? GoTo(DoorState.Open).Using(e.StateData + 1) : null);
            When(DoorState.Open, e => e.FsmEvent switch
            {
                StateTimeout => GoTo(DoorState.Closed),
                "count" => Stay().Using(e.StateData + 1),
                _ => null,
            }, TimeSpan.FromSeconds(1));
            OnTransition((_, _) => Transitions++);
            Initialize();
        }

        public int Transitions { get; private set; }
    }
}
