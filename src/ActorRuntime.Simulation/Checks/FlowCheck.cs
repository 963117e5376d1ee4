using System.Buffers.Binary;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Simulation.Workloads;

namespace ActorRuntime.Simulation.Checks;

/// <summary>I5: what a receiver has stored of a flow has no gap and no duplicate; I3: nothing of a term that is not the one opened last.</summary>
internal sealed class FlowCheck(SimulatedCluster cluster)
{
    private const string Receivers = NumberReceiver.Type + "/";

    private readonly SortedDictionary<string, State> _flows = new(StringComparer.Ordinal);
    private Serialization.Serialization? _serialization;

    /// <summary>Items stored of a flow.</summary>
    public long PositionOf(string flow) => _flows.TryGetValue(flow, out var state) ? state.Position : 0;

    /// <summary>True once the receiver has stored the end of the flow.</summary>
    public bool IsCompleted(string flow) => _flows.TryGetValue(flow, out var state) && state.IsCompleted;

    /// <summary>Terms in which the flow was opened: takeovers, and the first.</summary>
    public int OpeningsOf(string flow) => _flows.TryGetValue(flow, out var state) ? state.Openings : 0;

    public void OnAppended(IReadOnlyList<JournalEvent> events)
    {
        foreach (var stored in events)
        {
            if (!stored.PersistenceId.StartsWith(Receivers, StringComparison.Ordinal)) continue;
            if (_serialization!.Deserialize(stored.Payload, stored.SerializerId, stored.Manifest) is FlowEvent fact) OnFact(fact);
        }
    }

    /// <summary>A node that knows how flow events are written has started.</summary>
    public void ReadWith(SimulatedNode node) => _serialization = ((ExtendedActorSystem)node.System).Serialization;

    private void OnFact(FlowEvent fact)
    {
        if (!_flows.TryGetValue(fact.Flow, out var state)) _flows.Add(fact.Flow, state = new State());
        switch (fact)
        {
            case FlowEvent.FlowOpened opened:
                if (opened.Fence.CompareTo(state.Fence) <= 0) Fail(fact, $"opened again under {opened.Fence} after {state.Fence}");
                if (opened.Position != state.Position) Fail(fact, $"opened at {opened.Position}, but {state.Position} items are stored");
                (state.Fence, state.Openings) = (opened.Fence, state.Openings + 1);
                break;
            case FlowEvent.ItemsApplied applied:
                if (applied.Fence != state.Fence) cluster.Fail("I3 no item of a fenced term", $"flow {fact.Flow}: items of {applied.Fence} are stored, opened is {state.Fence}");
                if (applied.FirstSequence != state.Position + 1) Fail(fact, $"item {applied.FirstSequence} is stored after {state.Position}");
                foreach (var item in applied.Batch)
                {
                    var number = BinaryPrimitives.ReadInt64LittleEndian(item.Bytes.Span);
                    if (number != state.Position || item.SourceOffset != state.Position) Fail(fact, $"number {number} of offset {item.SourceOffset} is stored where {state.Position} belongs");
                    state.Position++;
                }
                break;
            case FlowEvent.FlowCompleted completed:
                if (completed.Count != state.Position) Fail(fact, $"completed with {completed.Count} items, but {state.Position} are stored");
                state.IsCompleted = true;
                break;
        }
    }

    private void Fail(FlowEvent fact, string what) => cluster.Fail("I5 no gap, no duplicate", $"flow {fact.Flow}: {what}");

    private sealed class State
    {
        public FlowFence Fence { get; set; }

        public long Position { get; set; }

        public int Openings { get; set; }

        public bool IsCompleted { get; set; }
    }
}
