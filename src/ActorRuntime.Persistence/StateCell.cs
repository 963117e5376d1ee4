using ActorRuntime.Persistence.Sessions;

namespace ActorRuntime.Persistence;

/// <summary>The state of a persistent actor, apart from the instance that behaves by it. Only events change it.</summary>
internal abstract class StateCell
{
    /// <summary>True while an event is applied, and for good once that failed: the state is neither the one before nor the one after.</summary>
    public bool IsApplying { get; protected set; }
}

/// <inheritdoc/>
internal sealed class StateCell<TState>(TState value, SessionTable sessions) : StateCell
{
    /// <summary>What clients have in progress.</summary>
    public SessionTable Sessions { get; } = sessions;

    /// <summary>The state after the last event.</summary>
    public TState Value { get; private set; } = value;

    public void Apply(Func<TState, TState> apply)
    {
        IsApplying = true;
        Value = apply(Value);
        IsApplying = false;
    }
}
