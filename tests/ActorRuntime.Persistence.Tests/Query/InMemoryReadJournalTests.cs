using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.TestKit;

namespace ActorRuntime.Persistence.Tests.Query;

public sealed class InMemoryReadJournalTests : ReadJournalSpec
{
    private readonly InMemoryJournal _journal = new();

    protected override IOrderedJournal Connect() => _journal;
}
