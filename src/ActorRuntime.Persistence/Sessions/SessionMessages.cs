using ActorRuntime.Serialization;

namespace ActorRuntime.Persistence;

/// <summary>A command that its client may send again until it is answered: a <see cref="StatePersistentActor{TState}"/> executes it once.</summary>
/// <remarks>The handler of <paramref name="Command"/> runs as without a session. What it stores with <c>Answer</c> is stored together with the answer, so
/// both outlive the actor, its process and its node, or neither does. The answer comes as <see cref="SessionReply"/>.</remarks>
/// <param name="Session">Chosen by the client, unique among the clients of the actor.</param>
/// <param name="Number">Of the request in its session, from 1, ascending in the order of the first sending.</param>
/// <param name="Command">What to execute.</param>
[WireType("session-request")]
public sealed record SessionRequest(string Session, long Number, object Command);

/// <summary>The answer to a <see cref="SessionRequest"/>; the same one as often as the request is sent within the session's time to live.</summary>
/// <param name="Session">Of the request.</param>
/// <param name="Number">Of the request.</param>
/// <param name="Reply">What the actor answered.</param>
[WireType("session-reply")]
public sealed record SessionReply(string Session, long Number, object Reply);

/// <summary>A <see cref="SessionRequest"/> was not executed.</summary>
/// <param name="Session">Of the request.</param>
/// <param name="Number">Of the request.</param>
/// <param name="Why">What stood against it.</param>
[WireType("session-refused")]
public sealed record SessionRefused(string Session, long Number, SessionRefusal Why);

/// <summary>Why a request was not executed.</summary>
public enum SessionRefusal
{
    /// <summary>The actor has as many sessions as <c>sessions.max</c> allows, each used within its time to live. Try again later.</summary>
    Full,

    /// <summary>The request is older than the replies that are kept (<c>sessions.replies-max</c>): it may have been executed, its answer is gone.</summary>
    Forgotten,
}

/// <summary>The session of the command being handled.</summary>
/// <param name="Id">Of the session.</param>
/// <param name="Number">Of the request.</param>
/// <param name="Context">What the client has in progress: what the last <c>AnswerAndKeep</c> of the session kept; null when that was nothing.</param>
public sealed record Session(string Id, long Number, object? Context);

/// <summary>A request was executed: stored behind the events of its command. It carries the bounds it was written under, so that every replay and every
/// replica forgets the same sessions at the same event.</summary>
/// <param name="AtMs">UTC wall clock of the node, in ms since 1970.</param>
[WireType("session-answered")]
internal sealed record SessionAnswered(string Session, long Number, object Reply, object? Context, long AtMs, long TimeToLiveMs, int RepliesMax);

/// <summary>A snapshot of a state together with the sessions; without sessions the state stands alone.</summary>
[WireType("state-with-sessions")]
internal sealed record StateWithSessions(object State, StateWithSessions.Entry[] Sessions)
{
    public sealed record Entry(string Id, long AtMs, long Forgotten, Answer[] Answers, object? Context);

    public sealed record Answer(long Number, object Reply);
}
