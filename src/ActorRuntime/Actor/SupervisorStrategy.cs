using ActorRuntime.Util;

namespace ActorRuntime.Actor;

/// <summary>What happens to an actor that failed.</summary>
public enum Directive
{
    /// <summary>Goes on with the next message, state kept.</summary>
    Resume,

    /// <summary>A new incarnation behind the same reference.</summary>
    Restart,

    /// <summary>The supervisor fails with the same cause.</summary>
    Escalate,

    /// <summary>It ends.</summary>
    Stop,
}

/// <summary>Chooses a directive by exception.</summary>
public interface IDecider
{
    /// <summary>The directive for <paramref name="cause"/>.</summary>
    Directive Decide(Exception cause);
}

/// <summary>Decides what happens to failed children. Runs in the supervising actor.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Stop for failed starts, kills and death pacts; escalate broken invariants; restart for the rest.</summary>
    public static readonly IDecider DefaultDecider = Actor.Decider.From(DecideByDefault);

    /// <summary>Restarts the failed child by <see cref="DefaultDecider"/>, without limit.</summary>
    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    /// <summary>Stops the failed child, whatever the cause.</summary>
    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    /// <summary>Chooses by exception.</summary>
    public abstract IDecider Decider { get; }

    /// <summary>Carries a decision out.</summary>
    /// <param name="context">Context of the supervisor.</param>
    /// <param name="restart">False means stop.</param>
    /// <param name="child">The child that failed.</param>
    /// <param name="cause">Why.</param>
    /// <param name="stats">Restarts of that child.</param>
    /// <param name="children">All children; enumerated only by strategies that concern siblings.</param>
    public abstract void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children);

    /// <summary>A child ended.</summary>
    public virtual void HandleChildTerminated(IActorContext actorContext, IActorRef child, IEnumerable<IActorRef> children)
    {
    }

    /// <summary>True when the failure was dealt with here; false escalates it.</summary>
    internal bool HandleFailure(ActorCell supervisor, IActorRef child, Exception cause, ChildRestartStats stats)
    {
        var directive = Handle(child, cause);
        if (directive != Directive.Escalate) supervisor.SystemImpl.LogFailure(child, cause, directive);
        switch (directive)
        {
            case Directive.Resume:
                ((IInternalActorRef)child).SendSystemMessage(new Dispatch.SysMsg.Resume(afterFailure: true));
                return true;
            case Directive.Restart:
                ProcessFailure(supervisor, true, child, cause, stats, supervisor.ChildStats);
                return true;
            case Directive.Stop:
                ProcessFailure(supervisor, false, child, cause, stats, supervisor.ChildStats);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The directive for a failure; by the decider unless overridden.</summary>
    protected virtual Directive Handle(IActorRef child, Exception cause) => Decider.Decide(cause);

    /// <summary>Restarts a child.</summary>
    /// <param name="child">The child.</param>
    /// <param name="cause">Handed to its hooks.</param>
    /// <param name="suspendFirst">True for children that did not fail and so are not suspended yet.</param>
    protected static void RestartChild(IActorRef child, Exception cause, bool suspendFirst)
    {
        var target = (IInternalActorRef)child;
        if (suspendFirst) target.SendSystemMessage(new Dispatch.SysMsg.Suspend());
        target.SendSystemMessage(new Dispatch.SysMsg.Recreate(cause));
    }

    private static Directive DecideByDefault(Exception cause) => cause switch
    {
        ActorInitializationException or ActorKilledException or DeathPactException => Directive.Stop,
        InvariantException => Directive.Escalate,
        _ => Directive.Restart,
    };
}

/// <summary>Strategies with a limit of restarts within a window of time.</summary>
public abstract class LimitedStrategy : SupervisorStrategy
{
    private protected LimitedStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
    {
        MaxNumberOfRetries = maxNrOfRetries ?? -1;
        WithinTimeRange = withinTimeRange ?? Timeout.InfiniteTimeSpan;
        Decider = decider;
    }

    /// <summary>Restarts allowed within the window; -1 for no limit, 0 for none.</summary>
    public int MaxNumberOfRetries { get; }

    /// <summary>Length of the window in ms; -1 for no window, restarts then count for ever.</summary>
    public int WithinTimeRangeMilliseconds => (int)WithinTimeRange.TotalMilliseconds;

    /// <inheritdoc/>
    public sealed override IDecider Decider { get; }

    internal TimeSpan WithinTimeRange { get; }

    /// <summary>Counts a restart.</summary>
    private protected bool Permits(IActorContext context, ChildRestartStats stats) =>
        stats.RequestRestartPermission(MaxNumberOfRetries, WithinTimeRange, context.System.Environment.Time);
}

/// <summary>The decision concerns the child that failed.</summary>
public sealed class OneForOneStrategy : LimitedStrategy
{
    /// <summary>Without limit.</summary>
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(null, null, localOnlyDecider)
    {
    }

    /// <summary>Without limit.</summary>
    public OneForOneStrategy(IDecider decider)
        : this(null, null, decider)
    {
    }

    /// <summary>With a limit.</summary>
    /// <param name="maxNrOfRetries">Restarts within the window; null or -1 for no limit.</param>
    /// <param name="withinTimeRange">Window; null for none.</param>
    /// <param name="localOnlyDecider">Chooses by exception.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, Actor.Decider.From(localOnlyDecider))
    {
    }

    /// <inheritdoc cref="OneForOneStrategy(int?, TimeSpan?, Func{Exception, Directive})"/>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : base(maxNrOfRetries, withinTimeRange, decider)
    {
    }

    /// <inheritdoc/>
    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        if (restart && Permits(context, stats)) RestartChild(child, cause, suspendFirst: false);
        else context.Stop(child);
    }
}

/// <summary>The decision concerns all children.</summary>
public sealed class AllForOneStrategy : LimitedStrategy
{
    /// <summary>Without limit.</summary>
    public AllForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(null, null, localOnlyDecider)
    {
    }

    /// <inheritdoc cref="OneForOneStrategy(int?, TimeSpan?, Func{Exception, Directive})"/>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, Actor.Decider.From(localOnlyDecider))
    {
    }

    /// <inheritdoc cref="OneForOneStrategy(int?, TimeSpan?, Func{Exception, Directive})"/>
    public AllForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : base(maxNrOfRetries, withinTimeRange, decider)
    {
    }

    /// <inheritdoc/>
    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        var permitted = restart && children.All(c => Permits(context, c));
        foreach (var each in children)
        {
            if (permitted) RestartChild(each.Child, cause, suspendFirst: !each.Child.Equals(child));
            else context.Stop(each.Child);
        }
    }
}
