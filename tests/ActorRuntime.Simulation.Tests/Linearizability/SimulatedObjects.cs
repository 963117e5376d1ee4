using ActorRuntime.Simulation.Linearizability;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Tests.Linearizability;

/// <summary>Objects that do one thing at a time, behind links that delay: every history of their clients is linearizable.</summary>
internal sealed class SimulatedObjects<TState, TOperation, TResult>(
    ISequentialModel<TState, TOperation, TResult> model, Func<Prng, TOperation> draw, Prng random)
{
    private readonly Dictionary<string, TState> _states = [];
    private readonly PriorityQueue<Action, (MonotonicTime At, int Number)> _due = new();
    private MonotonicTime _now;
    private int _scheduled;

    /// <summary>Answers are changed to that of a draw on this state, in this share of calls; 0 for honest objects.</summary>
    public int WrongPercent { get; init; }

    /// <summary>Calls that the client gives up, of 100; half of them take effect, some after that.</summary>
    public int UnknownPercent { get; init; }

    /// <summary>Calls that are refused, of 100.</summary>
    public int FailedPercent { get; init; }

    /// <summary>Lets each of <paramref name="clients"/> make its calls one after another, on keys drawn at random.</summary>
    public History<TOperation, TResult> Run(int clients, int calls, int keys)
    {
        var history = new History<TOperation, TResult>();
        var left = calls;
        for (var client = 0; client < clients; client++) Next(client);
        while (_due.TryDequeue(out var action, out var due))
        {
            _now = due.At;
            action();
        }
        return history;

        void Next(int client) => After(Delay(), () => Ask(client));

        void Ask(int client)
        {
            if (left-- <= 0) return;
            var (key, operation) = ($"key-{random.Next() % (ulong)keys}", draw(random));
            var call = history.Invoke(client, key, operation, _now);
            if (random.Chance(FailedPercent))
            {
                After(Delay(), () => history.Fail(call, _now));
                Next(client);
                return;
            }
            var isUnknown = random.Chance(UnknownPercent);
            if (!isUnknown || random.Chance(50)) After(Delay() * (isUnknown ? 5 : 1), () => Serve(client, call, isUnknown ? default : Delay()));
            if (isUnknown) After(Delay(), () => GiveUp(client, call));
        }

        void Serve(int client, int call, TimeSpan answersAfter)
        {
            var (key, operation) = (history.Calls[call].Key, history.Calls[call].Operation);
            var before = _states.GetValueOrDefault(key, model.Initial);
            var (after, result) = model.Apply(before, operation);
            _states[key] = after;
            if (random.Chance(WrongPercent)) result = model.Apply(model.Apply(before, draw(random)).State, operation).Result;
            if (answersAfter > TimeSpan.Zero) After(answersAfter, () => Answer(client, call, result));
        }

        void Answer(int client, int call, TResult result)
        {
            history.Complete(call, result, _now);
            Next(client);
        }

        void GiveUp(int client, int call)
        {
            history.GiveUp(call, _now);
            Next(client);
        }
    }

    private TimeSpan Delay() => TimeSpan.FromTicks(1) + random.Below(TimeSpan.FromMilliseconds(10));

    private void After(TimeSpan delay, Action action) => _due.Enqueue(action, (_now + delay, _scheduled++));
}
