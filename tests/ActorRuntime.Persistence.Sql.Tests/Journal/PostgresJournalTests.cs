using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Tests.Postgres;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Journal;

[NeedsPostgres, Trait("Requirement", "AR-4")]
public sealed class PostgresJournalTests : JournalSpec
{
    private readonly TestDatabase _database = new();
    private readonly ProductionEnvironment _environment = new();

    protected override IJournal Connect() => new PostgresJournal(_database.Patient, _environment);
}

[NeedsPostgres, Trait("Requirement", "AR-4")]
public sealed class PostgresReadJournalTests : ReadJournalSpec
{
    private readonly TestDatabase _database = new();
    private readonly ProductionEnvironment _environment = new();

    protected override IOrderedJournal Connect() => new PostgresJournal(_database.Patient, _environment);
}
