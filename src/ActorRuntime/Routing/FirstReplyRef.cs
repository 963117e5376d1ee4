using ActorRuntime.Actor;

namespace ActorRuntime.Routing;

/// <summary>Asks several routees for one sender: hands on the first answer, or a <see cref="Status.Failure"/> when none came in time. Later answers vanish.</summary>
internal abstract class FirstReplyRef(ActorSystemImpl system, IActorRef? asker, TimeSpan within) : FutureActorRef(system)
{
    private protected ActorSystemImpl System { get; } = system;

    private protected override bool LateAnswersAreDeadLetters => false;

    /// <summary>The system the routees live in; null when none of them tells.</summary>
    public static ActorSystemImpl? SystemOf(Routee[] routees, IActorRef? sender)
    {
        foreach (var routee in routees)
        {
            var reference = routee switch
            {
                ActorRefRoutee direct => direct.Actor,
                ActorSelectionRoutee selected => selected.Selection.Anchor,
                _ => null,
            };
            if (reference is IInternalActorRef known and not Nobody) return (ActorSystemImpl)known.Provider.System;
        }

        return sender is IInternalActorRef asking and not Nobody ? (ActorSystemImpl)asking.Provider.System : null;
    }

    public void Wait() => Start(within, this, CancellationToken.None);

    private protected override void Succeed(object? answer) => Answer(answer!);

    private protected override void Fail(Outcome outcome) => Answer(new Status.Failure(
        new AskTimeoutException($"No routee answered within {within.TotalSeconds} s; whether one handled the message is unknown")));

    // A null cannot be sent on; it says as little as silence.
    private void Answer(object? answer)
    {
        Ended();
        (asker ?? System.DeadLetters).Tell(answer ?? new Status.Failure(new InvalidMessageException("A routee answered null")), ActorRefs.NoSender);
    }

    private protected virtual void Ended()
    {
    }
}
