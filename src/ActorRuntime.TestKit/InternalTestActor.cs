using System.Collections.Concurrent;
using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>The actor behind a test kit or a probe: keeps what it gets for the test to look at.</summary>
internal sealed class InternalTestActor(ReceivedMessages received, TestTime time, ConcurrentDictionary<string, SupervisorStrategy> strategies)
    : UntypedActor
{
    private AutoPilot _pilot = NoAutoPilot.Instance;
    private Func<object, bool>? _ignored;

    /// <summary>Something to do on the actor's turn, in its place among the messages.</summary>
    public sealed record Order(Action<InternalTestActor, IActorContext> Run);

    public void SetAutoPilot(AutoPilot pilot) => _pilot = pilot;

    public void SetIgnored(Func<object, bool>? ignored) => _ignored = ignored;

    protected override void OnReceive(object message)
    {
        if (message is Order order)
        {
            order.Run(this, Context);
            return;
        }

        if (_ignored?.Invoke(message) != true) received.Add(new ReceivedMessage(message, Sender, time.Now));
        if (_pilot.Run(Sender, message) is var next and not KeepRunning) _pilot = next;
    }

    protected override SupervisorStrategy SupervisorStrategy() => new StrategyPerChild(strategies);

    /// <summary>Children made with a strategy of their own are supervised by it, others by the default one.</summary>
    private sealed class StrategyPerChild(ConcurrentDictionary<string, SupervisorStrategy> strategies) : SupervisorStrategy
    {
        public override IDecider Decider => DefaultDecider;

        public override void ProcessFailure(
            IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats,
            IReadOnlyCollection<ChildRestartStats> children) =>
            Of(child).ProcessFailure(context, restart, child, cause, stats, children);

        protected override Directive Handle(IActorRef child, Exception cause) => Of(child).Decider.Decide(cause);

        private SupervisorStrategy Of(IActorRef child) => strategies.GetValueOrDefault(child.Path.Name, DefaultStrategy);
    }
}
