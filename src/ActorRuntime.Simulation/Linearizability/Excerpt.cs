using System.Globalization;
using System.Text;

namespace ActorRuntime.Simulation.Linearizability;

/// <summary>The text of a violation: what does not fit, what would, and the calls around it.</summary>
internal static class Excerpt
{
    private const int RowsMax = 12;
    private const int AnswersMax = 5;
    private const int OrderMax = 5;

    /// <param name="calls">All calls of the key.</param>
    /// <param name="violating">The one that fits no order.</param>
    /// <param name="order">An order of those that ended before.</param>
    /// <param name="answers">The states that the object can be in, and what it would answer in each.</param>
    public static string Of<TOperation, TResult>(
        IReadOnlyList<Call<TOperation, TResult>> calls,
        Call<TOperation, TResult> violating,
        List<Call<TOperation, TResult>> order,
        List<(string State, string Answer)> answers)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"not linearizable: key \"{violating.Key}\", no order explains {violating}\n");
        text.Append("it would answer: ");
        text.AppendJoin(", ", answers.Take(AnswersMax).Select(a => $"{a.Answer} in state {a.State}"));
        if (answers.Count > AnswersMax) text.Append(CultureInfo.InvariantCulture, $", and in {answers.Count - AnswersMax} other states");
        text.Append("\nan order of what ended before: ");
        if (order.Count > OrderMax) text.Append(CultureInfo.InvariantCulture, $"{order.Count - OrderMax} calls, then ");
        text.AppendJoin(", ", order.TakeLast(OrderMax).Select(c => $"#{c.Number} {c.Operation}"));
        text.Append(order.Count == 0 ? "none\n" : "\n");
        Draw(text, Around(calls, violating, order), violating);
        return text.ToString();
    }

    /// <summary>The violating call, those under way at the same time, and the last placed before; oldest first.</summary>
    private static List<Call<TOperation, TResult>> Around<TOperation, TResult>(
        IReadOnlyList<Call<TOperation, TResult>> calls, Call<TOperation, TResult> violating, List<Call<TOperation, TResult>> order)
    {
        var concurrent = calls.Where(c => c.Number != violating.Number && c.Outcome != CallOutcome.Failed
            && c.Invoked < violating.Ended && !(IsClosed(c) && c.Ended < violating.Invoked));
        return [.. order.TakeLast(OrderMax).Reverse().Concat(concurrent.Reverse()).Prepend(violating)
            .DistinctBy(c => c.Number).Take(RowsMax).OrderBy(c => c.Invoked)];
    }

    /// <summary>One row per call, one column per event of these calls: <c>[--]</c>, or <c>[--?</c> where no end is known.</summary>
    private static void Draw<TOperation, TResult>(
        StringBuilder text, List<Call<TOperation, TResult>> rows, Call<TOperation, TResult> violating)
    {
        var events = rows.Select(c => c.Invoked).Concat(rows.Where(IsClosed).Select(c => c.Ended)).Order().ToList();
        var width = rows.Max(c => c.ToString().Length);
        foreach (var row in rows)
        {
            var from = events.IndexOf(row.Invoked);
            var until = IsClosed(row) ? events.IndexOf(row.Ended) : events.Count;
            text.Append(row.Number == violating.Number ? "> " : "  ").Append(row.ToString().PadRight(width + 2));
            text.Append(' ', from).Append('[').Append('-', until - from - 1).Append(IsClosed(row) ? ']' : '?').Append(' ', events.Count - until);
            text.Append(CultureInfo.InvariantCulture, $"  {Seconds(row.InvokedAt.Ticks)} s");
            if (row.EndedAt is { } ended) text.Append(CultureInfo.InvariantCulture, $" to {Seconds(ended.Ticks)} s");
            text.Append('\n');
        }
    }

    private static bool IsClosed<TOperation, TResult>(Call<TOperation, TResult> call) => call.Outcome == CallOutcome.Completed;

    private static string Seconds(long ticks) =>
        ((decimal)ticks / TimeSpan.TicksPerSecond).ToString("0.000000", CultureInfo.InvariantCulture);
}
