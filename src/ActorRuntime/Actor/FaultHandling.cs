using ActorRuntime.Dispatch.SysMsg;
using static ActorRuntime.Actor.ActorCell;

namespace ActorRuntime.Actor;

/// <summary>Creation, failure, restart and end of a cell. All on the cell's own turn.</summary>
/// <remarks>
/// A failed cell suspends itself and its children and asks its parent; it stays suspended until <see cref="Resume"/>, <see cref="Recreate"/> or
/// <see cref="Terminate"/>. Each Recreate undoes exactly one suspension. A restart and an end wait for the children that were told to stop.
/// </remarks>
internal static class FaultHandling
{
    /// <summary>All exceptions of actors go to their supervisors; out of memory does not, nothing sensible can follow it.</summary>
    public static bool IsSupervised(Exception cause) => cause is not OutOfMemoryException;

    public static void Create(ActorCell cell)
    {
        try
        {
            cell.CreateInstance();
            cell.Actor!.AroundPreStart();
            cell.Phase = CellPhase.Running;
            cell.SystemImpl.DebugLog?.Lifecycle(cell, "started as", cell.Actor.GetType());
        }
        catch (Exception cause) when (IsSupervised(cause))
        {
            cell.ReleaseInstance();
            cell.Phase = CellPhase.Starting;
            HandleFailure(cell, cause as ActorInitializationException ?? new ActorInitializationException(cell.Self, "exception during creation: " + cause.Message, cause));
        }
    }

    public static void HandleFailure(ActorCell cell, Exception cause, IActorRef? perpetrator = null)
    {
        cell.ExtrasOrNull?.AsyncHandler?.Abandon();
        if (cell.Phase is CellPhase.Terminating or CellPhase.Terminated) return;
        if (cell.HasFailed)
        {
            // Several children failed at once: the decision about the first failure is one about all of them.
            (perpetrator as IInternalActorRef)?.SendSystemMessage(new FailureTaken());
            return;
        }

        cell.HasFailed = true;
        cell.Extras.FailureCause = perpetrator is null ? cause : null;
        cell.Mailbox.Suspend();
        foreach (var child in ChildrenOf(cell)) child.SendSystemMessage(new Suspend());
        (perpetrator as IInternalActorRef)?.SendSystemMessage(new FailureTaken());
        cell.InternalParent.SendSystemMessage(new Failed(cell.Self, cause));
    }

    public static void ChildFailed(ActorCell cell, Failed failed)
    {
        // A failure of a former child of the same name, or of one already taken off, concerns nobody any more.
        if (cell.ChildrenOrNull?.StatsOf(failed.Child) is not { } stats) return;
        bool handled;
        try
        {
            handled = StrategyOf(cell).HandleFailure(cell, failed.Child, failed.Cause, stats);
        }
        catch (Exception cause) when (IsSupervised(cause))
        {
            HandleFailure(cell, cause, failed.Child);
            return;
        }

        if (!handled) HandleFailure(cell, failed.Cause, failed.Child);
    }

    public static void Suspend(ActorCell cell)
    {
        cell.Mailbox.Suspend();
        foreach (var child in ChildrenOf(cell)) child.SendSystemMessage(new Suspend());
    }

    /// <summary>Undoes the suspension by the cell's own failure, the message kept for PreRestart; that by its supervisor stands.</summary>
    public static void FailureTaken(ActorCell cell)
    {
        if (!cell.HasFailed) return;
        cell.HasFailed = false;
        cell.Mailbox.Resume();
        foreach (var child in ChildrenOf(cell)) child.SendSystemMessage(new Resume(afterFailure: false));
    }

    public static void Resume(ActorCell cell, bool afterFailure)
    {
        if (cell.Actor is null && cell.Phase == CellPhase.Starting)
        {
            // Nothing to go on with: its creation failed.
            Recreate(cell, new ActorInitializationException(cell.Self, "resumed, but there is no instance to resume"));
            return;
        }

        if (afterFailure) cell.HasFailed = false;
        cell.Mailbox.Resume();
        foreach (var child in ChildrenOf(cell)) child.SendSystemMessage(new Resume(afterFailure: false));
        if (!afterFailure) return;

        var cause = cell.ExtrasOrNull?.FailureCause;
        if (cause is not null) cell.Extras.FailureCause = null;
        if (cause is not null && cell.Actor is { } actor) actor.OnResumed(cause);
        if (cell.ExtrasOrNull?.AsyncHandler is null) cell.SetCurrent(null, null);
    }

    /// <summary>A resumed actor gives up its instance and keeps something for the next one, which finds it in <see cref="CellExtras.Kept"/>.</summary>
    /// <param name="kept">Null: it begins anew.</param>
    public static void Replace(ActorCell cell, Exception cause, object? kept)
    {
        Suspend(cell); // As by a failure: the re-creation takes it back.
        Recreate(cell, cause, kept);
    }

