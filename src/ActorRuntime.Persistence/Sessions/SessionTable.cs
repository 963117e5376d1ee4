namespace ActorRuntime.Persistence.Sessions;

/// <summary>The sessions of one actor: which requests were executed, what was answered, what each client has in progress. Sans-IO; only events change
/// it.</summary>
/// <remarks>
/// A session is kept for its time to live after its last request at least: when there is no room, a new client is refused rather than
/// an old one forgotten, since what is forgotten would be executed again.
/// </remarks>
internal sealed class SessionTable
{
    private readonly Dictionary<string, LinkedListNode<Entry>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byUse = []; // Used longest ago first.

    public int Count => _byId.Count;

    /// <summary>What a client has in progress.</summary>
    public object? ContextOf(string session) => _byId.TryGetValue(session, out var node) ? node.Value.Context : null;

    /// <summary>What to do with a request.</summary>
    /// <returns>A <see cref="SessionReply"/> or <see cref="SessionRefused"/> to send; null: execute it.</returns>
    public object? Answer(SessionRequest request, long nowMs, SessionOptions options)
    {
        if (!_byId.TryGetValue(request.Session, out var node))
        {
            var isFull = Count >= options.Max && !IsOver(_byUse.First!.Value, nowMs, (long)options.TimeToLive.TotalMilliseconds);
            return isFull ? new SessionRefused(request.Session, request.Number, SessionRefusal.Full) : null;
        }
        if (node.Value.Replies.TryGetValue(request.Number, out var reply)) return new SessionReply(request.Session, request.Number, reply);
        return request.Number <= node.Value.Forgotten ? new SessionRefused(request.Session, request.Number, SessionRefusal.Forgotten) : null;
    }

    public void Apply(SessionAnswered answered)
    {
        if (!_byId.TryGetValue(answered.Session, out var node)) _byId.Add(answered.Session, node = new(new Entry(answered.Session)));
        else _byUse.Remove(node);
        _byUse.AddLast(node);
        var entry = node.Value;
        (entry.AtMs, entry.Context) = (answered.AtMs, answered.Context);
        entry.Replies[answered.Number] = answered.Reply;
        while (entry.Replies.Count > answered.RepliesMax)
        {
            entry.Forgotten = Math.Max(entry.Forgotten, entry.Replies.GetKeyAtIndex(0));
            entry.Replies.RemoveAt(0);
        }
        while (IsOver(_byUse.First!.Value, answered.AtMs, answered.TimeToLiveMs))
        {
            _byId.Remove(_byUse.First.Value.Id);
            _byUse.RemoveFirst();
        }
    }

    public StateWithSessions.Entry[] Save() =>
    [
        .. _byUse.Select(static entry => new StateWithSessions.Entry(entry.Id, entry.AtMs, entry.Forgotten,
            [.. entry.Replies.Select(static kept => new StateWithSessions.Answer(kept.Key, kept.Value))], entry.Context)),
    ];

    public static SessionTable Load(StateWithSessions.Entry[] saved)
    {
        var table = new SessionTable();
        foreach (var (id, at, forgotten, answers, context) in saved)
        {
            var entry = new Entry(id) { AtMs = at, Forgotten = forgotten, Context = context };
            foreach (var (number, reply) in answers) entry.Replies.Add(number, reply);
            table._byId.Add(id, table._byUse.AddLast(entry));
        }
        return table;
    }

    private static bool IsOver(Entry entry, long nowMs, long timeToLiveMs) => entry.AtMs + timeToLiveMs < nowMs;

    private sealed class Entry(string id)
    {
        public string Id { get; } = id;

        public long AtMs { get; set; }

        /// <summary>The highest request whose reply is gone.</summary>
        public long Forgotten { get; set; }

        public SortedList<long, object> Replies { get; } = [];

        public object? Context { get; set; }
    }
}
