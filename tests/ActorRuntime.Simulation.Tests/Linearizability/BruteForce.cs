using ActorRuntime.Simulation.Linearizability;

namespace ActorRuntime.Simulation.Tests.Linearizability;

/// <summary>The definition, taken literally: every order of the calls that real time allows, with and without each of unknown outcome.
/// Shares no idea with the search but the recorded order.</summary>
internal static class BruteForce
{
    public static bool IsLinearizable<TState, TOperation, TResult>(
        History<TOperation, TResult> history, ISequentialModel<TState, TOperation, TResult> model)
    {
        foreach (var key in history.Calls.Select(c => c.Key).Distinct())
        {
            var calls = history.Calls.Where(c => c.Key == key && c.Outcome != CallOutcome.Failed).ToList();
            var unknown = calls.Where(c => c.Outcome == CallOutcome.Unknown).ToList();
            var isExplained = false;
            for (var chosen = 0; chosen < 1 << unknown.Count && !isExplained; chosen++)
            {
                var left = calls.Where(c => c.Outcome == CallOutcome.Completed || (chosen >> unknown.IndexOf(c) & 1) == 1).ToList();
                isExplained = AnyOrder(left, model.Initial, model);
            }
            if (!isExplained) return false;
        }
        return true;
    }

    private static bool AnyOrder<TState, TOperation, TResult>(
        List<Call<TOperation, TResult>> left, TState state, ISequentialModel<TState, TOperation, TResult> model)
    {
        if (left.Count == 0) return true;
        foreach (var next in left)
        {
            // Whatever ended before it was invoked comes before it.
            if (left.Any(c => c.Outcome == CallOutcome.Completed && c.Ended < next.Invoked)) continue;
            var (after, result) = model.Apply(state, next.Operation);
            if (next.Outcome == CallOutcome.Completed && !Equals(result, next.Result)) continue;
            if (AnyOrder([.. left.Where(c => c.Number != next.Number)], after, model)) return true;
        }
        return false;
    }
}
