using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>Answers what comes to a test actor, on the actor's own turn; the test sees the messages all the same.</summary>
public abstract class AutoPilot
{
    /// <summary>Reacts to a message.</summary>
    /// <param name="sender">Its sender; dead letters when it had none.</param>
    /// <param name="message">The message.</param>
    /// <returns>The pilot for the next message: itself or <see cref="KeepRunning"/> to stay, <see cref="NoAutoPilot"/> to end, or another.</returns>
    public abstract AutoPilot Run(IActorRef sender, object message);
}

/// <summary>The pilot that ran stays.</summary>
public sealed class KeepRunning : AutoPilot
{
    private KeepRunning()
    {
    }

    /// <summary>The only instance.</summary>
    public static KeepRunning Instance { get; } = new();

    /// <summary>Only a result; it never flies itself.</summary>
    public override AutoPilot Run(IActorRef sender, object message) =>
        throw new InvalidOperationException("KeepRunning is an answer of a running pilot, not a pilot; begin with another");
}

/// <summary>Does nothing: how every test actor begins.</summary>
public sealed class NoAutoPilot : AutoPilot
{
    private NoAutoPilot()
    {
    }

    /// <summary>The only instance.</summary>
    public static NoAutoPilot Instance { get; } = new();

    /// <inheritdoc/>
    public override AutoPilot Run(IActorRef sender, object message) => this;
}

/// <summary>A pilot by function of sender and message.</summary>
public sealed class DelegateAutoPilot(Func<IActorRef, object, AutoPilot> run) : AutoPilot
{
    /// <inheritdoc/>
    public override AutoPilot Run(IActorRef sender, object message) => run(sender, message);
}
