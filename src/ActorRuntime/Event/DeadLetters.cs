using ActorRuntime.Actor;

namespace ActorRuntime.Event;

/// <summary>Messages that are of no interest when they cannot be delivered: published as <see cref="SuppressedDeadLetter"/>, not logged.</summary>
public interface IDeadLetterSuppression;

/// <summary>A message that reached nobody, whatever kind.</summary>
/// <param name="message">The message.</param>
/// <param name="sender">Its sender; dead letters when it had none.</param>
/// <param name="recipient">Whom it was meant for.</param>
public abstract class AllDeadLetters(object message, IActorRef sender, IActorRef recipient)
{
    /// <summary>The message.</summary>
    public object Message { get; } = message;

    /// <summary>Its sender; dead letters when it had none.</summary>
    public IActorRef Sender { get; } = sender;

    /// <summary>Whom it was meant for.</summary>
    public IActorRef Recipient { get; } = recipient;

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} from {Sender} to {Recipient}: <{Message}>";
}

/// <summary>A message that reached nobody.</summary>
public sealed class DeadLetter(object message, IActorRef sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

/// <summary>A message that reached nobody and was expected to.</summary>
public sealed class SuppressedDeadLetter(object message, IActorRef sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

/// <summary>A message that was dropped on purpose, at a limit for example.</summary>
/// <param name="message">The message.</param>
/// <param name="reason">Why, with the name of the limit.</param>
/// <param name="sender">Its sender.</param>
/// <param name="recipient">Whom it was meant for.</param>
public sealed class Dropped(object message, string reason, IActorRef sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient)
{
    /// <summary>Without sender.</summary>
    public Dropped(object message, string reason, IActorRef recipient)
        : this(message, reason, ActorRefs.Nobody, recipient)
    {
    }

    /// <summary>Why, with the name of the limit.</summary>
    public string Reason { get; } = reason;
}

/// <summary>A message that its receiver did not take.</summary>
/// <param name="message">The message.</param>
/// <param name="sender">Its sender.</param>
/// <param name="recipient">Who did not take it.</param>
public sealed class UnhandledMessage(object message, IActorRef sender, IActorRef recipient)
{
    /// <summary>The message.</summary>
    public object Message { get; } = message;

    /// <summary>Its sender.</summary>
    public IActorRef Sender { get; } = sender;

    /// <summary>Who did not take it.</summary>
    public IActorRef Recipient { get; } = recipient;
}

/// <summary>Publishes what it is told as dead letters.</summary>
internal sealed class DeadLetterActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream) : MinimalActorRef
{
    public override ActorPath Path { get; } = path;

    public override IActorRefProvider Provider { get; } = provider;

    /// <summary>A message could not be delivered to <paramref name="recipient"/>; questions who is there are answered "nobody".</summary>
    public void Publish(object message, IActorRef? sender, IActorRef recipient)
    {
        var inner = message is ActorSelectionMessage selection ? selection.Message : message;
        switch (inner)
        {
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, null), this);
                break;
            case AllDeadLetters already:
                eventStream.Publish(already);
                break;
            case IDeadLetterSuppression:
                eventStream.Publish(new SuppressedDeadLetter(inner, sender ?? this, recipient));
                break;
            default:
                eventStream.Publish(new DeadLetter(inner, sender ?? this, recipient));
                break;
        }
    }

    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (message is null) throw new InvalidMessageException("The message to dead letters is null");
        Publish(message, sender, this);
    }
}

/// <summary>Counts dead letters and logs the first ones.</summary>
/// <remarks>After <see cref="ActorOptions.LogDeadLetters"/> lines it is silent for <see cref="ActorOptions.LogDeadLettersSuspend"/> and then starts over.</remarks>
internal sealed class DeadLetterListener(ActorSystemImpl system, ActorOptions options) : MinimalActorRef
{
    private readonly Lock _lock = new();
    private long _windowStart;
    private int _logged;

    public override ActorPath Path { get; } = system.Provider.RootPath / "system" / "deadLetterListener";

    public override IActorRefProvider Provider => system.Provider;

    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (message is not AllDeadLetters letter || options.LogDeadLetters == 0) return;
        if (system.IsTerminating && !options.LogDeadLettersDuringShutdown) return;
        bool isLast;
        lock (_lock)
        {
            var now = system.Environment.Time.GetTimestamp();
            if (_logged >= options.LogDeadLetters)
            {
                if (system.Environment.Time.GetElapsedTime(_windowStart, now) < options.LogDeadLettersSuspend) return;
                _logged = 0;
            }

            isLast = ++_logged == options.LogDeadLetters;
            _windowStart = now;
        }

        var reason = letter is Dropped dropped ? dropped.Reason : "not delivered";
        system.LogDeadLetter(letter.Message.GetType(), letter.Sender.Path, letter.Recipient.Path, reason, isLast);
    }
}

/// <summary>Logs messages nobody took.</summary>
internal sealed class UnhandledMessageListener(ActorSystemImpl system) : MinimalActorRef
{
    public override ActorPath Path { get; } = system.Provider.RootPath / "system" / "unhandledMessageListener";

    public override IActorRefProvider Provider => system.Provider;

    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (message is UnhandledMessage unhandled) system.LogUnhandled(unhandled);
    }
}
