namespace ActorRuntime.Simulation.Linearizability;

/// <summary>The search over the calls of one key; see <see cref="LinearizabilityCheck"/>.</summary>
/// <remarks>
/// Goes from end to end through the completed calls. A configuration is a state and the set of calls placed that have not ended; when a call
/// ends, each configuration that has not placed it yet places calls under way, in all ways, until that one is placed; those that cannot are
/// dropped. Placing a call later than that is never needed, and earlier never either (just-in-time linearization).
/// Two rules keep calls of unknown outcome, which stay under way for good, from doubling the configurations each:
/// of configurations that differ only in those, the one that has placed fewer can do all that the other can, which is dropped;
/// and of equal ones the oldest is placed first, for they can stand in for each other.
/// </remarks>
internal sealed class KeySearch<TState, TOperation, TResult>(
    IReadOnlyList<Call<TOperation, TResult>> calls, ISequentialModel<TState, TOperation, TResult> model, LinearizabilityLimits limits)
{
    private readonly List<int> _underWay = []; // Completed later on; index is the slot in Configuration.Placed, -1 free.
    private readonly List<(int Call, int Older)> _unknown = []; // Older: index of the youngest equal one before it, or -1.
    private List<Configuration> _configurations = [new(model.Initial, default, default, null, -1)];

    /// <summary>Configurations made so far by placing a call.</summary>
    public long StatesExplored { get; private set; }

    /// <summary>What <see cref="Run"/> found.</summary>
    public LinearizabilityViolation<TOperation, TResult>? Violation { get; private set; }

    /// <summary>Searches; once.</summary>
    public LinearizabilityVerdict Run()
    {
        foreach (var (call, isEnd) in Events())
        {
            if (!isEnd) Invoke(call);
            else if (!End(call)) return Violation is null ? LinearizabilityVerdict.Undecided : LinearizabilityVerdict.NotLinearizable;
        }
        return LinearizabilityVerdict.Linearizable;
    }

    /// <summary>Invocations of all calls that may have had an effect, and the ends of those that have; in their order.</summary>
    private List<(int Call, bool IsEnd)> Events()
    {
        var events = new List<(int Order, int Call, bool IsEnd)>();
        for (var i = 0; i < calls.Count; i++)
        {
            if (calls[i].Outcome == CallOutcome.Failed) continue;
            events.Add((calls[i].Invoked, i, false));
            if (calls[i].Outcome == CallOutcome.Completed) events.Add((calls[i].Ended, i, true));
        }
        events.Sort((left, right) => left.Order.CompareTo(right.Order));
        return events.ConvertAll(e => (e.Call, e.IsEnd));
    }

    private void Invoke(int call)
    {
        if (calls[call].Outcome == CallOutcome.Completed)
        {
            var free = _underWay.IndexOf(-1);
            if (free < 0) _underWay.Add(call);
            else _underWay[free] = call;
            return;
        }
        var operation = calls[call].Operation;
        _unknown.Add((call, _unknown.FindLastIndex(u => EqualityComparer<TOperation>.Default.Equals(calls[u.Call].Operation, operation))));
    }

    /// <summary>Leaves the configurations in which <paramref name="call"/> is placed; false when there are none, or too many.</summary>
    private bool End(int call)
    {
        var slot = _underWay.IndexOf(call);
        var placed = new Frontier();
        var explored = new Frontier();
        foreach (var configuration in _configurations)
        {
            if (configuration.Placed.Contains(slot)) placed.Add(configuration.Forget(slot));
            else explored.Add(configuration);
        }
        for (var i = 0; i < explored.Count; i++)
        {
            Expand(explored[i], slot, explored, placed);
            if (StatesExplored > limits.StatesMax) return false;
        }
        if (placed.Count == 0)
        {
            Violation = Explain(call, explored);
            return false;
        }
        _underWay[slot] = -1;
        _configurations = placed.Configurations;
        return true;
    }

    private void Expand(Configuration from, int ending, Frontier explored, Frontier placed)
    {
        for (var slot = 0; slot < _underWay.Count; slot++)
        {
            var call = _underWay[slot];
            if (call < 0 || from.Placed.Contains(slot)) continue;
            var (state, result) = model.Apply(from.State, calls[call].Operation);
            if (!EqualityComparer<TResult>.Default.Equals(result, calls[call].Result)) continue;
            if (slot == ending) Count(placed.Add(new Configuration(state, from.Placed, from.UnknownPlaced, from, call)));
            else Count(explored.Add(new Configuration(state, from.Placed.With(slot), from.UnknownPlaced, from, call)));
        }
        for (var i = 0; i < _unknown.Count; i++)
        {
            var (call, older) = _unknown[i];
            if (from.UnknownPlaced.Contains(i) || (older >= 0 && !from.UnknownPlaced.Contains(older))) continue;
            var (state, _) = model.Apply(from.State, calls[call].Operation);
            Count(explored.Add(new Configuration(state, from.Placed, from.UnknownPlaced.With(i), from, call)));
        }
    }

    private void Count(bool isNew) => StatesExplored += isNew ? 1 : 0;

    private LinearizabilityViolation<TOperation, TResult> Explain(int ending, Frontier explored)
    {
        var order = new List<Call<TOperation, TResult>>();
        for (var step = _configurations[0]; step is { Call: >= 0 }; step = step.Before!) order.Add(calls[step.Call]);
        order.Reverse();

        var states = new List<TState>();
        foreach (var configuration in explored.Configurations)
        {
            if (!states.Contains(configuration.State)) states.Add(configuration.State);
        }
        var answers = states.ConvertAll(s => ($"{s}", $"{model.Apply(s, calls[ending].Operation).Result}"));
        return new(calls[ending], order, Excerpt.Of(calls, calls[ending], order, answers));
    }

    /// <param name="State">State of the object after the calls placed.</param>
    /// <param name="Placed">Slots of the calls placed that have not ended.</param>
    /// <param name="UnknownPlaced">Calls of unknown outcome that were placed.</param>
    /// <param name="Before">The configuration in which <paramref name="Call"/> was placed; null at the start.</param>
    /// <param name="Call">Placed last; -1 for none.</param>
    private sealed record Configuration(TState State, CallSet Placed, CallSet UnknownPlaced, Configuration? Before, int Call)
    {
        public Configuration Forget(int slot) => this with { Placed = Placed.Without(slot) };
    }

    /// <summary>Configurations none of which can do all that an earlier one can.</summary>
    private sealed class Frontier
    {
        private readonly Dictionary<(TState State, CallSet Placed), List<CallSet>> _seen = [];

        public List<Configuration> Configurations { get; } = [];

        public int Count => Configurations.Count;

        public Configuration this[int index] => Configurations[index];

        public bool Add(Configuration configuration)
        {
            if (!_seen.TryGetValue((configuration.State, configuration.Placed), out var unknown))
            {
                _seen.Add((configuration.State, configuration.Placed), unknown = []);
            }
            foreach (var fewer in unknown)
            {
                if (fewer.IsSubsetOf(configuration.UnknownPlaced)) return false;
            }
            unknown.Add(configuration.UnknownPlaced);
            Configurations.Add(configuration);
            return true;
        }
    }
}
