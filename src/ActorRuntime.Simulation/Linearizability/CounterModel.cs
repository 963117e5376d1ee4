namespace ActorRuntime.Simulation.Linearizability;

/// <summary>A sum that is added to and read; starts at 0.</summary>
public sealed class CounterModel : ISequentialModel<long, CounterOperation, long?>
{
    /// <inheritdoc/>
    public long Initial => 0;

    /// <inheritdoc/>
    public (long State, long? Result) Apply(long state, CounterOperation operation)
    {
        var sum = unchecked(state + operation.Amount);
        return (sum, operation.AnswersSum ? sum : null);
    }
}

/// <summary>One request to a counter.</summary>
/// <param name="Amount">What is added; any sign, 0 for a read.</param>
/// <param name="AnswersSum">Whether the answer is the sum afterwards; else it is null, which only says that it was added.</param>
public readonly record struct CounterOperation(long Amount, bool AnswersSum)
{
    /// <summary>Asks for the sum.</summary>
    public static CounterOperation Read { get; } = new(0, AnswersSum: true);

    /// <summary>Adds, and is told no more than that it was done.</summary>
    public static CounterOperation Add(long amount) => new(amount, AnswersSum: false);

    /// <summary>Adds, and is told the sum: shows more mistakes than <see cref="Add"/>.</summary>
    public static CounterOperation AddAndGet(long amount) => new(amount, AnswersSum: true);

    /// <inheritdoc/>
    public override string ToString() => (Amount, AnswersSum) switch
    {
        (0, true) => "read()",
        (_, true) => $"add-and-get({Amount})",
        _ => $"add({Amount})",
    };
}
