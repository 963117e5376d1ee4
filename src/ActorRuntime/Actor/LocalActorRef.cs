using ActorRuntime.Dispatch;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>Reference to an actor of this system.</summary>
public class LocalActorRef : InternalActorRefBase
{
    private readonly Mailbox _mailbox;

    internal LocalActorRef(ActorSystemImpl system, Props props, MessageDispatcher dispatcher, Mailbox mailbox, IInternalActorRef parent, ActorPath path)
    {
        (Path, _mailbox) = (path, mailbox);
        Cell = new ActorCell(system, this, props, dispatcher, mailbox, parent);
    }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <summary>The runtime's side of the actor.</summary>
    public ActorCell Cell { get; }

    /// <inheritdoc/>
    public override IInternalActorRef Parent => Cell.InternalParent;

    /// <inheritdoc/>
    public override IActorRefProvider Provider => Cell.SystemImpl.Provider;

    /// <inheritdoc/>
    public override bool IsLocal => true;

    /// <inheritdoc/>
    public override bool IsTerminated => _mailbox.IsClosed;

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> names)
    {
        IInternalActorRef at = this;
        for (var i = 0; i < names.Count; i++)
        {
            switch (names[i])
            {
                case "":
                    continue;
                case "..":
                    at = at.Parent;
                    break;
                default:
                    if (at is not LocalActorRef local) return at.GetChild([.. names.Skip(i)]);
                    var child = local.Cell.GetSingleChild(names[i]) ?? local.Cell.SystemImpl.RootChild(local, names[i]);
                    if (child is null) return ActorRefs.Nobody;
                    at = child;
                    break;
            }
        }

        return at;
    }

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message) => _mailbox.PostSystem((SystemMessage)message);

    internal virtual void Start() => _mailbox.PostSystem(new Create());

    /// <inheritdoc/>
    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (message is null) throw new InvalidMessageException($"The message to {this} is null");
        _mailbox.Post(message, sender);
    }
}
