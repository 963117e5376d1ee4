using ActorRuntime.Actor;
using ActorRuntime.Event;

namespace ActorRuntime.Persistence;

/// <content>Going on after a failure with a new instance and the state as it is, where the state is in a <see cref="StateCell"/>.</content>
public abstract partial class Eventsourced
{
    private bool _isComplete;

    /// <summary>Holds the state apart from the instance; null where the instance is the state.</summary>
    private protected virtual StateCell? HeldState => null;

    /// <summary>The cell of the instance before this one.</summary>
    private protected virtual void Attach(StateCell state)
    {
    }

    /// <summary>An event of this actor is in the log; its handler comes next.</summary>
    private protected virtual void OnStored(object @event)
    {
    }

    /// <inheritdoc/>
    internal sealed override void OnResumed(Exception cause)
    {
        if (HeldState is not { } state) return;
        // What fails as soon as it starts would fail for ever: such an instance goes on as it is.
        if (_isComplete || state.IsApplying) ActorTaskScheduler.RunTask(() => ReplaceAsync(state, cause));
        else _isComplete = true;
    }

    /// <summary>What the failed instance has asked to be stored comes first, handlers included: the state is then that of the log.</summary>
    private async Task ReplaceAsync(StateCell state, Exception cause)
    {
        if (!state.IsApplying) await DrainAsync().ConfigureAwait(true);
        if (_isEnding) return;
        var isWhole = !state.IsApplying && LastSequenceNr == _lastWritten;
        if (!isWhole) Log.Warning("{PersistenceId}: event {SequenceNr} was applied in part, the state is replayed", PersistenceId, LastSequenceNr);
        FaultHandling.Replace(Cell, cause, isWhole ? new KeptState(PersistenceId, _lastWritten, state) : null);
    }

    private bool TryAttach()
    {
        if (Cell.ExtrasOrNull?.Kept is not KeptState kept) return false;
        Cell.Extras.Kept = null;
        if (kept.PersistenceId != PersistenceId) return false;
        (_lastWritten, LastSequenceNr) = (kept.SequenceNr, kept.SequenceNr);
        Attach(kept.State);
        return true;
    }

    /// <summary>A whole state and its place in the log.</summary>
    private sealed record KeptState(string PersistenceId, long SequenceNr, StateCell State);
}
