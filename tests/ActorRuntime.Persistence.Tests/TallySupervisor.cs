using ActorRuntime.Actor;

namespace ActorRuntime.Persistence.Tests;

/// <summary>Supervises a tally, and a sibling that fails on demand.</summary>
internal sealed class TallySupervisor : UntypedActor
{
    public const string Sibling = "sibling";

    private readonly SupervisorStrategy _strategy;
    private readonly IActorRef _unit;
    private readonly IActorRef _sibling;

    public TallySupervisor(SupervisorStrategy strategy, string id, IActorRef observer, TallyScript script)
    {
        _strategy = strategy;
        _unit = Context.ActorOf(Props.CreateBy(() => new Tally(id, observer, script)));
        _sibling = Context.ActorOf(Props.CreateBy(() => new Failing(observer)));
    }

    protected override SupervisorStrategy SupervisorStrategy() => _strategy;

    protected override void OnReceive(object message) => (message is FailSibling ? _sibling : _unit).Forward(message);

    public sealed record FailSibling;

    private sealed class Failing(IActorRef observer) : UntypedActor
    {
        protected override void OnReceive(object message) => throw new InvalidDataException(Sibling);

        protected override void PostRestart(Exception reason) => observer.Tell("sibling again", Self);
    }
}

/// <summary>A child that ends when it is told to, not when it is asked to.</summary>
internal sealed class SlowToEnd(ManualResetEventSlim mayEnd) : UntypedActor
{
    protected override void OnReceive(object message)
    {
    }

    protected override void PostStop() => mayEnd.Wait();
}
