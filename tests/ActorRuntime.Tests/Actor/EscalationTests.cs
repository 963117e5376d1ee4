using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class EscalationTests : ActorTest
{
    private static readonly SupervisorStrategy Escalating = new OneForOneStrategy(_ => Directive.Escalate);
    private readonly List<string> _log = [];

    [Theory]
    [InlineData(Directive.Resume)]
    [InlineData(Directive.Restart)]
    public void Children_that_fail_at_once_share_the_decision_about_their_supervisor(Directive directive)
    {
        var children = Family(directive, out _);
        foreach (var child in children) child.Tell("fail");
        Run();
        foreach (var child in children) child.Tell("alive");
        Run();
        Assert.Equal(["a:alive", "b:alive", "c:alive"], _log.Where(line => line.EndsWith(":alive", StringComparison.Ordinal)));
        Assert.Equal(directive == Directive.Restart ? 3 : 0, _log.Count(line => line.EndsWith(" restarted", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_child_whose_failure_was_escalated_and_resumed_may_fail_again()
    {
        var child = Family(Directive.Resume, out var decisions)[0];
        for (var i = 0; i < 3; i++)
        {
            child.Tell("fail");
            Run();
        }

        child.Tell("alive");
        Run();
        Assert.Equal((3, "a:alive"), (decisions.Count, Assert.Single(_log)));
    }

    [Fact]
    public void The_message_that_failed_is_known_to_the_restart_of_the_child_it_failed_in()
    {
        var child = Family(Directive.Restart, out _)[0];
        child.Tell("fail");
        Run();
        Assert.Contains("a failed in fail", _log);
    }

    /// <summary>A supervisor that escalates, keeps its children a, b and c over a restart, and whose own supervisor decides.</summary>
    private IActorRef[] Family(Directive directive, out List<Exception> decisions)
    {
        var (children, causes) = (new List<IActorRef>(), new List<Exception>());
        decisions = causes;
        var middle = FunctionActor.Props(
            (_, c) => children.AddRange(((string[])["a", "b", "c"]).Select(name => c.ActorOf(Child(), name))),
            new FunctionActor.Hooks { Strategy = Escalating, KeepChildren = true });
        var top = System.ActorOf(FunctionActor.Props(
            (_, c) => c.ActorOf(middle, "middle").Tell("make"),
            new FunctionActor.Hooks
            {
                Strategy = new OneForOneStrategy(cause =>
                {
                    causes.Add(cause);
                    return directive;
                }),
            }));
        top.Tell("make");
        Run();
        return [.. children];
    }

    private Props Child() => FunctionActor.Props(
        (message, c) =>
        {
            if (message is "fail") throw new InvalidOperationException("broken");
            _log.Add($"{c.Self.Path.Name}:{message}");
        },
        new FunctionActor.Hooks
        {
            PreRestart = (_, message) =>
            {
                if (message is not null) _log.Add($"{ActorBase.Context.Self.Path.Name} failed in {message}");
            },
            PostRestart = _ => _log.Add(ActorBase.Context.Self.Path.Name + " restarted"),
        });
}
