namespace ActorRuntime.Actor;

/// <summary>The stash of one cell; survives restarts empty, because a restart puts everything back.</summary>
internal sealed class Stash(ActorCell cell, int capacity) : IStash
{
    private const int Unbounded = -1;

    private List<Envelope> _stashed = [];

    public int Count => _stashed.Count;

    public bool IsEmpty => _stashed.Count == 0;

    public bool NonEmpty => !IsEmpty;

    public bool IsFull => Capacity >= 0 && _stashed.Count >= Capacity;

    public int Capacity { get; } = capacity;

    public static Stash For(ActorCell cell, bool unbounded) =>
        new(cell, unbounded ? Unbounded : cell.Props.StashCapacity ?? cell.SystemImpl.Settings.Options.StashCapacity);

    void IStash.Stash()
    {
        var message = cell.CurrentMessage ?? throw new IllegalActorStateException($"{cell.Self} has no current message to stash");
        if (_stashed.Count > 0 && ReferenceEquals(_stashed[^1].Message, message) && ReferenceEquals(_stashed[^1].Sender, cell.SenderOrNull))
        {
            throw new IllegalActorStateException($"{cell.Self} cannot stash the same message more than once: {message}");
        }

        if (IsFull)
        {
            throw new StashOverflowException(
                $"{cell.Self} has stashed {Capacity} messages, its limit; raise it by Props.WithStashCapacity or actor-runtime.actor.stash-capacity");
        }

        _stashed.Add(new Envelope(message, cell.SenderOrNull));
    }

    public void Unstash()
    {
        if (IsEmpty) return;
        var oldest = _stashed[0];
        _stashed.RemoveAt(0);
        cell.Mailbox.EnqueueFirst(oldest.Message, oldest.Sender);
    }

    public void UnstashAll()
    {
        for (var i = _stashed.Count - 1; i >= 0; i--) cell.Mailbox.EnqueueFirst(_stashed[i].Message, _stashed[i].Sender);
        _stashed.Clear();
    }

    public void UnstashAll(Func<Envelope, bool> predicate)
    {
        _stashed.RemoveAll(envelope => !predicate(envelope));
        UnstashAll();
    }

    public IEnumerable<Envelope> ClearStash()
    {
        var all = _stashed;
        _stashed = [];
        return all;
    }

    public void Prepend(IEnumerable<Envelope> envelopes) => _stashed.InsertRange(0, envelopes);
}
