using System.Diagnostics;
using System.Text;
using ActorRuntime.Simulation.Linearizability;
using Xunit;

namespace ActorRuntime.ProcessTests.Clients;

/// <summary>What clients of two processes wrote down is judged as one history, and refused when something acknowledged is missing or counted twice.</summary>
public sealed class ClientHistoryTests
{
    private readonly Process _one = new(1), _other = new(2);

    [Fact]
    public void What_one_client_wrote_another_one_reads()
    {
        _one.Write(5);
        _other.Read(5);
        Assert.Null(Judge().Wrong);
    }

    [Fact, Trait("Requirement", "AR-5"), Trait("Requirement", "SR-5")]
    public void Acknowledged_write_that_is_lost_is_refused()
    {
        _one.Write(4);
        _one.Write(5);
        _other.Read(4);
        Assert.Contains("no order explains", Judge().Wrong, StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "SR-5")]
    public void Increment_that_is_counted_twice_is_refused()
    {
        _one.Add(2, sum: 2);
        _other.Add(1, sum: 5);
        Assert.Contains("no order explains", Judge().Wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void Increment_that_is_lost_is_refused()
    {
        _one.Add(2, sum: 2);
        _other.Add(1, sum: 1);
        Assert.NotNull(Judge().Wrong);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void Call_without_an_answer_may_have_had_its_effect_or_not(long read, bool isExplained)
    {
        _one.Invoke(RegisterOperation.Write(5));
        _other.Read(read);
        var verdict = Judge();
        Assert.Equal(isExplained, verdict.Wrong is null);
        Assert.Equal((2, 1), (verdict.Calls, verdict.Answered));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Calls_that_were_under_way_at_once_may_come_in_any_order(long read)
    {
        var (first, second) = (_one.Invoke(RegisterOperation.Write(5)), _other.Invoke(RegisterOperation.Write(6)));
        _other.Record.Complete(second, RegisterResult.Done);
        _one.Record.Complete(first, RegisterResult.Done);
        _other.Read(read);
        Assert.Null(Judge().Wrong);
    }

    [Fact]
    public void Line_that_was_not_written_to_its_end_does_not_count()
    {
        _one.Write(5);
        _one.Invoke(RegisterOperation.Write(6));
        _one.Tear(bytes: 10);
        _other.Read(5);
        Assert.Equal((2, 2), (Judge().Calls, Judge().Answered));
    }

    [Fact]
    public void Object_answers_again_when_a_later_question_was_answered()
    {
        var history = new ClientHistory();
        Assert.False(history.AllAnswerSince(0));
        _one.Write(5);
        _one.GiveTo(history);
        var later = Stopwatch.GetTimestamp();
        Assert.True(history.AllAnswerSince(0));
        Assert.False(history.AllAnswerSince(later));
    }

    private ClientVerdict Judge()
    {
        var history = new ClientHistory();
        _other.GiveTo(history);
        _one.GiveTo(history);
        return history.Judge();
    }

    /// <summary>What the record of a process consists of.</summary>
    private sealed class Process(int number)
    {
        private const string Key = "key";
        private readonly MemoryStream _written = new();

        public ClientRecord Record => field ??= new(_written, number * 1000);

        public int Invoke(RegisterOperation operation) => Record.Invoke(0, Key, operation);

        public void Write(long value) => Record.Complete(Invoke(RegisterOperation.Write(value)), RegisterResult.Done);

        public void Read(long value) => Record.Complete(Invoke(RegisterOperation.Read), RegisterResult.Of(value));

        public void Add(long amount, long sum) => Record.Complete(Record.Invoke(0, Key, CounterOperation.AddAndGet(amount)), sum);

        public void Tear(int bytes) => _written.SetLength(_written.Length - bytes);

        public void GiveTo(ClientHistory history)
        {
            foreach (var line in Encoding.UTF8.GetString(_written.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)) history.Take(number, line);
        }
    }
}
