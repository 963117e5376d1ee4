using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Dispatch;

/// <summary>Base of the mailboxes that hand over the most urgent message first: derive from one of its four subclasses and name yours in the configuration.</summary>
/// <remarks>
/// <code>
/// sealed class Triage(Settings settings, Config config) : UnboundedStablePriorityMailbox(settings, config)
/// {
///     protected override int PriorityGenerator(object message) => message is Alarm ? 0 : 1;
/// }
///
/// triage-mailbox { mailbox-type = "Clinic.Triage, Clinic" }
/// </code>
/// A binary heap. Equal priorities keep their order of arrival, which only the stable ones promise. Messages put back by a stash come before all others.
/// </remarks>
public abstract class PriorityMailbox : OrderedMailbox
{
    private readonly PriorityQueue<Envelope, Rank> _heap = new();
    private long _arrivals;

    private protected PriorityMailbox()
    {
    }

    private protected PriorityMailbox(Config config)
        : base(config)
    {
    }

    /// <summary>How urgent a message is: the smallest number comes first.</summary>
    /// <remarks>Runs on the sender's thread, many at once, when the message is told; what it throws, <c>Tell</c> throws. Depend on the message alone.</remarks>
    protected abstract int PriorityGenerator(object message);

    private protected sealed override int RankOf(object message) => PriorityGenerator(message);

    private protected sealed override void Store(in Envelope envelope, int rank) => _heap.Enqueue(envelope, new Rank(rank, _arrivals++));

    private protected sealed override Envelope Take() => _heap.Dequeue();

    private readonly record struct Rank(int Priority, long Arrival) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Priority != other.Priority ? Priority.CompareTo(other.Priority) : Arrival.CompareTo(other.Arrival);
    }
}

/// <summary>The most urgent message first, without a limit.</summary>
/// <param name="settings">Settings of the system.</param>
/// <param name="config">The mailbox's section.</param>
public abstract class UnboundedPriorityMailbox(Settings settings, Config config) : PriorityMailbox, IUnboundedDequeBasedMessageQueueSemantics
{
    /// <summary>Settings of the system.</summary>
    protected Settings Settings { get; } = settings;

    /// <summary>The mailbox's section of the configuration.</summary>
    protected Config Config { get; } = config;
}

/// <summary>The most urgent message first, equals in the order of their arrival, without a limit.</summary>
/// <param name="settings">Settings of the system.</param>
/// <param name="config">The mailbox's section.</param>
public abstract class UnboundedStablePriorityMailbox(Settings settings, Config config) : UnboundedPriorityMailbox(settings, config);

/// <summary>The most urgent message first, with a limit.</summary>
/// <param name="settings">Settings of the system.</param>
/// <param name="config">The mailbox's section.</param>
public abstract class BoundedPriorityMailbox(Settings settings, Config config) : PriorityMailbox(config), IBoundedDequeBasedMessageQueueSemantics
{
    /// <summary>Settings of the system.</summary>
    protected Settings Settings { get; } = settings;

    /// <summary>The mailbox's section of the configuration.</summary>
    protected Config Config { get; } = config;
}

/// <summary>The most urgent message first, equals in the order of their arrival, with a limit.</summary>
/// <param name="settings">Settings of the system.</param>
/// <param name="config">The mailbox's section.</param>
public abstract class BoundedStablePriorityMailbox(Settings settings, Config config) : BoundedPriorityMailbox(settings, config);
