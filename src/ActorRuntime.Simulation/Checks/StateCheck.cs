using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Simulation.Checks;

/// <summary>I8: the state a unit begins to serve with, followed or replayed, is the one it had after that event where it was handled first.</summary>
internal sealed class StateCheck(SimulatedCluster cluster)
{
    private const int KeptMax = 1_000; // Recoveries look at the newest events.

    private readonly Dictionary<string, SortedList<long, long>> _states = []; // Looked up only.
    private readonly Dictionary<string, long> _rolledBack = []; // Looked up only.

    /// <summary>States compared.</summary>
    public long Compared { get; private set; }

    /// <summary>An event was handled by the unit that asked for it.</summary>
    public void OnHandled(string persistenceId, long sequenceNr, long state)
    {
        if (!_states.TryGetValue(persistenceId, out var states)) _states.Add(persistenceId, states = []);
        states[sequenceNr] = state;
        if (states.Count > KeptMax) states.RemoveAt(0);
    }

    /// <summary>A unit of which events were lost, as an operator has accepted, is about to serve for the first time since: with this state.</summary>
    public event Action<string, long>? RecoveredAfterLoss;

    /// <summary>Events above a number are lost, as an operator has accepted: these, and no others.</summary>
    public void OnRolledBack(string persistenceId, long highest)
    {
        _rolledBack[persistenceId] = highest;
        if (!_states.TryGetValue(persistenceId, out var states)) return;
        while (states.Count > 0 && states.GetKeyAtIndex(states.Count - 1) > highest) states.RemoveAt(states.Count - 1);
    }

    /// <summary>Events that the shard goes on with, although they were never committed before: they were in the copy that it goes on from.</summary>
    public void OnAppended(IReadOnlyList<JournalEvent> events)
    {
        foreach (var stored in events)
            if (_rolledBack.ContainsKey(stored.PersistenceId)) _rolledBack[stored.PersistenceId] = stored.SequenceNr;
    }

    /// <summary>A unit has all events up to this one, and is about to serve.</summary>
    public void OnRecovered(string node, string persistenceId, long sequenceNr, long state)
    {
        if (_rolledBack.Remove(persistenceId, out var highest))
        {
            if (sequenceNr != highest) cluster.Fail("what is lost is what was reported", $"{persistenceId} serves on {node} from event {sequenceNr} on; lost are those above {highest}");
            RecoveredAfterLoss?.Invoke(persistenceId, state);
        }
        if (!_states.TryGetValue(persistenceId, out var states)) return;
        if (states.TryGetValue(sequenceNr, out var handled))
        {
            Compared++;
            if (handled != state) cluster.Fail("I8 the state is that of its events", $"{persistenceId} serves on {node} with {state} after event {sequenceNr}; the state was {handled}");
        }
        else if (states.Count > 0 && sequenceNr < states.GetKeyAtIndex(states.Count - 1))
        {
            cluster.Fail("I2 no acknowledged event is lost", $"{persistenceId} serves on {node} from event {sequenceNr} on, event {states.GetKeyAtIndex(states.Count - 1)} was handled before");
        }
    }
}
