using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>What a receiver asks of its shell.</summary>
/// <param name="Persist">When not null: commit it, call <see cref="FlowReceiver.Apply"/>, and only then send the reply.</param>
/// <param name="Reply">To the sender unit.</param>
public readonly record struct FlowReceiverStep(FlowEvent? Persist, FlowMessage Reply);

/// <summary>The receiving end of one flow: decides what is applied, what is acknowledged, what is refused.</summary>
/// <remarks>
/// Sans-IO. Model: messages of any number of senders, living or zombies, arrive late, twice, in any order or never; the receiver crashes
/// at any moment and restarts from its committed events; its own second self is stopped by the fence of the journal.
/// Invariants: applied sequences have neither gap nor duplicate (I5); no item of a fence is applied after a higher one was opened (I3);
/// what is acknowledged is durable.
/// At most one event is under way: no message may be handled between a step with an event and its <see cref="Apply"/>.
/// </remarks>
public class FlowReceiver(string flow, FlowSettings settings, FlowReceiverState state)
{
    private const int RefusalKindsMax = 16;

    private readonly List<FlowEvent.ItemsRefused> _refusals = [];
    private MonotonicTime _refusedSince;
    private FlowEvent? _underWay;

    public FlowReceiverState State { get; private set; } = state;

    /// <summary>What the newest view says; refuses more, never less, than the fence does.</summary>
    public FlowRights Rights { get; set; } = FlowRights.Unknown;

    /// <summary>When to call <see cref="OnTime"/>; null while no refusal waits to be persisted.</summary>
    public MonotonicTime? Deadline => _refusals.Count == 0 ? null : _refusedSince + settings.RefusalsEvery;

    /// <summary>Takes in a message of a sender.</summary>
    /// <param name="atMs">Wall clock, milliseconds since 1970.</param>
    public FlowReceiverStep OnMessage(FlowMessage message, MonotonicTime now, long atMs)
    {
        Invariant.Holds(_underWay is null);
        Invariant.Holds(message.Flow == flow);
        var step = message switch
        {
            FlowMessage.Open open => OnOpen(open, now, atMs),
            FlowMessage.Items items => OnItems(items, now, atMs),
            FlowMessage.End end => OnEnd(end, now, atMs),
            _ => Refuse(message, -1, 0, FlowRefusal.Malformed, now),
        };
        _underWay = step.Persist;
        return step;
    }

    /// <summary>Takes in the passing of time: refusals are persisted in batches, at most <see cref="RefusalKindsMax"/> events per
    /// interval.</summary>
    /// <returns>An event to commit and to apply, or null. Call again until null.</returns>
    public FlowEvent? OnTime(MonotonicTime now, long atMs)
    {
        Invariant.Holds(_underWay is null);
        if (Deadline is not { } deadline || now < deadline) return null;

        _underWay = _refusals[0] with { AtMs = atMs };
        _refusals.RemoveAt(0);
        return _underWay;
    }

    /// <summary>The event of the last step is committed, or comes from the journal in recovery.</summary>
    public virtual void Apply(FlowEvent fact)
    {
        Invariant.Holds(_underWay is null || ReferenceEquals(_underWay, fact));
        _underWay = null;
        State = State.Apply(fact);
    }

    private protected virtual FlowReceiverStep OnOpen(FlowMessage.Open open, MonotonicTime now, long atMs)
    {
        if (Rights.Refuse(open.Fence.Term, open.Sender) is { } why) return Refuse(open, open.Sender, 0, why, now);
        if (open.Fence < State.Fence) return Refuse(open, open.Sender, 0, FlowRefusal.Fenced, now);

        var answer = new FlowMessage.OpenAnswer(flow, open.Fence, State.Position, State.SourceOffset, State.IsCompleted);
        return State.IsCompleted || open.Fence == State.Fence
            ? new(null, answer)
            : new(new FlowEvent.FlowOpened(flow, atMs, open.Fence, open.Sender, State.Position), answer);
    }

