namespace ActorRuntime.Actor;

/// <summary>References that belong to no system.</summary>
public static class ActorRefs
{
    /// <summary>Says "no sender"; a receiver sees its system's dead letters instead.</summary>
    public static readonly IActorRef? NoSender;

    /// <summary>Names nobody; messages to it vanish.</summary>
    public static readonly Nobody Nobody = Nobody.Instance;
}

/// <summary>The reference that names nobody. One instance per process.</summary>
public sealed class Nobody : MinimalActorRef
{
    private Nobody()
    {
    }

    /// <summary>The only instance.</summary>
    public static Nobody Instance { get; } = new();

    /// <inheritdoc/>
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems, "/Nobody");

    /// <inheritdoc/>
    public override IInternalActorRef Parent => this;

    /// <summary>Nobody belongs to no provider.</summary>
    public override IActorRefProvider Provider => throw new NotSupportedException("Nobody belongs to no actor system");
}

/// <summary>Helpers on references.</summary>
public static class ActorRefExtensions
{
    /// <summary>True for null and <see cref="ActorRefs.Nobody"/>.</summary>
    public static bool IsNobody(this IActorRef? actorRef) => actorRef is null or Nobody;
}

/// <summary>Sending with the current actor as sender.</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>Sender of what is sent outside of actors; set by the test kit only. It follows the flow of a test through its awaits.</summary>
    internal static readonly AsyncLocal<IActorRef?> OutsideSender = new();

    /// <summary>Sends with the running actor as sender; outside of actors nobody is, but in tests the test actor. What a standby sends to
    /// others is dropped.</summary>
    public static void Tell(this IActorRef receiver, object message)
    {
        var cell = ActorCell.Current;
        if (cell is null) receiver.Tell(message, OutsideSender.Value);
        else if (!cell.IsStandby || ReferenceEquals(receiver, cell.Self)) receiver.Tell(message, cell.Self);
        else cell.SystemImpl.OnStandbySend();
    }

    /// <summary>Sends on with the original sender. Only inside a handler.</summary>
    public static void Forward(this IActorRef receiver, object message) => receiver.Tell(message, ActorBase.Context.Sender);
}
