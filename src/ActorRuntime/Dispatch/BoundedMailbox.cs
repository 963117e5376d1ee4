using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Dispatch;

/// <summary>First in, first out, with a limit; see <see cref="OrderedMailbox"/> for what happens at the limit.</summary>
public class BoundedMailbox : OrderedMailbox, IBoundedDequeBasedMessageQueueSemantics
{
    private readonly Queue<Envelope> _queue = [];

    /// <summary>With <c>mailbox-capacity</c> and <c>mailbox-push-timeout-time</c> of <paramref name="config"/>.</summary>
    public BoundedMailbox(Settings settings, Config config)
        : base(config)
    {
    }

    private protected sealed override void Store(in Envelope envelope, int rank) => _queue.Enqueue(envelope);

    private protected sealed override Envelope Take() => _queue.Dequeue();
}

/// <summary>As <see cref="BoundedMailbox"/>, which has a front to put messages back to, too; for configurations that name it.</summary>
public sealed class BoundedDequeBasedMailbox(Settings settings, Config config) : BoundedMailbox(settings, config);