    private FlowReceiverStep OnItems(FlowMessage.Items items, MonotonicTime now, long atMs)
    {
        var count = items.Batch.IsDefault ? 0 : items.Batch.Length;
        if (WhyNot(items, items.Sender) is { } why) return Refuse(items, items.Sender, count, why, now);
        if (!IsWellFormed(items)) return Refuse(items, items.Sender, count, FlowRefusal.Malformed, now);

        var known = (int)Math.Min(Math.Max(0, State.Position + 1 - items.FirstSequence), count);
        if (known == count) return new(null, Acknowledgement());
        if (State.IsCompleted) return Refuse(items, items.Sender, count, FlowRefusal.Completed, now);
        if (items.FirstSequence > State.Position + 1) return Refuse(items, items.Sender, count, FlowRefusal.Gap, now);

        var news = known == 0 ? items.Batch : items.Batch[known..];
        if (news[0].SourceOffset < State.SourceOffset) return Refuse(items, items.Sender, count, FlowRefusal.Malformed, now);
        var applied = new FlowEvent.ItemsApplied(flow, atMs, items.Fence, State.Position + 1, news);
        return new(applied, new FlowMessage.Acknowledged(flow, State.Fence, State.Position + news.Length, IsCompleted: false));
    }

    private FlowReceiverStep OnEnd(FlowMessage.End end, MonotonicTime now, long atMs)
    {
        if (WhyNot(end, end.Sender) is { } why) return Refuse(end, end.Sender, 0, why, now);
        if (end.Count > State.Position) return Refuse(end, end.Sender, 0, FlowRefusal.Gap, now);
        if (end.Count < State.Position) return Refuse(end, end.Sender, 0, FlowRefusal.Malformed, now);
        if (State.IsCompleted) return new(null, Acknowledgement());
        return new(
            new FlowEvent.FlowCompleted(flow, atMs, State.Fence, end.Count),
            new FlowMessage.Acknowledged(flow, State.Fence, State.Position, IsCompleted: true));
    }

    private protected virtual FlowRefusal? WhyNot(FlowMessage message, int sender)
    {
        if (Rights.Refuse(message.Fence.Term, sender) is { } why) return why;
        if (message.Fence < State.Fence) return FlowRefusal.Fenced;
        if (message.Fence > State.Fence) return FlowRefusal.OpenFirst;
        return sender == State.Sender ? null : FlowRefusal.Malformed;
    }

    private bool IsWellFormed(FlowMessage.Items items)
    {
        if (items.Batch.IsDefaultOrEmpty || items.Batch.Length > settings.BatchItems || items.FirstSequence < 1) return false;
        var offset = -1L;
        foreach (var item in items.Batch)
        {
            if (item.SourceOffset <= offset || item.Bytes.Length > settings.ItemBytesMax) return false;
            offset = item.SourceOffset;
        }
        return true;
    }

    private FlowMessage.Acknowledged Acknowledgement() => new(flow, State.Fence, State.Position, State.IsCompleted);

    private FlowReceiverStep Refuse(FlowMessage message, int sender, int items, FlowRefusal why, MonotonicTime now)
    {
        if (why != FlowRefusal.Gap) Count(message.Fence.Term, sender, why, items, now);
        return new(null, new FlowMessage.Refused(flow, message.Fence, why, State.Fence, State.Position + 1));
    }

    private void Count(long term, int sender, FlowRefusal why, int items, MonotonicTime now)
    {
        if (_refusals.Count == 0) _refusedSince = now;
        var index = _refusals.FindIndex(one => one.Term == term && one.Sender == sender && one.Why == why);
        if (index < 0 && _refusals.Count == RefusalKindsMax) index = RefusalKindsMax - 1;
        if (index < 0)
        {
            _refusals.Add(new FlowEvent.ItemsRefused(flow, 0, term, sender, why, 1, items));
            return;
        }
        var counted = _refusals[index];
        if (counted.Term != term || counted.Sender != sender || counted.Why != why) counted = counted with { Sender = -1 };
        _refusals[index] = counted with { Messages = counted.Messages + 1, Items = counted.Items + items };
    }
}
