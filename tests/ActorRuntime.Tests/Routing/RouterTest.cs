using ActorRuntime.Actor;
using ActorRuntime.Routing;
using ActorRuntime.Tests.Actor;

namespace ActorRuntime.Tests.Routing;

/// <summary>Routees that log and answer what they get, under virtual time.</summary>
public abstract class RouterTest : ActorTest
{
    private protected RouterTest() => Heard = new Recorder(System);

    private protected List<string> Log { get; } = [];

    private protected Recorder Heard { get; }

    protected Props Echo() => FunctionActor.Props(
        (message, context) =>
        {
            if (message is "fail") throw new InvalidOperationException("broken");
            Log.Add($"{context.Self.Path.Name}:{message}");
            if (!context.Sender.Equals(System.DeadLetters)) context.Sender.Tell(message);
        },
        new FunctionActor.Hooks { PostRestart = _ => Log.Add(ActorBase.Context.Self.Path.Name + " restarted") });

    protected Routee[] Members(IActorRef router) => [.. Result(router.Ask<Routees>(new GetRoutees())).Members];

    protected string[] Names(IActorRef router) => [.. Members(router).Select(routee => Child(routee).Path.Name)];

    protected static IActorRef Child(Routee routee) => ((ActorRefRoutee)routee).Actor;
}
