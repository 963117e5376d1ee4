using ActorRuntime.Actor;
using ActorRuntime.Event;
using Xunit;

namespace ActorRuntime.Tests.Actor;

/// <summary>Declared handlers, with few of them and with as many as have a table.</summary>
[Trait("Requirement", "AR-1")]
public sealed class ReceiveActorTests : ActorTest
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void Handlers_are_tried_in_the_order_declared_and_a_declined_message_goes_on(int more)
    {
        var log = Handled(more, declare =>
        {
            declare.OfType<Exception>("long", exception => exception.Message.Length > 3);
            declare.OfType<TimeoutException>("time-out", _ => true);
            declare.OfType<Exception>("exception", _ => true);
            declare.Function(typeof(string), "never", _ => false);
            declare.Any("any");
            declare.OfType<long>("not reached", _ => true);
        }, new TimeoutException("1"), new TimeoutException("1234"), new InvalidOperationException("1"), "text", 3L);
        Assert.Equal(["time-out", "long", "exception", "never", "any", "any"], log);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void What_nobody_takes_is_unhandled_each_time(int more)
    {
        System.EventStream.Subscribe(Probe.Ref, typeof(UnhandledMessage));
        var log = Handled(more, declare => declare.OfType<string>("text", text => text.Length > 0), "a", "", 1L, "");
        Assert.Equal(["text"], log);
        Assert.Equal(["", 1L, ""], [.. Probe.ReceiveN(3).Select(message => ((UnhandledMessage)message).Message)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void Instances_of_one_class_with_other_handlers_do_not_see_each_others(int more)
    {
        object[] messages = ["text", 1L, "text", 1L];
        Assert.Equal(["text", "number", "text", "number"], Handled(more, ByType, messages));
        Assert.Equal(["any", "any", "any", "any"], Handled(more, declare => declare.Any("any"), messages));
        Assert.Equal(["text", "number", "text", "number"], Handled(more, ByType, messages));

        static void ByType(Declaring declare)
        {
            declare.OfType<string>("text", _ => true);
            declare.OfType<long>("number", _ => true);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void A_behaviour_has_its_own_handlers_and_the_one_below_comes_back(int more)
    {
        var log = Handled(more, declare =>
        {
            declare.OfType<string>("first", _ => true);
            declare.Stacked<long>(more, above => above.OfType<string>("above", _ => true));
        }, "a", "b", 1L, "c", "d", "unbecome", "e", "f");
        Assert.Equal(["first", "first", "above", "above", "first", "first"], log);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void The_next_message_waits_for_an_async_handler(int more)
    {
        var gate = new TaskCompletionSource();
        var log = new List<string>();
        var actor = System.ActorOf(Props.CreateBy(() => new Declaring(log, more, declare =>
        {
            declare.Async<string>("begun", gate.Task, "ended");
            declare.OfType<long>("number", _ => true);
        })));
        actor.Tell("a");
        actor.Tell(1L);
        Run();
        Assert.Equal(["begun"], log);
        gate.SetResult();
        Run();
        Assert.Equal(["begun", "ended", "number"], log);
    }

    [Fact]
    public void A_handler_declared_later_is_refused()
    {
        var log = new List<string>();
        Declaring? made = null;
        System.ActorOf(Props.CreateBy(() => made = new Declaring(log, 0, declare => declare.Any("any"))));
        Run();
        var refused = Assert.Throws<InvalidOperationException>(() => made!.Any("late"));
        Assert.Contains(nameof(Declaring), refused.Message, StringComparison.Ordinal);
    }

    private List<string> Handled(int more, Action<Declaring> declare, params object[] messages)
    {
        var log = new List<string>();
        var actor = System.ActorOf(Props.CreateBy(() => new Declaring(log, more, declare)));
        foreach (var message in messages) actor.Tell(message);
        Run();
        return log;
    }

    /// <summary>Declares what a test says, behind handlers of types that do not come.</summary>
    private sealed class Declaring : ReceiveActor
    {
        private readonly List<string> _log;

        public Declaring(List<string> log, int more, Action<Declaring> declare)
        {
            _log = log;
            Fill(more);
            declare(this);
        }

        public void OfType<T>(string name, Predicate<T> takes) => Receive(takes, _ => _log.Add(name));

        public void Any(string name) => ReceiveAny(_ => _log.Add(name));

        public void Function(Type type, string name, Predicate<object> takes) => Receive(type, message =>
        {
            _log.Add(name);
            return takes(message);
        });

        public void Async<T>(string begun, Task gate, string ended) => ReceiveAsync<T>(async _ =>
        {
            _log.Add(begun);
            await gate;
            _log.Add(ended);
        });

        public void Stacked<T>(int more, Action<Declaring> declare) => Receive<T>(_ => BecomeStacked(() =>
        {
            Fill(more);
            Receive<string>(text => text == "unbecome", _ => UnbecomeStacked());
            declare(this);
        }));

        private void Fill(int more)
        {
            for (var i = 0; i < more; i++) Receive(i % 2 == 0 ? typeof(Uri) : typeof(Guid), _ => _log.Add("filling"), _ => true);
        }
    }
}
