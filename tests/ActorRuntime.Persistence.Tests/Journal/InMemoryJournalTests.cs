using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Tests.Journal;

public sealed class InMemoryJournalTests : JournalSpec
{
    private readonly InMemoryJournal _journal = new();

    protected override IJournal Connect() => _journal;

    [Fact]
    public async Task Faults_come_once_and_in_the_order_named()
    {
        _journal.FailNextAppend(JournalFault.Failed);
        _journal.FailNextAppend(JournalFault.UnknownApplied);
        _journal.FailNextAppend(JournalFault.Rejected);
        _journal.FailNextRead(new JournalException("told to"));

        await Assert.ThrowsAsync<JournalException>(() => _journal.AppendAsync(Events("a", 1, 1)));
        await Assert.ThrowsAsync<JournalException>(() => _journal.AppendAsync(Events("b", 1, 1)));
        await Assert.ThrowsAsync<EventRejectedException>(() => _journal.AppendAsync(Events("c", 1, 1)));
        await Assert.ThrowsAsync<JournalException>(() => ReadAsync(_journal, "b"));

        await _journal.AppendAsync(Events("a", 1, 1));
        Assert.Single(await ReadAsync(_journal, "a"));
        Assert.Single(await ReadAsync(_journal, "b"));
        Assert.Empty(await ReadAsync(_journal, "c"));
    }
}
