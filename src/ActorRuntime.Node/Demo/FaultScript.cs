using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Node.Demo;

/// <summary>Something the demonstration does to a node now.</summary>
internal abstract record FaultStep
{
    private FaultStep() { }

    /// <summary>The fault itself.</summary>
    public sealed record Inject(NodeKey Victim) : FaultStep;

    /// <summary>A frozen node goes on, a blocked signal channel is opened.</summary>
    public sealed record Heal : FaultStep;

    /// <summary>The process of the lost node is started again under its name.</summary>
    public sealed record Restart : FaultStep;
}

/// <summary>Decides when the fault strikes, when it is healed, and when its aftermath is over. Pure: looks come in, steps go out.</summary>
/// <param name="options">Which fault, and what is to follow.</param>
/// <param name="itemsTotal">Items of the input; the fault strikes after a third of them.</param>
internal sealed class FaultScript(DemoOptions options, long itemsTotal)
{
    /// <summary>Rest between the loss and the restart, so that both can be seen.</summary>
    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(2);

    private TimeSpan _injectedAt;
    private bool _healed, _restarted;

    /// <summary>The incarnation that was hit; null before.</summary>
    public NodeKey? Victim { get; private set; }

    /// <summary>The view at the moment of the fault: who was affected.</summary>
    public ClusterView? ViewAtFault { get; private set; }

    /// <summary>What is to be done now; each step comes once.</summary>
    /// <param name="elapsed">Time since the start of the run.</param>
    /// <param name="items">Items persisted by receivers.</param>
    /// <param name="victimHasEnded">The victim's process has ended.</param>
    public FaultStep? Next(TimeSpan elapsed, long items, ClusterView view, bool victimHasEnded)
    {
        if (Victim is not { } victim) return TryInject(elapsed, items, view);
        if (IsHealable && !_healed && elapsed - _injectedAt >= options.FaultDuration)
        {
            _healed = true;
            return new FaultStep.Heal();
        }
        if (options.Restart && !_restarted && victimHasEnded && !view.IsAlive(victim) && elapsed - _injectedAt >= RestartAfter)
        {
            _restarted = true;
            return new FaultStep.Restart();
        }
        return null;
    }

    /// <summary>Nothing more is to come: the loss is in the log, and where the node returns it is back and has its flows again.</summary>
    public bool IsOver(ClusterView view)
    {
        if (options.Fault == Fault.None) return true;
        if (Victim is not { } victim || view.IsAlive(victim)) return false;
        var returns = IsHealable || options.Restart;
        if (!returns) return view.Flows.Values.All(flow => flow.Active is not null);
        return view.Members.TryGetValue(victim.Name, out var member) && member.Key != victim && member.Status == MemberStatus.Up
            && (!options.Restart || view.Flows.Values.All(flow => flow.Active == 0));
    }

    private bool IsHealable => options.Fault is Fault.Freeze or Fault.Signal;

    private FaultStep.Inject? TryInject(TimeSpan elapsed, long items, ClusterView view)
    {
        if (options.Fault == Fault.None || items < Math.Max(1, itemsTotal / 3) || view.Flows.Values.Any(flow => flow.Active is null)) return null;
        if (FaultPlan.Victim(view, options.Fault) is not { } victim) return null;
        (Victim, ViewAtFault, _injectedAt) = (victim, view, elapsed);
        return new FaultStep.Inject(victim);
    }
}
