using System.Globalization;

namespace ActorRuntime.Simulation.Linearizability;

/// <summary>What a check came to; a later one outweighs an earlier one among the keys of a history.</summary>
public enum LinearizabilityVerdict
{
    /// <summary>An order of the calls explains all answers.</summary>
    Linearizable,

    /// <summary>The limit of the search came first: neither shown nor refuted. No pass.</summary>
    Undecided,

    /// <summary>No order of the calls explains all answers.</summary>
    NotLinearizable,
}

/// <summary>What <see cref="LinearizabilityCheck"/> came to.</summary>
/// <param name="Verdict">Over all keys.</param>
/// <param name="StatesExplored">Configurations explored, over all keys.</param>
/// <param name="Violation">The shortest one found; null without.</param>
/// <param name="UndecidedKeys">Keys on which the search gave up.</param>
/// <param name="Keys">Keys of the history.</param>
/// <param name="Calls">Calls of the history.</param>
public sealed record LinearizabilityReport<TOperation, TResult>(
    LinearizabilityVerdict Verdict,
    long StatesExplored,
    LinearizabilityViolation<TOperation, TResult>? Violation,
    IReadOnlyList<string> UndecidedKeys,
    int Keys,
    int Calls)
{
    /// <summary>One line, or the explanation of the violation.</summary>
    public override string ToString() => Verdict switch
    {
        LinearizabilityVerdict.NotLinearizable => Violation!.Text,
        LinearizabilityVerdict.Undecided =>
            $"undecided: {UndecidedKeys.Count} of {Keys} keys took more states than the limit, the first is \"{UndecidedKeys[0]}\": raise "
            + $"{nameof(LinearizabilityLimits)}.{nameof(LinearizabilityLimits.StatesMax)}, or let fewer calls to one key run at once",
        _ => string.Create(CultureInfo.InvariantCulture, $"linearizable: {Calls} calls on {Keys} keys, {StatesExplored} states"),
    };
}

/// <summary>The shortest prefix of a key's history that no order explains.</summary>
/// <param name="Call">The call whose answer fits no order; without its end there is one.</param>
/// <param name="Order">Such an order of the calls that ended before, oldest first: the largest prefix that can be explained. Holds calls
/// that had not ended by then where answers show their effect.</param>
/// <param name="Text">For people: what does not fit, what would, and the calls around it, drawn over the order of events.</param>
public sealed record LinearizabilityViolation<TOperation, TResult>(
    Call<TOperation, TResult> Call, IReadOnlyList<Call<TOperation, TResult>> Order, string Text);
