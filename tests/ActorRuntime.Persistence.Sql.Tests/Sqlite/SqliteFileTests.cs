using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Snapshot;
using ActorRuntime.Persistence.Sql.Sqlite;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Sqlite;

public sealed class SqliteFileTests
{
    private const int Files = 200;

    private static readonly SchemaComponent Items = new("test", "create table item(content blob);", []);

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
    public void Older_file_is_upgraded_step_by_step_with_what_is_in_it()
    {
        var directory = new TemporaryDirectory();
        Open(Items).Dispose();
        using (var database = Open(Items)) database.Execute("insert into item values(x'01')");
        var third = Items with { Upgrades = ["alter table item add column second integer default 2;", "alter table item add column third integer default 3;"] };

        using (var database = Open(third)) Assert.Equal(6, database.QueryNumber("select length(content) + second + third from item"));

        using (var database = Open(third)) Assert.Equal(3, database.QueryNumber("select schema_version from component where name = 'test'"));
        var refused = Assert.Throws<StoreRefusedException>(() => Open(Items));
        Assert.Contains("schema version 3, this build knows up to 1", refused.Message, StringComparison.Ordinal);
        directory.Delete();

        SqliteDatabase Open(SchemaComponent component) => SqliteFile.Open(directory.File("x.db"), component, TimeSpan.FromSeconds(1), mayCreate: true);
    }

    /// <summary>Goal: whoever comes while the tables are being made neither takes the file for a foreign one nor makes them twice.
    /// Method: two threads open each of many new files in the same moment.</summary>
    [Fact]
    public void Two_that_create_the_file_in_the_same_moment_both_get_it()
    {
        var directory = new TemporaryDirectory();
        using var start = new Barrier(2);
        var (opened, failures) = (0, new System.Collections.Concurrent.ConcurrentQueue<Exception>());
        var both = Enumerable.Range(0, 2).Select(_ => new Thread(Open)).ToArray();

        foreach (var one in both) one.Start();
        foreach (var one in both) one.Join();

        Assert.Empty(failures);
        Assert.Equal(2 * Files, opened);
        directory.Delete();

        void Open()
        {
            for (var file = 0; file < Files; file++)
            {
                start.SignalAndWait();
                while (!TryOpen(file))
                {
                    // The other one switches the file to its write-ahead log right now: by contract nothing was done, and the next try is soon enough.
                }
            }
        }

        bool TryOpen(int file)
        {
            try
            {
                using var database = SqliteFile.Open(directory.File($"{file}.db"), Items, TimeSpan.FromSeconds(30), mayCreate: true);
                Interlocked.Increment(ref opened);
            }
            catch (StoreUnreachableException)
            {
                return false;
            }
            catch (IOException e)
            {
                failures.Enqueue(e);
            }
            return true;
        }
    }

    [Fact]
    public void Upgrade_that_fails_leaves_the_file_as_it_was()
    {
        var directory = new TemporaryDirectory();
        SqliteFile.Open(directory.File("x.db"), Items, TimeSpan.FromSeconds(1), mayCreate: true).Dispose();
        var broken = Items with { Upgrades = ["alter table item add column second;", "alter table nothing add column third;"] };

        Assert.Throws<StoreRefusedException>(() => SqliteFile.Open(directory.File("x.db"), broken, TimeSpan.FromSeconds(1), mayCreate: true));

        using (var database = SqliteFile.Open(directory.File("x.db"), Items, TimeSpan.FromSeconds(1), mayCreate: true))
        {
            Assert.Equal(1, database.QueryNumber("select count(*) from pragma_table_info('item')"));
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

    [Fact]
    public async Task What_node_store_sql_prints_is_what_the_runtime_makes()
    {
        var directory = new TemporaryDirectory();
        using (var database = new SqliteDatabase(directory.File("x.db"), mayCreate: true, TimeSpan.FromSeconds(10)))
        {
            database.Execute("pragma journal_mode = wal");
            database.Execute(SqliteStoreSql.Script());
        }
        var environment = new ProductionEnvironment();
        await using (var log = new SqliteControlLogStore(new() { Path = directory.File("x.db") }, environment)) await log.OpenAsync(default);
        await using (var snapshots = new SqliteSnapshotStore(new() { Path = directory.File("x.db") }, environment)) await snapshots.OpenAsync(default);
        await using (var journal = new SqliteJournal(new() { Path = directory.File("x.db") }, environment))
            Assert.Equal(0, await journal.ReadHighestPositionAsync(default));
        directory.Delete();
    }
}