    public static void Recreate(ActorCell cell, Exception cause, object? kept = null)
    {
        if (cell.Phase is CellPhase.Terminating or CellPhase.Terminated) return;
        if (kept is not null || cell.ExtrasOrNull?.Kept is not null) cell.Extras.Kept = kept;
        if (cell.Phase == CellPhase.Recreating)
        {
            cell.Mailbox.Resume();
            return;
        }

        cell.SystemImpl.DebugLog?.Lifecycle(cell, "restarts");
        cell.ExtrasOrNull?.AsyncHandler?.Abandon();
        var extras = cell.Extras;
        (extras.RestartCause, extras.FailedMessage) = (cause, cell.CurrentMessage);
        if (cell.Actor is { } actor) PreRestart(cell, actor, cause);
        else StopChildren(cell);
        cell.ReleaseInstance();

        if (cell.ChildrenOrNull is { Stopping: > 0 }) cell.Phase = CellPhase.Recreating;
        else FinishRecreate(cell);
    }

    public static void Terminate(ActorCell cell)
    {
        if (cell.Phase is CellPhase.Terminating or CellPhase.Terminated) return;
        cell.Phase = CellPhase.Terminating;
        cell.SystemImpl.DebugLog?.Lifecycle(cell, "stops");
        cell.ExtrasOrNull?.ReceiveTimeout?.Set(null);
        cell.ChildrenOrNull?.Close();
        StopChildren(cell);
        if (cell.ChildrenOrNull is { Stopping: > 0 }) cell.Mailbox.Suspend();
        else FinishTerminate(cell);
    }

    public static void ActorTerminated(ActorCell cell, DeathWatchNotification notification)
    {
        var wasChild = cell.ChildrenOrNull?.Remove(notification.Actor) == true;
        cell.ExtrasOrNull?.DeathWatch?.WatchedTerminated(notification);
        if (!wasChild) return;

        StrategyOf(cell).HandleChildTerminated(cell, notification.Actor, EachChild(cell));
        if (cell.ChildrenOrNull!.Stopping > 0) return;
        if (cell.Phase == CellPhase.Recreating) FinishRecreate(cell);
        else if (cell.Phase == CellPhase.Terminating) FinishTerminate(cell);
    }

    private static void PreRestart(ActorCell cell, ActorBase actor, Exception cause)
    {
        try
        {
            actor.AroundPreRestart(cause, cell.CurrentMessage);
        }
        catch (Exception second) when (IsSupervised(second))
        {
            // The instance is given up anyway; the restart goes on.
            cell.SystemImpl.LogHookFailure(cell.Self, "PreRestart", second);
        }
    }

    private static void FinishRecreate(ActorCell cell)
    {
        var extras = cell.Extras;
        var (cause, message) = (extras.RestartCause!, extras.FailedMessage);
        (extras.RestartCause, extras.FailedMessage) = (null, null);
        var survivors = ChildrenOf(cell);
        cell.HasFailed = false;
        cell.Mailbox.Resume();
        try
        {
            cell.CreateInstance();
            cell.Actor!.AroundPostRestart(cause, message);
            cell.Phase = CellPhase.Running;
            cell.SystemImpl.DebugLog?.Lifecycle(cell, "restarted as", cell.Actor.GetType());
        }
        catch (Exception second) when (IsSupervised(second))
        {
            cell.ReleaseInstance();
            cell.Phase = CellPhase.Starting;
            HandleFailure(cell, new PostRestartException(cell.Self, second, cause));
            return;
        }

        foreach (var child in survivors) child.SendSystemMessage(new Recreate(cause));
    }

    private static void FinishTerminate(ActorCell cell)
    {
        try
        {
            cell.Actor?.AroundPostStop();
        }
        catch (Exception cause) when (IsSupervised(cause))
        {
            cell.SystemImpl.LogHookFailure(cell.Self, "PostStop", cause);
        }

        cell.Phase = CellPhase.Terminated;
        cell.SystemImpl.DebugLog?.Lifecycle(cell, "stopped");
        cell.ExtrasOrNull?.AsyncHandler?.Abandon();
        cell.ReleaseInstance();
        cell.Mailbox.Close();
        cell.Dispatcher.Detach(cell);
        if (cell.HasSubscribed) cell.SystemImpl.EventStream.Unsubscribe(cell.Self);
        // Other systems before the parent: with its last child the whole system may end, and nothing leaves it after that. Watchers of this system
        // after it: when they hear, the parent has heard too and the name is free.
        var deathWatch = cell.ExtrasOrNull?.DeathWatch;
        deathWatch?.TellWatchers(local: false);
        cell.InternalParent.SendSystemMessage(new DeathWatchNotification(cell.Self, existenceConfirmed: true, addressTerminated: false));
        deathWatch?.TellWatchers(local: true);
    }

    // Without an instance, its creation having failed, nobody could judge: children stop.
    private static SupervisorStrategy StrategyOf(ActorCell cell)
    {
        if (cell.Props.SupervisorStrategy is { } given) return given;
        if (cell.Actor is not { } actor) return SupervisorStrategy.StoppingStrategy;
        return cell.Extras.Strategy ??= actor.CreateSupervisorStrategy();
    }

    private static IEnumerable<IActorRef> EachChild(ActorCell cell)
    {
        foreach (var child in ChildrenOf(cell)) yield return child;
    }

    private static void StopChildren(ActorCell cell)
    {
        foreach (var child in ChildrenOf(cell)) cell.Stop(child);
    }

    private static IReadOnlyList<IInternalActorRef> ChildrenOf(ActorCell cell) => cell.ChildrenOrNull?.Snapshot() ?? [];
}
