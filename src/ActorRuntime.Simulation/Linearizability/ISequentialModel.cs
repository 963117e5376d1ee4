namespace ActorRuntime.Simulation.Linearizability;

/// <summary>What an object does when it is asked one thing after another: the measure for how it behaves when asked by many at once.</summary>
/// <remarks>Examples to write others by: <see cref="RegisterModel"/>, <see cref="CounterModel"/>.</remarks>
/// <typeparam name="TState">State of one object: a value or an immutable record, compared by its equality.</typeparam>
/// <typeparam name="TOperation">What is asked. With value equality fewer states are explored when outcomes are unknown.</typeparam>
/// <typeparam name="TResult">What is answered; compared by its equality.</typeparam>
public interface ISequentialModel<TState, TOperation, TResult>
{
    /// <summary>State of an object that nobody has asked anything.</summary>
    TState Initial { get; }

    /// <summary>What <paramref name="operation"/> answers in <paramref name="state"/>, and the state it leaves behind.</summary>
    /// <remarks>A function of its arguments: the same again for the same, total, and nothing that is handed in changes.</remarks>
    (TState State, TResult Result) Apply(TState state, TOperation operation);
}
