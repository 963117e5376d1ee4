using ActorRuntime.Actor;

namespace ActorRuntime.Dispatch;

/// <summary>The default: first in, first out, without a limit.</summary>
/// <remarks>Linked queue of Vyukov: producers swap the tail, the consumer follows the links. <c>_head</c> is the node consumed last.</remarks>
public sealed class UnboundedMailbox : Mailbox
{
    private const int SpinsMax = 20;

    private Node _head;
    private Node _tail;
    private Node? _first;

    /// <summary>Creates an empty mailbox.</summary>
    public UnboundedMailbox() => _head = _tail = new Node();

    /// <inheritdoc/>
    public override bool HasMessages => _first is not null || !ReferenceEquals(_head, Volatile.Read(ref _tail));

    /// <inheritdoc/>
    public override int NumberOfMessages
    {
        get
        {
            var count = 0;
            for (var node = _first; node is not null; node = node.Next) count++;
            for (var node = Volatile.Read(ref _head.Next); node is not null; node = Volatile.Read(ref node.Next)) count++;
            return count;
        }
    }

    internal override void EnqueueFirst(object message, IActorRef? sender) => _first = new Node { Message = message, Sender = sender, Next = _first };

    /// <inheritdoc/>
    protected internal override void Enqueue(object message, IActorRef? sender)
    {
        var node = new Node { Message = message, Sender = sender };
        var previous = Interlocked.Exchange(ref _tail, node);
        Volatile.Write(ref previous.Next, node);
    }

    /// <inheritdoc/>
    protected internal override bool TryDequeue(out Envelope envelope)
    {
        if (_first is { } first)
        {
            _first = first.Next;
            envelope = new Envelope(first.Message!, first.Sender);
            return true;
        }

        var next = Volatile.Read(ref _head.Next);
        if (next is null && (next = AwaitLink()) is null)
        {
            envelope = default;
            return false;
        }

        _head = next;
        envelope = new Envelope(next.Message!, next.Sender);
        next.Message = null;
        next.Sender = null;
        return true;
    }

    // A producer swapped the tail and has not linked its node yet: wait a moment, else come back in the next run.
    private Node? AwaitLink()
    {
        if (ReferenceEquals(_head, Volatile.Read(ref _tail))) return null;
        var spinner = new SpinWait();
        for (var spins = 0; spins < SpinsMax; spins++)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
            if (Volatile.Read(ref _head.Next) is { } next) return next;
        }

        return null;
    }

    private sealed class Node
    {
        public object? Message;
        public IActorRef? Sender;
        public Node? Next;
    }
}
