using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The fences of scopes, on the journal's connection: a row of term and height each.</summary>
internal sealed class SqliteJournalFences(SqliteDatabase database)
{
    private readonly SqliteStatement _move = database.Prepare("update shard_fence set height = ?4 where scope = ?1 and term = ?2 and height = ?3");
    private readonly SqliteStatement _raise = database.Prepare("""
        insert into shard_fence values(?1, ?2, 0)
        on conflict(scope) do update set term = excluded.term where term <= excluded.term
        """);
    private readonly SqliteStatement _read = database.Prepare("select term, height from shard_fence where scope = ?");

    /// <summary>Moves the height of exactly this term.</summary>
    /// <returns>False when the row has another term or height: it stays as it is.</returns>
    public bool TryMove(WriterFence fence, long from, long to) =>
        _move.Bind(1, fence.Scope).Bind(2, fence.Term).Bind(3, from).Bind(4, to).Run() == 1;

    /// <returns>False when a higher term is there.</returns>
    public bool TryRaise(WriterFence fence) => _raise.Bind(1, fence.Scope).Bind(2, fence.Term).Run() == 1;

    /// <summary>Zeros when none was ever raised.</summary>
    public (long Term, long Height) Read(string scope)
    {
        try
        {
            return _read.Bind(1, scope).Step() ? (_read.Number(0), _read.Number(1)) : default;
        }
        finally
        {
            _read.Reset();
        }
    }
}
