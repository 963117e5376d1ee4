using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class AsyncHandlerTests : ActorTest
{
    private readonly List<string> _log = [];
    private readonly Dictionary<string, TaskCompletionSource> _gates = new() { ["a"] = new(), ["b"] = new() };

    [Fact]
    public void User_messages_wait_and_context_self_and_sender_are_back_after_each_await()
    {
        var actor = Start();
        Probe.Send(actor, "wait a");
        actor.Tell("plain", ActorRefs.NoSender);
        Run();
        Assert.Equal(["begin wait a"], _log);
        _gates["a"].SetResult();
        Run();
        Assert.Equal(["begin wait a", $"end {actor} {Probe.Ref} {actor}", "plain"], _log);
    }

    [Fact]
    public void Stop_is_not_held_back_and_the_rest_of_the_handler_still_runs_without_context()
    {
        var actor = Start();
        Probe.Watch(actor);
        actor.Tell("wait a");
        Run();
        System.Stop(actor);
        Probe.ExpectTerminated(actor);
        _gates["a"].SetResult();
        Run();
        Assert.Contains("finally", _log);
    }

    [Fact]
    public void Failure_after_an_await_goes_to_the_supervisor_with_its_message()
    {
        var actor = Start();
        actor.Tell("fail a");
        actor.Tell("plain");
        Run();
        _gates["a"].SetResult();
        Run();
        Assert.Equal(["begin fail a", "prerestart fail a", "plain"], _log);
    }

    [Fact]
    public void Failure_before_the_first_await_and_in_a_continuation_are_supervised_and_a_caught_one_is_not()
    {
        var actor = Start();
        actor.Tell("fail at once");
        actor.Tell("continue with");
        actor.Tell("caught");
        actor.Tell("plain");
        Run();
        Assert.Equal(["begin fail at once", "prerestart fail at once", "prerestart continue with", "plain"], _log);
    }

    [Fact]
    public void Continuations_nobody_waits_for_run_on_the_actors_turn_with_their_own_sender()
    {
        var actor = Start();
        Probe.Send(actor, "orphan a");
        actor.Tell("plain", System.DeadLetters);
        Run();
        _gates["a"].SetResult();
        Run();
        Assert.Equal(["plain", $"orphan {actor} {Probe.Ref}"], _log);
    }

    [Fact]
    public void A_restart_from_outside_gives_the_handler_up_and_its_late_end_does_no_harm()
    {
        var parent = System.ActorOf(FunctionActor.Props(
            (_, _) => { },
            new FunctionActor.Hooks
            {
                Strategy = new AllForOneStrategy(_ => Directive.Restart),
                PreStart = c =>
                {
                    c.ActorOf(Props.CreateBy(() => new Asynchronous(this)), "a");
                    c.ActorOf(FunctionActor.Props((_, _) => throw new InvalidOperationException()), "b");
                },
            }));
        Run();
        var actor = SupervisionTests.Child(parent, "a");
        actor.Tell("wait a");
        Run();
        SupervisionTests.Child(parent, "b").Tell("boom");
        actor.Tell("wait b");
        actor.Tell("plain");
        Run();
        Assert.Equal(["begin wait a", "prerestart wait a", "begin wait b"], _log);
        _gates["a"].SetResult();
        Run();
        Assert.DoesNotContain("plain", _log);
        _gates["b"].SetResult();
        Run();
        Assert.Equal("plain", _log[^1]);
    }

    [Fact]
    public void Asking_another_actor_inside_an_async_handler_works()
    {
        var echo = System.ActorOf(FunctionActor.Props((m, c) => c.Sender.Tell("re:" + m)));
        var actor = System.ActorOf(Props.Create(() => new Asker(echo)));
        Probe.Send(actor, "q");
        Probe.ExpectMsg("re:q");
    }

    [Fact]
    public void PipeTo_results_queue_like_any_message()
    {
        var gate = new TaskCompletionSource<string>();
        var actor = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            if (m is "go") _ = gate.Task.PipeTo(c.Self);
            else _log.Add(m.ToString()!);
        }));
        actor.Tell("go");
        actor.Tell("1");
        Run();
        OnSystem(() => gate.SetResult("2"));
        actor.Tell("3");
        Run();
        Assert.Equal(["1", "2", "3"], _log);
    }

    private IActorRef Start() => System.ActorOf(Props.CreateBy(() => new Asynchronous(this)));

    private sealed class Asker : ReceiveActor
    {
        public Asker(IActorRef echo) => ReceiveAsync<string>(async q => Sender.Tell(await echo.Ask<string>(q)));
    }

    private sealed class Asynchronous : ReceiveActor
    {
        private readonly AsyncHandlerTests _test;

        public Asynchronous(AsyncHandlerTests test)
        {
            _test = test;
            Receive<string>(m => m == "plain", test._log.Add);
            Receive<string>(m => m == "orphan a", message => RunTask(() =>
            {
                _ = Orphan();
                return Task.CompletedTask;
            }));
            ReceiveAsync<string>(m => m == "continue with", ContinueWith);
            ReceiveAsync<string>(m => m == "caught", Caught);
            ReceiveAsync<string>(Handle);
        }

        protected override void PreRestart(Exception reason, object? message) => _test._log.Add("prerestart " + message);

        private static Task ContinueWith(string message)
        {
            Action<Task> fail = _ => throw new InvalidOperationException(message);
            return Task.CompletedTask.ContinueWith(fail, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Current);
        }

        private static async Task Caught(string message)
        {
            try
            {
                await Task.Yield();
                throw new InvalidOperationException(message);
            }
            catch (InvalidOperationException)
            {
                Assert.NotNull(Context.Self);
            }
        }

        private async Task Orphan()
        {
            await _test._gates["a"].Task;
            _test._log.Add($"orphan {Context.Self} {Sender}");
        }

        private async Task Handle(string message)
        {
            _test._log.Add("begin " + message);
            if (message == "fail at once") throw new InvalidOperationException(message);
            try
            {
                await _test._gates[message.Split(' ')[1]].Task;
                if (message.StartsWith("fail", StringComparison.Ordinal)) throw new InvalidOperationException(message);
                await Task.Yield();
                _test._log.Add($"end {Context.Self} {Sender} {Self}");
            }
            finally
            {
                if (message == "wait a" && ActorCell.Current is null) _test._log.Add("finally");
            }
        }
    }
}
