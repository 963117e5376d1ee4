namespace ActorRuntime.Simulation.Linearizability;

/// <summary>Decides whether a history could come from objects that do one thing at a time, each call at one moment between its invocation
/// and its end.</summary>
/// <remarks>
/// The search is that of J. M. Wing and C. Gong, "Testing and verifying concurrent objects", J. Parallel Distrib. Comput. 17 (1993), with
/// the improvements of G. Lowe, "Testing for linearizability", Concurrency Computat.: Pract. Exper. 29 (2017): calls are placed just in
/// time, and a configuration (state, calls placed) is explored once. Keys are searched one by one: linearizability is local (M. P. Herlihy
/// and J. M. Wing, 1990), which A. Horn and D. Kroening call P-compositionality (2015).
/// Configurations are explored in breadth, one end of a call after another, so the end at which none is left closes the shortest prefix
/// that cannot be explained. The same history gives the same report, number of states included.
/// The worst case is exponential in the calls under way at once on one key, hence <see cref="LinearizabilityLimits.StatesMax"/>.
/// </remarks>
public static class LinearizabilityCheck
{
    /// <summary>Searches <paramref name="history"/> for an order that <paramref name="model"/> explains, key by key.</summary>
    /// <remarks>All keys are searched even after a violation; reported is the one with the fewest calls before it.</remarks>
    public static LinearizabilityReport<TOperation, TResult> Run<TState, TOperation, TResult>(
        History<TOperation, TResult> history, ISequentialModel<TState, TOperation, TResult> model, LinearizabilityLimits? limits = null)
    {
        var verdict = LinearizabilityVerdict.Linearizable;
        LinearizabilityViolation<TOperation, TResult>? shortest = null;
        var undecided = new List<string>();
        var states = 0L;
        var keys = 0;
        foreach (var calls in ByKey(history))
        {
            var search = new KeySearch<TState, TOperation, TResult>(calls, model, limits ?? new LinearizabilityLimits());
            var found = search.Run();
            states += search.StatesExplored;
            keys++;
            if (found == LinearizabilityVerdict.Undecided) undecided.Add(calls[0].Key);
            if (search.Violation is { } violation && (shortest is null || violation.Order.Count < shortest.Order.Count)) shortest = violation;
            if (found > verdict) verdict = found;
        }
        return new LinearizabilityReport<TOperation, TResult>(verdict, states, shortest, undecided, keys, history.Calls.Count);
    }

    /// <summary>The calls of each key; keys in the order of their first call.</summary>
    private static List<List<Call<TOperation, TResult>>> ByKey<TOperation, TResult>(History<TOperation, TResult> history)
    {
        var keys = new Dictionary<string, List<Call<TOperation, TResult>>>(StringComparer.Ordinal);
        var ordered = new List<List<Call<TOperation, TResult>>>();
        foreach (var call in history.Calls)
        {
            if (!keys.TryGetValue(call.Key, out var calls))
            {
                keys.Add(call.Key, calls = []);
                ordered.Add(calls);
            }
            calls.Add(call);
        }
        return ordered;
    }
}

/// <summary>How long the search may go on.</summary>
public sealed record LinearizabilityLimits
{
    /// <summary>Configurations explored per key before the search gives up as <see cref="LinearizabilityVerdict.Undecided"/>; 1 or more,
    /// default 1,000,000: some 300 MB, should all of them be needed at one end of a call.</summary>
    public int StatesMax { get; init; } = 1_000_000;
}
