using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Dispatch;

/// <summary>Base of the mailboxes that hand over <see cref="IControlMessage"/> before all others; each kind in the order of arrival.</summary>
public abstract class ControlAwareMailbox : OrderedMailbox
{
    private const int Control = 0;
    private const int Ordinary = 1;

    private readonly Queue<Envelope> _control = [];
    private readonly Queue<Envelope> _ordinary = [];

    private protected ControlAwareMailbox()
    {
    }

    private protected ControlAwareMailbox(Config config)
        : base(config)
    {
    }

    private protected sealed override int RankOf(object message) => message is IControlMessage ? Control : Ordinary;

    private protected sealed override void Store(in Envelope envelope, int rank) => (rank == Control ? _control : _ordinary).Enqueue(envelope);

    private protected sealed override Envelope Take() => _control.TryDequeue(out var control) ? control : _ordinary.Dequeue();
}

/// <summary>Control messages first, without a limit.</summary>
public sealed class UnboundedControlAwareMailbox : ControlAwareMailbox, IUnboundedControlAwareMessageQueueSemantics, IUnboundedDequeBasedMessageQueueSemantics;

/// <summary>Control messages first, with one limit for both kinds.</summary>
public sealed class BoundedControlAwareMailbox : ControlAwareMailbox, IBoundedControlAwareMessageQueueSemantics, IBoundedDequeBasedMessageQueueSemantics
{
    /// <summary>With <c>mailbox-capacity</c> and <c>mailbox-push-timeout-time</c> of <paramref name="config"/>.</summary>
    public BoundedControlAwareMailbox(Settings settings, Config config)
        : base(config)
    {
    }
}
