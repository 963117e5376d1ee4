using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Linearizability;

/// <summary>What a client knows of a call.</summary>
public enum CallOutcome
{
    /// <summary>No answer, no refusal, or not yet: it may take effect at any time after its invocation, or never.</summary>
    Unknown,

    /// <summary>Answered: it took effect between its invocation and its end.</summary>
    Completed,

    /// <summary>Known to have had no effect.</summary>
    Failed,
}

/// <summary>One operation that a client asked of an object, and how it ended.</summary>
/// <param name="Number">Place among the invocations of its <see cref="History{TOperation,TResult}"/>, from 0.</param>
/// <param name="Client">Who asked.</param>
/// <param name="Key">Which object was asked.</param>
/// <param name="Operation">What was asked.</param>
public readonly record struct Call<TOperation, TResult>(int Number, int Client, string Key, TOperation Operation)
{
    /// <summary>When it was invoked.</summary>
    public MonotonicTime InvokedAt { get; init; }

    /// <summary>When the client was answered or gave up; null while it waits.</summary>
    public MonotonicTime? EndedAt { get; init; }

    /// <summary>What is known of it.</summary>
    public CallOutcome Outcome { get; init; }

    /// <summary>The answer; meaningful with <see cref="CallOutcome.Completed"/> only.</summary>
    public TResult? Result { get; init; }

    /// <summary>Place of the invocation among all that was recorded.</summary>
    internal int Invoked { get; init; }

    /// <summary>Place of the end among all that was recorded; meaningful once it has ended.</summary>
    internal int Ended { get; init; }

    /// <summary>Such as <c>#12 client 3: read() = 5</c>.</summary>
    public override string ToString() => $"#{Number} client {Client}: {Operation}" + Outcome switch
    {
        CallOutcome.Completed => $" = {Result}",
        CallOutcome.Failed => " failed",
        _ => " = ?",
    };
}
