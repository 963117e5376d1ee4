using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The journal in a SQLite file that all node processes of one machine share.</summary>
public sealed class SqliteJournal : SqlJournal
{
    /// <param name="options">Validated here.</param>
    /// <param name="environment">Gives the workers and the clocks.</param>
    public SqliteJournal(SqliteJournalOptions options, RuntimeEnvironment environment)
        : this(options, environment, onCommit: null)
    {
    }

    /// <inheritdoc cref="SqliteJournal(SqliteJournalOptions, RuntimeEnvironment)"/>
    /// <param name="onCommit">See <see cref="SqliteDatabase.OnCommit"/>; of the writer only.</param>
    internal SqliteJournal(SqliteJournalOptions options, RuntimeEnvironment environment, Action<CommitStep>? onCommit)
        : base(new SqliteJournalDatabase(options.Validated(), onCommit), options, environment)
    {
    }
}

/// <summary>The file, and what this process knows of its own fences in it.</summary>
internal sealed class SqliteJournalDatabase(SqliteJournalOptions options, Action<CommitStep>? onCommit) : IJournalDatabase
{
    private readonly Dictionary<string, (long Term, long Height)> _raised = []; // The writer's alone.
    private volatile bool _wasOpened;

    public string Name => options.Path;

    public TimeSpan RetryDelay => TimeSpan.Zero;

    public IJournalConnection OpenWriter() => Open(_raised, onCommit);

    public IJournalConnection OpenReader() => Open([], null);

    public void Dispose()
    {
    }

    private SqliteJournalConnection Open(Dictionary<string, (long Term, long Height)> raised, Action<CommitStep>? watch)
    {
        var connection = SqliteJournalConnection.Open(options, mayCreate: !_wasOpened, raised, watch);
        _wasOpened = true;
        return connection;
    }
}
