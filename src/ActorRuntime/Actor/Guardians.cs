namespace ActorRuntime.Actor;

/// <summary>Top of the tree. Ends the user's actors first, then the system's, then itself.</summary>
internal sealed class RootGuardianActor : UntypedActor
{
    private readonly List<IActorRef> _ended = [];

    /// <summary>Ends the system.</summary>
    internal sealed class StopAll
    {
        public static readonly StopAll Instance = new();
    }

    protected override void PreStart()
    {
        foreach (var guardian in Context.GetChildren()) Context.Watch(guardian);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StopAll:
                if (_ended.Count == 0) Context.Stop(Context.Child("user"));
                break;
            case Terminated terminated:
                _ended.Add(terminated.ActorRef);
                if (_ended.Count == 2) Context.Stop(Self);
                else Context.Stop(Context.Child(terminated.ActorRef.Path.Name == "user" ? "system" : "user"));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A guardian that fails takes its system down: whatever escalated that far cannot be trusted any more.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);
}

/// <summary>Parent of top-level actors.</summary>
internal sealed class GuardianActor : UntypedActor
{
    protected override void OnReceive(object message)
    {
        // Nobody ended whom it watches; a message to a guardian is a mistake of the sender.
        if (message is not Terminated) Unhandled(message);
    }

    protected override SupervisorStrategy SupervisorStrategy() => ((ActorSystemImpl)Context.System).GuardianStrategy;
}
