namespace ActorRuntime.Actor;

/// <summary>Sets messages aside for later.</summary>
public interface IStash
{
    /// <summary>Messages set aside.</summary>
    int Count { get; }

    /// <summary>True when nothing is set aside.</summary>
    bool IsEmpty { get; }

    /// <summary>True when something is set aside.</summary>
    bool NonEmpty { get; }

    /// <summary>True when the next <see cref="Stash"/> would throw.</summary>
    bool IsFull { get; }

    /// <summary>Most messages it takes; negative when unbounded.</summary>
    int Capacity { get; }

    /// <summary>Sets the current message aside.</summary>
    /// <exception cref="StashOverflowException">It is full.</exception>
    /// <exception cref="IllegalActorStateException">The current message is set aside already, or there is none.</exception>
    void Stash();

    /// <summary>Puts the oldest message back, before all that is queued.</summary>
    void Unstash();

    /// <summary>Puts all messages back in their order, before all that is queued.</summary>
    void UnstashAll();

    /// <summary>Puts those back that match, and drops the others.</summary>
    void UnstashAll(Func<Envelope, bool> predicate);

    /// <summary>Empties the stash and hands over what was in it.</summary>
    IEnumerable<Envelope> ClearStash();

    /// <summary>Adds messages before those set aside; the bound does not apply.</summary>
    void Prepend(IEnumerable<Envelope> envelopes);
}

/// <summary>Base of the interfaces that ask for a stash.</summary>
public interface IActorStash
{
    /// <summary>Set by the runtime after the constructor and before <see cref="ActorBase.PreStart"/>.</summary>
    IStash Stash { get; set; }
}

/// <summary>Asks for a stash bounded by <see cref="Props.WithStashCapacity"/> or <c>actor-runtime.actor.stash-capacity</c>.</summary>
public interface IWithStash : IActorStash;

/// <summary>Asks for a stash without bound.</summary>
public interface IWithUnboundedStash : IActorStash;

/// <summary>The same as <see cref="IWithStash"/>, by the name it had once.</summary>
public interface IWithBoundedStash : IWithStash;
