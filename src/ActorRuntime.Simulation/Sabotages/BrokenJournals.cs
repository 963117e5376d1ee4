using ActorRuntime.Persistence.Journal;
using ActorRuntime.Simulation.Stores;

namespace ActorRuntime.Simulation.Sabotages;

/// <summary>Raises no fence and looks at no term.</summary>
internal sealed class TermBlindJournal(InMemoryJournal journal, StoreLine line, JournalNews news) : SimulatedJournal(journal, line, news)
{
    private readonly InMemoryJournal _journal = journal;
    private readonly JournalNews _news = news;

    protected override long Raise(WriterFence fence)
    {
        _news.OnRaised(fence);
        return 0;
    }

    protected override bool Append(IReadOnlyList<JournalEvent> events)
    {
        Now(_journal.AppendAsync([.. events.Select(static stored => stored with { Writer = WriterFence.None })]));
        _news.OnAppended(events);
        return true;
    }
}

/// <summary>Says "stored" at once; what is stored later is lost when the process ends before.</summary>
internal sealed class ForgetfulJournal(InMemoryJournal journal, StoreLine line, JournalNews news) : SimulatedJournal(journal, line, news)
{
    private static readonly TimeSpan FlushAfter = TimeSpan.FromMilliseconds(300);
    private readonly StoreLine _line = line;

    public override Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        _line.Later(FlushAfter, () => base.AppendAsync(events));
        return Task.CompletedTask;
    }
}

/// <summary>SAFETY 1C-28 broken: takes blocks of a term that is over.</summary>
internal sealed class BehindByAnybodyJournal(InMemoryJournal journal, StoreLine line, JournalNews news) : SimulatedJournal(journal, line, news)
{
    private readonly InMemoryJournal _journal = journal;
    private readonly JournalNews _news = news;

    protected override long AppendCommitted(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        try
        {
            return base.AppendCommitted(fence, afterHeight, blocks);
        }
        catch (FencedException fenced) when (fenced.CurrentTerm > fence.Term)
        {
            var height = Now(_journal.AppendCommittedAsync(fence with { Term = fenced.CurrentTerm }, afterHeight, blocks));
            if (height == blocks.ToHeight) _news.OnWrittenBehind(fence, afterHeight, blocks);
            return height;
        }
    }
}

/// <summary>SAFETY 2E-28 broken: a write without an answer counts as done.</summary>
internal sealed class HopefulJournal(InMemoryJournal journal, StoreLine line, JournalNews news) : SimulatedJournal(journal, line, news)
{
    public override async Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        try
        {
            return await base.AppendCommittedAsync(fence, afterHeight, blocks).ConfigureAwait(false);
        }
        catch (JournalException)
        {
            return blocks.ToHeight;
        }
    }
}
