namespace ActorRuntime.Simulation.Linearizability;

/// <summary>A number that is read, written, and replaced where it is the expected one.</summary>
/// <param name="initial">What is read before the first write.</param>
public sealed class RegisterModel(long initial = 0) : ISequentialModel<long, RegisterOperation, RegisterResult>
{
    /// <inheritdoc/>
    public long Initial => initial;

    /// <inheritdoc/>
    public (long State, RegisterResult Result) Apply(long state, RegisterOperation operation) => operation.Kind switch
    {
        RegisterOperationKind.Read => (state, RegisterResult.Of(state)),
        RegisterOperationKind.Write => (operation.Value, RegisterResult.Done),
        _ => operation.Expected == state ? (operation.Value, RegisterResult.Done) : (state, RegisterResult.Refused),
    };
}

/// <summary>What can be asked of a register.</summary>
public enum RegisterOperationKind
{
    /// <summary>Answers <see cref="RegisterResult.Of"/>.</summary>
    Read,

    /// <summary>Answers <see cref="RegisterResult.Done"/>.</summary>
    Write,

    /// <summary>Answers <see cref="RegisterResult.Done"/>, or <see cref="RegisterResult.Refused"/> where another value was found.</summary>
    CompareAndSet,
}

/// <summary>One request to a register.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Value">What is written. Histories in which no value is written twice show more mistakes.</param>
/// <param name="Expected">What <see cref="RegisterOperationKind.CompareAndSet"/> replaces.</param>
public readonly record struct RegisterOperation(RegisterOperationKind Kind, long Value, long Expected)
{
    /// <summary>Asks for the value.</summary>
    public static RegisterOperation Read { get; } = new(RegisterOperationKind.Read, 0, 0);

    /// <summary>Replaces the value, whatever it is.</summary>
    public static RegisterOperation Write(long value) => new(RegisterOperationKind.Write, value, 0);

    /// <summary>Replaces the value where it is <paramref name="expected"/>.</summary>
    public static RegisterOperation CompareAndSet(long expected, long value) => new(RegisterOperationKind.CompareAndSet, value, expected);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        RegisterOperationKind.Read => "read()",
        RegisterOperationKind.Write => $"write({Value})",
        _ => $"compare-and-set({Expected}, {Value})",
    };
}

/// <summary>What a register answers.</summary>
/// <param name="Value">The value read; null for an answer without one.</param>
/// <param name="IsRefused">A compare-and-set found another value than the expected one.</param>
public readonly record struct RegisterResult(long? Value, bool IsRefused)
{
    /// <summary>Written, or replaced.</summary>
    public static RegisterResult Done { get; } = new(null, IsRefused: false);

    /// <summary>Not replaced.</summary>
    public static RegisterResult Refused { get; } = new(null, IsRefused: true);

    /// <summary>What was read.</summary>
    public static RegisterResult Of(long value) => new(value, IsRefused: false);

    /// <inheritdoc/>
    public override string ToString() => IsRefused ? "refused" : Value is { } value ? $"{value}" : "done";
}
