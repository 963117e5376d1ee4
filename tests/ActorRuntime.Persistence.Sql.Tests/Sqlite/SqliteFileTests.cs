using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Sqlite;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Sqlite;

public sealed class SqliteFileTests
{
    private static readonly SqliteComponent Items = new("test", 1, "create table item(content blob);");

    [Fact]
    public void Full_disk_is_refused_with_advice_and_what_is_stored_stays()
    {
        var directory = new TemporaryDirectory();
        using (var database = SqliteFile.Open(directory.File("x.db"), Items, TimeSpan.FromSeconds(1), mayCreate: true))
        {
            database.Execute("insert into item values(x'01')");
            database.Execute("pragma max_page_count = 10"); // SQLite answers as on a disk that is full.

            var failure = Assert.Throws<SqliteFailureException>(() => database.Execute("insert into item values(zeroblob(100000))"));

            var refusal = Assert.IsType<StoreRefusedException>(SqliteFile.Translate(failure, "x.db", "write"));
            Assert.Contains("disk is full", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(1, database.QueryNumber("select count(*) from item"));
        }
        directory.Delete();
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public void A_file_is_flushed_by_each_commit_or_apart_from_the_write_lock(bool apart, int synchronous)
    {
        var directory = new TemporaryDirectory();
        using (var database = SqliteFile.Open(directory.File("x.db"), Items, TimeSpan.FromSeconds(1), mayCreate: true, flushesApart: apart))
        {
            Assert.Equal(synchronous, database.QueryNumber("pragma synchronous"));
            database.Execute("insert into item values(x'01')");
            database.FlushLog();
        }
        directory.Delete();
    }

    [Fact]
    public void A_log_that_is_gone_does_not_count_as_flushed()
    {
        var directory = new TemporaryDirectory();
        using (var database = SqliteFile.Open(directory.File("x.db"), Items, TimeSpan.FromSeconds(1), mayCreate: true, flushesApart: true))
        {
            database.Execute("insert into item values(x'01')");
            File.Delete(directory.File("x.db-wal"));
            Assert.ThrowsAny<IOException>(database.FlushLog);
        }
        directory.Delete();
    }
}
