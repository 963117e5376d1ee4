using ActorRuntime.Persistence.Sessions;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Tests.Sessions;

[Trait("Requirement", "SR-3")]
public sealed class SessionTableTests
{
    private static readonly SessionOptions Options = new() { Max = 3, TimeToLive = TimeSpan.FromSeconds(10), RepliesMax = 2 };

    [Fact]
    public void A_request_that_was_executed_is_answered_from_then_on()
    {
        var table = new SessionTable();
        Assert.Null(table.Answer(new("c", 1, "add"), 0, Options));
        Apply(table, "c", 1, at: 0, context: "half way");

        Assert.Equal(new SessionReply("c", 1, "c1"), table.Answer(new("c", 1, "add"), 0, Options));
        Assert.Null(table.Answer(new("c", 2, "add"), 0, Options));
        Assert.Null(table.Answer(new("d", 1, "add"), 0, Options));
        Assert.Equal(("half way", null), (table.ContextOf("c"), table.ContextOf("d")));
    }

    [Fact]
    public void A_request_whose_reply_is_gone_is_refused_and_one_that_was_late_is_executed()
    {
        var table = new SessionTable();
        foreach (var number in new[] { 1, 3, 4 }) Apply(table, "c", number, at: 0);

        Assert.Equal(new SessionRefused("c", 1, SessionRefusal.Forgotten), table.Answer(new("c", 1, "add"), 0, Options));
        Assert.Null(table.Answer(new("c", 2, "add"), 0, Options));
        Assert.Equal(new SessionReply("c", 3, "c3"), table.Answer(new("c", 3, "add"), 0, Options));
    }

    [Fact]
    public void A_new_client_is_refused_while_all_sessions_are_within_their_time_to_live()
    {
        var table = new SessionTable();
        foreach (var id in new[] { "a", "b", "c" }) Apply(table, id, 1, at: 1_000);
        Apply(table, "a", 2, at: 5_000);

        Assert.Equal(new SessionRefused("d", 1, SessionRefusal.Full), table.Answer(new("d", 1, "add"), 11_000, Options));
        Assert.Null(table.Answer(new("d", 1, "add"), 11_001, Options));
        Apply(table, "d", 1, at: 11_001);
        Assert.Equal(2, table.Count); // b and c are over, a is not.
        Assert.Equal(new SessionReply("a", 2, "a2"), table.Answer(new("a", 2, "add"), 11_001, Options));
    }

    /// <summary>What one table does after any history, one that was saved and loaded anywhere in it does too.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5)]
    public void Saved_and_loaded_it_goes_on_as_if_nothing_had_been(ulong seed)
    {
        var random = new Prng(seed);
        var (table, other, at) = (new SessionTable(), new SessionTable(), 0L);
        for (var step = 0; step < 500; step++)
        {
            at += (long)(random.Next() % 3_000);
            var request = new SessionRequest("s" + random.Next() % 6, (long)(random.Next() % 12), "add");
            var answer = table.Answer(request, at, Options);
            Assert.Equal(answer, other.Answer(request, at, Options));
            if (answer is null)
            {
                foreach (var each in new[] { table, other }) Apply(each, request.Session, request.Number, at, context: step);
            }
            if (random.Chance(20)) other = SessionTable.Load(other.Save());
            Assert.Equal((table.Count, table.ContextOf(request.Session)), (other.Count, other.ContextOf(request.Session)));
            Assert.InRange(table.Count, 0, Options.Max);
        }
    }

    private static void Apply(SessionTable table, string session, long number, long at, object? context = null) => table.Apply(
        new SessionAnswered(session, number, session + number, context, at, (long)Options.TimeToLive.TotalMilliseconds, Options.RepliesMax));
}
